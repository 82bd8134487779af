/** Diagnostics ESP5xxx: files and the command line. */
import { defineDiagnostics } from '../define.ts'

export const command = defineDiagnostics({})
