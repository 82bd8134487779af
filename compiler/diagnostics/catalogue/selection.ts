/** Diagnostics ESP2xxx: selections, budgets, packing and lints. */
import { defineDiagnostics } from '../define.ts'

export const selection = defineDiagnostics({})
