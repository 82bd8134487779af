/** Diagnostics ESP3xxx: limits of the compiler and of targets. */
import { defineDiagnostics } from '../define.ts'

export const target = defineDiagnostics({})
