/**
 * `block(r, c)`: block sparse rows. A mask over blocks of r by c elements; kept blocks are stored whole, row-major, with the
 * position of each in its row of blocks.
 */
import type { FormatOf } from '../types.ts'
import type { StorageFormat } from './format.ts'

const isExtent = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 2 ** 16

export const block: StorageFormat<FormatOf<'block'>> = {
  kind: 'block',
  fields: ['r', 'c'],
  form: 'block(r, c) with r and c of 1 or more',
  constantRows: true,
  make: ([r = 0, c = 0]) => (isExtent(r) && isExtent(c) ? { kind: 'block', r, c } : null),
  structure: () => [{ name: 'indices', dtype: 'i32', length: { kind: 'kept' } }],
  demands: ({ r, c }) => ({ kind: 'constant-on', extents: [r, c] }),
}
