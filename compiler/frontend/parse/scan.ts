/**
 * Text to tokens, by hand and in one linear pass that holds for any input: it finds the comments, gives the outline and
 * the guards something to work on, and reports what no grammar rule could explain (stray characters, open strings).
 * `grammar/trivia.ohm` defines the same tokens; a test compares the two.
 */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Comment } from '../ast.ts'
import { literalValue } from '../literals.ts'
import type { Source } from '../source.ts'
import { foreignSpelling } from './foreign-spellings.ts'

export interface Token {
  /** `bad` was reported; whatever contains it is not parsed further. */
  readonly kind: 'word' | 'number' | 'string' | 'mark' | 'bad'
  /** As written, or as it was meant where a misspelt keyword was put right. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** First on its line. Newlines mean nothing to the grammar, but tell where an author began something new. */
  readonly first: boolean
}

export interface Scan {
  readonly tokens: readonly Token[]
  readonly comments: readonly Comment[]
  /** False when the text has more tokens than `MAX_TOKENS`; the rest was not read. */
  readonly complete: boolean
}

/** The parser needs about 20 µs for a token: a text at this limit takes just under a second. The longest policies have a few thousand. */
export const MAX_TOKENS = 40_000

const SPACE = /[ \t\r\n]+/y
const COMMENT = /\/\/[^\r\n]*/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
/** Everything a person may have meant as one number; NUMBER says which of these are numbers. */
const NUMBER_LIKE = /\.?[0-9](?:[eE][+-](?=[0-9])|[A-Za-z0-9_]|\.(?=[0-9]))*\.?(?:%[A-Za-z0-9_]*)?/y
const NUMBER = /^[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?%?$/
const STRING = /"[^"\r\n]*("?)/y
const MARK = /:=|==|!=|<=|>=|->|[()[\]{},:=.|+\-*/%^<>]/y
const BAD = /[^ \t\r\nA-Za-z0-9_"()[\]{},:=.|+\-*/%^<>]+/y

export function scan(source: Source, sink: DiagnosticSink): Scan {
  return new Scanner(source, sink).run()
}

class Scanner {
  private readonly source: Source
  private readonly sink: DiagnosticSink
  private readonly tokens: Token[] = []
  private readonly comments: Comment[] = []
  private at = 0
  private first = true

  constructor(source: Source, sink: DiagnosticSink) {
    this.source = source
    this.sink = sink
  }

  run(): Scan {
    const { text } = this.source
    if (text.startsWith('\uFEFF')) this.at = 1
    while (this.tokens.length < MAX_TOKENS) {
      if (/[\r\n]/.test(this.match(SPACE) ?? '')) this.first = true
      if (this.at >= text.length) return { tokens: this.tokens, comments: this.comments, complete: true }
      if (!this.comment()) this.token()
    }
    return { tokens: this.tokens, comments: this.comments, complete: false }
  }

  private comment(): boolean {
    const start = this.at
    const text = this.match(COMMENT)
    if (text === null) return false
    this.comments.push({ text, span: this.spanFrom(start), doc: /^\/\/\/(?!\/)/.test(text) })
    return true
  }

  private token(): void {
    const start = this.at
    const foreign = foreignSpelling(this.source.text, start)
    if (foreign !== null) {
      this.at += foreign.text.length
      const { advice, meant } = foreign
      this.sink.report('ESP0117', this.spanFrom(start), { found: foreign.text, advice }, { fix: meant })
      return this.push('bad', foreign.text, start)
    }
    const word = this.match(WORD)
    if (word !== null) return this.push('word', word, start)
    if (this.looksAt(NUMBER_LIKE)) return this.number()
    const string = this.match(STRING)
    if (string !== null) return this.string(string, start)
    const mark = this.match(MARK)
    if (mark !== null) return this.push('mark', mark, start)
    const bad = this.match(BAD) ?? this.single()
    this.sink.report('ESP0110', this.spanFrom(start), { characters: bad })
    this.push('bad', bad, start)
  }

  private number(): void {
    const start = this.at
    let text = this.match(NUMBER_LIKE) ?? this.single()
    const percent = text.endsWith('%')
    const wellFormed = NUMBER.test(text)
    if (wellFormed && literalValue(percent ? text.slice(0, -1) : text, percent) !== null) return this.push('number', text, start)
    if (text.length > 40) text = `${text.slice(0, 40)}…`
    this.sink.report('ESP0118', this.spanFrom(start), { text, reason: wellFormed ? 'size' : 'form' })
    this.push('bad', text, start)
  }

  private string(text: string, start: number): void {
    if (text.length > 1 && text.endsWith('"')) return this.push('string', text, start)
    this.sink.report('ESP0109', this.spanFrom(start), {})
    this.push('bad', text, start)
  }

  private push(kind: Token['kind'], text: string, start: number): void {
    this.tokens.push({ kind, text, start, end: this.at, first: this.first })
    this.first = false
  }

  private looksAt(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    return pattern.test(this.source.text)
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.source.text)
    if (found === null) return null
    this.at += found[0].length
    return found[0]
  }

  private single(): string {
    this.at += 1
    return this.source.text.slice(this.at - 1, this.at)
  }

  private spanFrom(start: number): { source: string; start: number; end: number } {
    return { source: this.source.name, start, end: this.at }
  }
}
