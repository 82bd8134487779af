/** Which name an offset is in. */
import { occurrencesAt, type NameSymbol, type Occurrence } from '../../compiler/frontend/names/name-index.ts'
import type { Analysis } from '../analysis.ts'

export interface NamedPlace {
  readonly occurrence: Occurrence
  readonly symbol: NameSymbol
}

/** The value rather than the output that it implies; the word that begins at the offset rather than the one that ends there. */
export function symbolAt({ names }: Analysis, offset: number): NamedPlace | null {
  const found = occurrencesAt(names, offset)
  const plain = found.filter(({ role }) => role !== 'implied')
  const candidates = plain.length > 0 ? plain : found
  const occurrence = candidates.find(({ span }) => span.start <= offset && offset < span.end) ?? candidates[0]
  const symbol = occurrence === undefined ? undefined : names.symbols[occurrence.symbol]
  return occurrence === undefined || symbol === undefined ? null : { occurrence, symbol }
}
