/**
 * A defect of the compiler itself: the only thing the compiler throws. Users' mistakes and known limits are diagnostics.
 * Carries the pass that was running and the IR around it, so that a report can be acted on.
 */
export interface BugContext {
  /** Pass or stage that was running. */
  readonly pass?: string
  /** Textual IR before it, and after it when it got that far. */
  readonly before?: string
  readonly after?: string
  readonly cause?: unknown
}

export class CompilerBug extends Error {
  readonly pass: string | null
  readonly before: string | null
  readonly after: string | null

  constructor(message: string, context: BugContext = {}) {
    const where = context.pass === undefined ? '' : ` (in pass ${context.pass})`
    super(`compiler bug${where}: ${message}`, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = 'CompilerBug'
    this.pass = context.pass ?? null
    this.before = context.before ?? null
    this.after = context.after ?? null
  }
}
