/**
 * A position in `.pir` text with the token-level reads of the parser. Reads skip blanks and `;` comments first; `///`
 * lines are documentation and never skipped by accident. A failed expectation throws `PirError`, which only the parser
 * sees and turns into a problem.
 */
import type { Span } from '../../diagnostics/span.ts'
import { bareName } from './lexicon.ts'

export class PirError extends Error {
  readonly start: number
  readonly end: number
  constructor(message: string, start: number, end: number) {
    super(message)
    this.start = start
    this.end = end
  }
}

const trivia = /(?:\s+|;[^\n]*)*/y
const stringToken = /"(?:[^"\\\n]|\\.)*"/y
const numberToken = /-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|inf\b)|nan\b/y
const anyToken = /[A-Za-z0-9_.$%-]+|"(?:[^"\\\n]|\\.)*"|[^\s]/y

export class Cursor {
  readonly text: string
  readonly source: string
  pos = 0
  /** Where the last token read ended: `pos` without the blanks after it. */
  tokenEnd = 0

  constructor(text: string, source: string) {
    this.text = text
    this.source = source
  }

  skip(): void {
    trivia.lastIndex = this.pos
    trivia.exec(this.text)
    this.pos = trivia.lastIndex
  }

  /** Whether `word` is next; a word of letters must end there. */
  peek(word: string): boolean {
    this.skip()
    if (!this.text.startsWith(word, this.pos)) return false
    const after = this.text[this.pos + word.length] ?? ''
    return !/\w$/.test(word) || !/[\w.$-]/.test(after)
  }

  take(word: string): boolean {
    if (!this.peek(word)) return false
    this.pos += word.length
    this.tokenEnd = this.pos
    return true
  }

  expect(word: string): void {
    if (!this.take(word)) this.fail(`expected \`${word}\`, found ${this.found()}`)
  }

  /** The text matched by a sticky pattern here, or null. */
  match(pattern: RegExp): string | null {
    this.skip()
    pattern.lastIndex = this.pos
    const match = pattern.exec(this.text)
    if (match === null) return null
    this.pos += match[0].length
    this.tokenEnd = this.pos
    return match[0]
  }

  atEnd(): boolean {
    this.skip()
    return this.pos >= this.text.length
  }

  string(): string | null {
    this.skip()
    const start = this.pos
    const token = this.match(stringToken)
    if (token === null) return null
    try {
      return JSON.parse(token) as string
    } catch {
      throw new PirError('this string has an invalid escape', start, this.pos)
    }
  }

  /** A bare or quoted name. */
  name(what: string): string {
    return this.string() ?? this.match(bareName) ?? this.fail(`expected ${what}, found ${this.found()}`)
  }

  number(what: string): number {
    const token = this.match(numberToken)
    if (token === null) this.fail(`expected ${what}, found ${this.found()}`)
    if (token.endsWith('inf')) return token.startsWith('-') ? -Infinity : Infinity
    return token === 'nan' ? NaN : Number(token)
  }

  integer(what: string): number {
    this.skip()
    const start = this.pos
    const value = this.number(what)
    if (!Number.isSafeInteger(value) || value < 0) throw new PirError(`expected ${what}`, start, this.pos)
    return value
  }

  /** `item, item, …` up to `close`, which is consumed. */
  list<T>(close: string, item: () => T): T[] {
    const items: T[] = []
    while (!this.take(close)) {
      if (items.length > 0) this.expect(',')
      items.push(item())
    }
    return items
  }

  /** `item, item, …` or with another separator; at least one. */
  separated<T>(separator: string, item: () => T): T[] {
    const items = [item()]
    while (this.take(separator)) items.push(item())
    return items
  }

  /** `///` lines here, without the slashes and one blank; null when there are none. */
  docs(): string | null {
    const lines: string[] = []
    for (this.skip(); this.text.startsWith('///', this.pos); this.skip()) {
      const end = this.text.indexOf('\n', this.pos)
      const line = this.text.slice(this.pos + 3, end < 0 ? undefined : end)
      lines.push(line.startsWith(' ') ? line.slice(1) : line)
      this.pos = end < 0 ? this.text.length : end
    }
    return lines.length === 0 ? null : lines.join('\n')
  }

  found(): string {
    this.skip()
    anyToken.lastIndex = this.pos
    const token = anyToken.exec(this.text)?.[0]
    if (token === undefined) return 'the end of the text'
    return `\`${token.length > 40 ? `${token.slice(0, 40)}…` : token}\``
  }

  fail(message: string): never {
    this.skip()
    anyToken.lastIndex = this.pos
    const length = anyToken.exec(this.text)?.[0].length ?? 0
    throw new PirError(message, this.pos, this.pos + length)
  }

  span(start: number, end = this.tokenEnd): Span {
    return { source: this.source, start, end }
  }

  /** Leaves a broken line behind, and the regions it opened, so that the next line can be read. */
  skipLine(start: number): void {
    let depth = 0
    this.pos = Math.max(this.pos, start)
    for (const open of this.text.slice(start, this.pos)) depth += open === '{' ? 1 : open === '}' ? -1 : 0
    for (; this.pos < this.text.length; this.pos++) {
      const char = this.text[this.pos]
      if (char === '\n' && depth <= 0) return
      if (char === '}' && depth <= 0) return
      depth += char === '{' ? 1 : char === '}' ? -1 : 0
    }
  }
}
