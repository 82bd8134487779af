/**
 * Splits the tokens of a file into declarations, and policies into their head and items, without parsing them: the
 * parser works on one piece at a time, so a mistake costs one piece. Structural keywords are reserved and can stand
 * nowhere else, which is why the split holds even where braces do not match. Total and linear.
 */
import { DECLARATION_KEYWORDS, ITEM_KEYWORDS } from './keywords.ts'
import type { Token } from './parse/scan.ts'

/** Tokens `from` up to, not including, `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

export type ItemKind = 'axes' | 'state' | 'entry' | 'fn'

export type Piece =
  | (Range & { readonly kind: ItemKind })
  /** Tokens that begin nothing: text where an item or a declaration should start. */
  | (Range & { readonly kind: 'stray' })
  /** A `use` inside a policy. */
  | (Range & { readonly kind: 'misplaced' })

export type Section =
  | (Range & { readonly kind: 'use' | 'fn' | 'test' })
  | PolicySection
  /** Items outside of any policy, up to a brace that closes nothing or the next declaration. */
  | (Range & { readonly kind: 'items'; readonly items: readonly Piece[] })
  | Extract<Piece, { kind: 'stray' }>

export interface PolicySection extends Range {
  readonly kind: 'policy'
  /** From `policy` to its `{`, or to where that is missing. */
  readonly head: Range
  readonly items: readonly Piece[]
  /** The `}` that ended it, by token; null when the file ended first or another declaration began. */
  readonly closing: number | null
  /** Items found after that `}`: one brace too many was closed before them. */
  readonly escaped: number | null
}

const declarationWords: ReadonlySet<string> = new Set(DECLARATION_KEYWORDS)
const itemWords: ReadonlySet<string> = new Set(ITEM_KEYWORDS)

export function outline(tokens: readonly Token[]): readonly Section[] {
  const walk = new Outliner(tokens)
  const sections: Section[] = []
  for (let at = 0; at < tokens.length;) {
    const previous = sections.at(-1)
    const section = walk.section(at, previous?.kind === 'policy' ? previous : null)
    if (section.kind === 'policy' && section.from === previous?.from) sections.pop()
    sections.push(section)
    at = section.to
  }
  return sections
}

class Outliner {
  private readonly tokens: readonly Token[]

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  /** The section at `from`, or `previous` grown by items that stand after its closing brace. */
  section(from: number, previous: PolicySection | null): Section {
    const word = this.word(from)
    if (word === 'policy') return this.policy(from)
    if (word === 'use' || word === 'fn' || word === 'test') return { kind: word, from, to: this.end(from) }
    if (!itemWords.has(word)) return { kind: 'stray', from, to: this.strayEnd(from, declarationWords) }
    const { items, to, closing } = this.items(from)
    if (previous === null) return { kind: 'items', from, to, items }
    return { ...previous, items: [...previous.items, ...items], to, closing, escaped: previous.escaped ?? from }
  }

  private policy(from: number): PolicySection {
    let at = from + 1
    while (at < this.tokens.length && !this.isStructural(at) && !this.is(at, '{') && !this.is(at, '}')) at++
    if (this.is(at, '{')) at++
    const head = { from, to: at }
    const bodyless = declarationWords.has(this.word(at)) && this.word(at) !== 'fn' && !this.is(at - 1, '{')
    const { items, to, closing } = bodyless ? { items: [], to: at, closing: null } : this.items(at)
    return { kind: 'policy', from, to, head, items, closing, escaped: null }
  }

  private items(from: number): { items: Piece[]; to: number; closing: number | null } {
    const items: Piece[] = []
    let at = from
    while (at < this.tokens.length) {
      if (this.is(at, '}')) return { items, to: at + 1, closing: at }
      const word = this.word(at)
      if (word === 'policy' || word === 'test') break
      const piece = this.piece(at, word)
      items.push(piece)
      at = piece.to
    }
    return { items, to: at, closing: null }
  }

  private piece(from: number, word: string): Piece {
    if (word === 'axes' || word === 'state' || word === 'entry' || word === 'fn') return { kind: word, from, to: this.end(from) }
    if (word === 'use') return { kind: 'misplaced', from, to: this.end(from) }
    return { kind: 'stray', from, to: this.strayEnd(from, null) }
  }

  /** End of a piece that starts with a keyword: after its braces, or before what cannot belong to it. */
  private end(from: number): number {
    let depth = 0
    let at = from + 1
    for (; at < this.tokens.length && !this.isStructural(at); at++) {
      depth += this.opened(at)
      if (!this.is(at, '}')) continue
      if (depth === 0) return at + 1
      if (depth < 0) return at
    }
    return at
  }

  /** Skips to a place where something may begin; what stands in braces on the way is skipped with it. */
  private strayEnd(from: number, stops: ReadonlySet<string> | null): number {
    let depth = 0
    let at = from
    for (; at < this.tokens.length; at++) {
      const word = this.word(at)
      if (word === 'policy' || word === 'use' || word === 'test') break
      if (at > from && depth === 0 && (stops === null ? this.isStructural(at) : stops.has(word))) break
      depth += this.opened(at)
      if (!this.is(at, '}')) continue
      if (depth < 0 && stops === null) break
      if (depth <= 0 && at > from) return at + 1
      if (depth < 0) return at + 1
    }
    return Math.max(at, from + 1)
  }

  private isStructural(at: number): boolean {
    const word = this.word(at)
    return declarationWords.has(word) || itemWords.has(word)
  }

  private word(at: number): string {
    const token = this.tokens[at]
    return token?.kind === 'word' ? token.text : ''
  }

  /** Braces opened less those closed. A text without closing quote took those on the rest of its line with it. */
  private opened(at: number): number {
    const token = this.tokens[at]
    if (token?.kind === 'bad' && token.text.startsWith('"')) return token.text.split('{').length - token.text.split('}').length
    return this.is(at, '{') ? 1 : this.is(at, '}') ? -1 : 0
  }

  private is(at: number, mark: string): boolean {
    const token = this.tokens[at]
    return token?.kind === 'mark' && token.text === mark
  }
}
