/** Diagnostics ESP1xxx: names, axes and types. */
import { defineDiagnostics } from '../define.ts'

export const types = defineDiagnostics({})
