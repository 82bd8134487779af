/** A policy file as the compiler sees it: a name for messages and the whole text. Reading it is the caller's business. */
import type { Span } from '../diagnostics/span.ts'

export interface Source {
  /** A path, `std:mustafar`, or `<text>`; spans carry it. */
  readonly name: string
  readonly text: string
}

export const wholeSpan = (source: Source): Span => ({ source: source.name, start: 0, end: source.text.length })
