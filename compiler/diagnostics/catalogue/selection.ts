/** Diagnostics ESP2xxx: selections, budgets, packing and compacting. */
import { budgets } from './selection/budgets.ts'
import { measures } from './selection/measures.ts'
import { storage } from './selection/storage.ts'

export const selection = { ...budgets, ...measures, ...storage }
