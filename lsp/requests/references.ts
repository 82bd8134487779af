/**
 * Every place where the thing under the cursor is named. What a file declares for itself is named in it alone; functions of
 * a file are looked for in every file that may use it.
 */
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { NameSymbol, Occurrence } from '../../compiler/frontend/names/name-index.ts'
import type { Analysis } from '../analysis.ts'

/** The occurrences of one symbol in one document. */
export interface FoundIn {
  readonly analysis: Analysis
  readonly occurrences: readonly Occurrence[]
}

export function references(analysis: Analysis, symbol: NameSymbol, others: () => Iterable<Analysis>): readonly FoundIn[] {
  const own = { analysis, occurrences: occurrencesOf(analysis, symbol) }
  if (symbol.kind !== 'function' || symbol.scope !== null || symbol.declared === null) return [own]
  const found = new Map([[analysis.source.name, own]])
  for (const other of others()) {
    if (found.has(other.source.name) || !other.source.text.includes(symbol.name)) continue
    const same = other.names.symbols.find((candidate) => isSame(candidate, symbol))
    if (same !== undefined) found.set(other.source.name, { analysis: other, occurrences: occurrencesOf(other, same) })
  }
  return [...found.values()].filter(({ occurrences }) => occurrences.length > 0)
}

export const occurrencesOf = ({ names }: Analysis, { id }: NameSymbol): readonly Occurrence[] =>
  names.occurrences.filter(({ symbol }) => symbol === id)

const isSame = ({ kind, declared }: NameSymbol, symbol: NameSymbol): boolean =>
  kind === symbol.kind && sameSpan(declared, symbol.declared)

const sameSpan = (a: Span | null, b: Span | null): boolean => a !== null && a.source === b?.source && a.start === b.start
