/** Diagnostics ESP2xxx: selections, budgets, packing and compacting; what prunes less than it seems to. */
import { budgets } from './selection/budgets.ts'
import { lints } from './selection/lints.ts'
import { measures } from './selection/measures.ts'
import { storage } from './selection/storage.ts'

export const selection = { ...budgets, ...measures, ...storage, ...lints }
