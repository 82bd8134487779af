/** A reported problem as plain data: what renderers, editors and tests see. Offsets are UTF-16, as in `Span`. */
import type { Severity } from './define.ts'
import type { Span } from './span.ts'

export interface RelatedSpan {
  readonly span: Span
  /** What is there and why it matters: "`K` is declared here with axes kv, token". */
  readonly message: string
}

/** The text that, put in place of what `span` covers, is what was probably meant. An empty span is a place to insert at. */
export interface Fix {
  readonly span: Span
  readonly text: string
}

export interface Diagnostic {
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** Null when the problem is not in a source: a missing file, a wrong option. */
  readonly span: Span | null
  readonly related: readonly RelatedSpan[]
  readonly help: string | null
  /** Only where the reporter knows the very words. */
  readonly fix?: Fix
}
