/**
 * Why an evaluation has no answer: the inputs ask for something undefined (a division by zero of exact numbers, a missing
 * input), not a fault of the evaluator. Callers turn it into a diagnostic at the node's span, or decline to fold.
 */
import type { Span } from '../../diagnostics/span.ts'

export class EvalError extends Error {
  readonly span: Span | null
  constructor(message: string, span: Span | null = null) {
    super(message)
    this.name = 'EvalError'
    this.span = span
  }
}
