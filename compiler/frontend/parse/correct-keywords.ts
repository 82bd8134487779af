/**
 * Puts misspelt keywords right where only a keyword makes sense (`polcy p {`, `entyr e(`, `retrun x`), with a diagnostic,
 * so that one wrong letter does not hide the other mistakes of a declaration.
 */
import { nearMiss } from '../../../abi/near-miss.ts'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import { DECLARATION_KEYWORDS, isReserved, ITEM_KEYWORDS } from '../keywords.ts'
import type { Source } from '../source.ts'
import type { Token } from './scan.ts'

/** What other languages call it. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['function', 'fn'],
  ['func', 'fn'],
  ['fun', 'fn'],
  ['def', 'fn'],
  ['import', 'use'],
  ['include', 'use'],
])

/** What follows each keyword, by the two tokens after it: a word is `w`, a text is `s`, marks are themselves. */
const FOLLOWED_BY: Readonly<Record<string, RegExp>> = {
  policy: /^w[({]/,
  fn: /^w[([]/,
  use: /^(s|w\.)/,
  test: /^s/,
  axes: /^w[=(]/,
  state: /^w[:,]/,
  entry: /^w\(/,
  return: /^w/,
}

/** The same tokens, or new ones where a keyword was put right. */
export function correctKeywords(source: Source, tokens: readonly Token[], sink: DiagnosticSink): readonly Token[] {
  const place = new Place()
  let corrected: Token[] | null = null
  for (let at = 0; at < tokens.length; at++) {
    let token = tokens[at]
    if (token === undefined) break
    const meant = token.kind === 'word' && place.mayStart(tokens[at - 1]) ? meantKeyword(token, tokens, at, place) : null
    if (meant !== null) {
      const span = { source: source.name, start: token.start, end: token.end }
      sink.report('ESP0102', span, { found: token.text, meant })
      token = { ...token, text: meant }
      corrected ??= [...tokens]
      corrected[at] = token
    }
    place.step(token)
  }
  return corrected ?? tokens
}

function meantKeyword(token: Token, tokens: readonly Token[], at: number, place: Place): string | null {
  if (isReserved(token.text)) return null
  const candidates = place.candidates()
  const synonym = SYNONYMS.get(token.text)
  const meant = synonym !== undefined && candidates.includes(synonym) ? synonym : nearMiss(token.text, candidates)
  if (meant === null) return null
  return FOLLOWED_BY[meant]?.test(shape(tokens[at + 1]) + shape(tokens[at + 2])) === true ? meant : null
}

const shape = (token: Token | undefined): string =>
  token === undefined ? '' : token.kind === 'word' ? 'w' : token.kind === 'string' ? 's' : token.text

/** Where in the nesting of declarations the pass stands; set anew by each keyword, so stray braces do not mislead it for long. */
class Place {
  private braces = 0
  private brackets = 0
  private inTest = false

  step(token: Token): void {
    if (token.kind === 'word') this.keyword(token.text)
    if (token.kind !== 'mark') return
    if (token.text === '{') this.braces++
    if (token.text === '}') this.braces = Math.max(0, this.braces - 1)
    if (token.text === '(' || token.text === '[') this.brackets++
    if (token.text === ')' || token.text === ']') this.brackets--
    if (token.text === '{' || token.text === '}') this.brackets = 0
    if (this.braces === 0) this.inTest = false
  }

  private keyword(word: string): void {
    if (word === 'policy' || word === 'test') this.braces = this.brackets = 0
    if (word === 'entry' || word === 'state' || word === 'axes') this.brackets = 0
    if (word === 'test') this.inTest = true
    if (word === 'policy') this.inTest = false
  }

  /** Names are never juxtaposed inside an expression, so one before another can only be meant to begin something. */
  mayStart(previous: Token | undefined): boolean {
    if (this.brackets !== 0 || (this.inTest && this.braces > 0)) return false
    return previous?.kind !== 'word' || !isReserved(previous.text)
  }

  candidates(): readonly string[] {
    if (this.braces === 0) return DECLARATION_KEYWORDS
    return this.braces === 1 ? [...ITEM_KEYWORDS, 'return'] : ['return']
  }
}
