/**
 * What must hold of a run of tokens before the grammar sees it: nothing unreadable, brackets that match, and no deeper
 * nesting than the recursive parser (and every recursive walk of the tree after it) has stack for. Linear; reports the
 * first problem, except what the scanner already did (`unreadable`).
 */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { Range } from '../outline.ts'
import type { Token } from './scan.ts'

/**
 * Brackets within brackets. A call in a call costs the parser about 11 KB of stack and the usual stack is 984 KB, which
 * ends it near 90; this leaves a third of that to the caller.
 */
export const MAX_BRACKETS = 60
/** Operators and prefix words in one chain, those of the brackets around it included: the depth of the tree they make. */
export const MAX_OPERATORS = 250

const OPEN: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
])
const CLOSE: ReadonlySet<string> = new Set(OPEN.values())
const DEEPENING_MARKS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^', '.'])
const DEEPENING_WORDS: ReadonlySet<string> = new Set([
  'if',
  'where',
  'and',
  'or',
  'not',
  'keep',
  'drop',
  'first',
  'last',
  'every',
  'pack',
  'compact',
  'unpack',
])

interface Level {
  readonly token: Token
  readonly closing: string
  /** Operators around this bracket. */
  readonly outer: number
}

/** unreadable: reported by the scanner. unbalanced: its brackets do not match. refused: nothing of it may be parsed. */
type Verdict = 'fine' | 'unreadable' | 'unbalanced' | 'refused'

export class Guards {
  private readonly source: string
  private readonly tokens: readonly Token[]
  private readonly sink: DiagnosticSink

  constructor(source: string, tokens: readonly Token[], sink: DiagnosticSink) {
    this.source = source
    this.tokens = tokens
    this.sink = sink
  }

  check(range: Range): Verdict {
    const levels: Level[] = []
    let operators = 0
    for (let at = range.from; at < range.to; at++) {
      const token = this.tokens[at]
      if (token === undefined) break
      if (token.kind === 'bad') return 'unreadable' // reported where it was read
      const { text } = token
      if (OPEN.has(text)) {
        levels.push({ token, closing: OPEN.get(text) ?? '', outer: operators })
        if (levels.length > MAX_BRACKETS) return this.tooDeep(token, 'brackets', MAX_BRACKETS)
      } else if (CLOSE.has(text)) {
        const level = levels.at(-1)
        if (level?.closing !== text) return this.mismatch(levels, token)
        levels.pop()
        operators = level.outer
      } else if (deepens(token)) {
        operators += 1
        if (operators > MAX_OPERATORS) return this.tooDeep(token, 'operators', MAX_OPERATORS)
      } else if (ends(token)) {
        operators = levels.at(-1)?.outer ?? 0
      }
    }
    const last = levels.at(-1)
    return last === undefined ? 'fine' : this.unclosed(last.token, this.tokens[range.to])
  }

  private tooDeep(token: Token, what: 'brackets' | 'operators', limit: number): Verdict {
    this.sink.report('ESP0113', this.span(token), { what, limit })
    return 'refused'
  }

  private mismatch(levels: readonly Level[], token: Token): Verdict {
    const innermost = levels.at(-1)
    if (innermost !== undefined && levels.some(({ closing }) => closing === token.text))
      return this.unclosed(innermost.token, token)
    this.sink.report('ESP0108', this.span(token), { bracket: token.text })
    return 'unbalanced'
  }

  /** Reports a bracket that is never closed. `where`: the token at which that was noticed. */
  unclosed(opening: Token, where: Token | undefined): Verdict {
    const related =
      where === undefined
        ? []
        : [{ span: this.span(where), message: `\`${OPEN.get(opening.text) ?? ''}\` is missing before this` }]
    this.sink.report('ESP0107', this.span(opening), { bracket: opening.text, closing: OPEN.get(opening.text) ?? '' }, { related })
    return 'unbalanced'
  }

  private span(token: Token): Span {
    return { source: this.source, start: token.start, end: token.end }
  }
}

const deepens = ({ kind, text }: Token): boolean =>
  kind === 'mark' ? DEEPENING_MARKS.has(text) : kind === 'word' && DEEPENING_WORDS.has(text)

/** Ends a chain of operators: the next item of a list, statement or test begins. */
const ends = ({ kind, text }: Token): boolean =>
  kind === 'mark' ? text === ',' || text === '=' || text === ':=' || text === ':' : kind === 'word' && text === 'return'
