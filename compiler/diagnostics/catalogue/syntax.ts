/** Diagnostics ESP0xxx: syntax. */
import { defineDiagnostics } from '../define.ts'

export const syntax = defineDiagnostics({})
