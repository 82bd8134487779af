/** `compact`: entries alone; the first entry of a row is at position 0. */
import type { FormatOf } from '../../../ir/types.ts'
import type { FormatLowering } from './format-lowering.ts'
import { eachKept, storeEntry } from './kept-entries.ts'

export const compact: FormatLowering<FormatOf<'compact'>> = {
  assemble: (ctx, row) => eachKept(ctx, row, (at, _position, place) => storeEntry(ctx, row, at, place)),

  visit(ctx, row, init, each) {
    const { b } = ctx
    return b.for(b.i32(0), row.count, init, (position, carried) => each(position, b.op('add', [row.start, position]), carried))
  },
}
