/** A half-open range of UTF-16 offsets in one source. Spans are carried by AST nodes, IR nodes and diagnostics. */
export interface Span {
  /** Name of the source as the driver knows it: a path, `std:mustafar`, or `<text>`. */
  readonly source: string
  readonly start: number
  readonly end: number
}

export function joinSpans(first: Span, last: Span): Span {
  return { source: first.source, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) }
}
