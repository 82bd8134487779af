/**
 * What the names of a file mean, as data: every thing that has a name, and every place where it is named. Made from the
 * syntax tree alone, so that a file with mistakes has one too; it holds for what parsed.
 */
import type { Span } from '../../diagnostics/span.ts'

export type SymbolKind =
  | 'policy'
  | 'entry'
  | 'function'
  | 'parameter'
  | 'alternative'
  | 'axis'
  | 'state'
  | 'input'
  | 'variable'
  | 'output'
  /** A kind of unit in a joint selection: `heads: (layer, head)`. */
  | 'unit'
  /** A parameter of a function. */
  | 'argument'
  /** Built into the language: a function, `inf`, `nan`. */
  | 'builtin'
  /** What `use` names. */
  | 'file'

export type SymbolId = number

export interface NameSymbol {
  readonly id: SymbolId
  readonly kind: SymbolKind
  readonly name: string
  /** The word that declares it, maybe in another file; null for what is built in. */
  readonly declared: Span | null
  /** The whole declaration, for previews; null where the word is all there is. */
  readonly whole: Span | null
  /** Where it may be named; null: in the whole file. */
  readonly scope: Span | null
  readonly doc: string | null
}

export type Role =
  | 'declaration'
  | 'read'
  | 'write'
  /** `return heads`: the word that names the value is the name of the output, too. */
  | 'implied'

export interface Occurrence {
  readonly span: Span
  readonly symbol: SymbolId
  readonly role: Role
}

export interface NameIndex {
  readonly symbols: readonly NameSymbol[]
  /** By position. Two at one place: a value, and the output that it implies. */
  readonly occurrences: readonly Occurrence[]
}

/** The occurrences whose word contains `offset`, its end included. */
export function occurrencesAt(index: NameIndex, offset: number): readonly Occurrence[] {
  const { occurrences } = index
  let low = 0
  let high = occurrences.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((occurrences[middle]?.span.end ?? 0) < offset) low = middle + 1
    else high = middle
  }
  const found: Occurrence[] = []
  for (let at = low; at < occurrences.length; at++) {
    const occurrence = occurrences[at]
    if (occurrence === undefined || occurrence.span.start > offset) break
    found.push(occurrence)
  }
  return found
}

/** What may be named at `offset`. */
export const visibleAt = (index: NameIndex, offset: number): readonly NameSymbol[] =>
  index.symbols.filter(({ scope }) => scope === null || (scope.start <= offset && offset <= scope.end))
