/** Diagnostics ESP4xxx: calling a compiled policy. */
import { defineDiagnostics } from '../define.ts'

export const call = defineDiagnostics({})
