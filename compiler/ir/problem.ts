/** What the verifier and the invariants find wrong with a module. */
import type { Span } from '../diagnostics/span.ts'

export interface Problem {
  readonly func: string | null
  readonly op: string | null
  /** A sentence without the function's name. */
  readonly problem: string
  readonly span: Span | null
}

/** One line: where and what. */
export const problemText = (problem: Problem): string =>
  [problem.func, problem.op, problem.problem].filter((part) => part !== null).join(': ')
