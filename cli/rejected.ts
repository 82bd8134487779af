/** Diagnostics about a policy or a call of it that end a command: thrown where the work cannot go on, shown by `main`. */
import { EspalierError } from '../abi/espalier-error.ts'
import type { Sources } from '../compiler/diagnostics/render.ts'
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'

export class Rejected extends Error {
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: Sources
  readonly dropped: number

  constructor(diagnostics: readonly Diagnostic[], sources: Sources, dropped = 0) {
    super(diagnostics[0]?.message ?? 'the policy was rejected')
    this.name = 'Rejected'
    this.diagnostics = diagnostics
    this.sources = sources
    this.dropped = dropped
  }
}

/** What an exception says about the user's policy or call; null for exceptions that say nothing of the kind. */
export function rejectionOf(error: unknown): Rejected | null {
  if (error instanceof Rejected) return error
  if (!(error instanceof EspalierError)) return null
  const { code } = error
  // The text of the error is `CODE: message; help`.
  const message = error.message.slice(code.length + 2)
  return new Rejected([{ code, severity: 'error', message, span: null, related: [], help: null }], new Map())
}
