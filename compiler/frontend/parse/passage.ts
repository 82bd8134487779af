/**
 * A run of tokens as the text that the grammar is matched against: comments gone, one space for any gap. The grammar's time
 * goes by character, so documentation costs nothing this way. Positions in it are translated back to the source.
 */
import type { Span } from '../../diagnostics/span.ts'
import type { Range } from '../outline.ts'
import type { Token } from './scan.ts'

export class Passage {
  readonly text: string
  private readonly source: string
  private readonly tokens: readonly Token[]
  private readonly range: Range
  /** Offset in `text` of each token of the range. */
  private readonly starts: readonly number[]

  constructor(source: string, tokens: readonly Token[], range: Range) {
    this.source = source
    this.tokens = tokens
    this.range = range
    const starts: number[] = []
    const parts: string[] = []
    let length = 0
    let previousEnd: number | null = null
    for (let at = range.from; at < range.to; at++) {
      const token = tokens[at]
      if (token === undefined) break
      const gap = previousEnd !== null && token.start > previousEnd ? ' ' : ''
      parts.push(gap, token.text)
      starts.push(length + gap.length)
      length += gap.length + token.text.length
      previousEnd = token.end
    }
    this.text = parts.join('')
    this.starts = starts
  }

  /** Index, among all tokens, of the one at or after `offset` of the text; `range.to` past the last. */
  tokenAt(offset: number): number {
    const at = this.lastStartingBy(offset)
    const token = this.tokens[this.range.from + at]
    const start = this.starts[at]
    const inside = token !== undefined && start !== undefined && offset < start + token.text.length
    return this.range.from + at + (inside ? 0 : 1)
  }

  /** Where `from` up to `to` of the text is in the source. Both are at the ends of tokens. */
  span(from: number, to: number): Span {
    const first = this.tokens[this.range.from + this.lastStartingBy(from)]
    const last = this.tokens[this.range.from + this.lastStartingBy(Math.max(from, to - 1))]
    return { source: this.source, start: first?.start ?? 0, end: last?.end ?? 0 }
  }

  private lastStartingBy(offset: number): number {
    let low = 0
    let high = this.starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}
