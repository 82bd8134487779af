/**
 * A run of tokens as the text that the grammar is matched against. The grammar's time goes by character, so the text is
 * short: no comments, spaces only where tokens would run together, and one letter for every name, one digit for every
 * number. What a part of it really says is looked up by position, as is its place in the source.
 */
import type { Span } from '../../diagnostics/span.ts'
import type { Range } from '../outline.ts'
import { CONTEXTUAL, ELEMENT_TYPES, RESERVED, SCALAR_TYPES } from '../keywords.ts'
import type { Token } from './scan.ts'

/** Words that the grammar must see as they are. */
const MEANINGFUL: ReadonlySet<string> = new Set([...RESERVED, ...CONTEXTUAL, ...SCALAR_TYPES, ...ELEMENT_TYPES, 'inf', 'nan'])
const DIAGNOSTIC_CODE = /^ESP[0-9]+$/

/** Stands for a token of its kind; begins no keyword. */
function abbreviated({ kind, text }: Token): string {
  if (kind === 'word') return MEANINGFUL.has(text) || DIAGNOSTIC_CODE.test(text) ? text : 'x'
  if (kind === 'number') return text.endsWith('%') ? '0%' : '0'
  return kind === 'string' ? '""' : text
}

/** Whether two tokens that were apart must stay apart to be read as two. */
const mustPart = (left: Token, right: Token): boolean =>
  (left.kind === 'mark') === (right.kind === 'mark') || right.text === '%' || right.text === '.'

const NOTHING: Token = { kind: 'mark', text: '', start: 0, end: 0, first: false }

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
    let previous: Token | undefined
    for (let at = range.from; at < range.to; at++) {
      const token = tokens[at]
      if (token === undefined) break
      const gap = previous !== undefined && token.start > previous.end && mustPart(previous, token) ? ' ' : ''
      const text = abbreviated(token)
      parts.push(gap, text)
      starts.push(length + gap.length)
      length += gap.length + text.length
      previous = token
    }
    this.text = parts.join('')
    this.starts = starts
  }

  /** Index, among all tokens, of the one at or after `offset` of the text; `range.to` past the last. */
  tokenAt(offset: number): number {
    const at = this.lastStartingBy(offset)
    const end = (this.starts[at] ?? 0) + abbreviated(this.tokens[this.range.from + at] ?? NOTHING).length
    return this.range.from + at + (offset < end ? 0 : 1)
  }

  /** The token that begins at `offset`, as written. */
  written(offset: number): string {
    return this.tokens[this.range.from + this.lastStartingBy(offset)]?.text ?? ''
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
