/** `nm(n, m)`: exactly n of every m neighbouring positions, and for each kept one where in its m it is. */
import type { FormatOf } from '../types.ts'
import type { StorageFormat } from './format.ts'

/** Longest group: what the position fields of a compiled policy are tested for. */
const LONGEST = 64

/** Bits that say which of `m` positions of a group is kept. */
export const positionBits = (m: number): number => Math.max(1, Math.ceil(Math.log2(m)))

export const nm: StorageFormat<FormatOf<'nm'>> = {
  kind: 'nm',
  fields: ['n', 'm'],
  form: `nm(n, m) with 1 <= n < m <= ${LONGEST}`,
  constantRows: true,
  make: ([n = 0, m = 0]) => (n >= 1 && n < m && m <= LONGEST ? { kind: 'nm', n, m } : null),
  structure: ({ m }) => [{ name: 'meta', dtype: 'u32', length: { kind: 'kept-words', bits: positionBits(m) } }],
  demands: ({ n, m }) => ({ kind: 'exactly', n, of: m }),
}
