/** Formats that list the position of every kept entry, in a part named `indices`. */
import type { FormatOf } from '../../../ir/types.ts'
import { forEntries, part, type FormatLowering } from './format-lowering.ts'
import { storeEntries } from './kept-entries.ts'

export const listed: FormatLowering<FormatOf<'indices' | 'csr' | 'block'>> = {
  assemble(ctx, row) {
    return storeEntries(ctx, row, part(ctx, row.storage, 'indices'))
  },

  visit(ctx, row, init, each) {
    const { b } = ctx
    const indices = part(ctx, row.storage, 'indices').id
    return forEntries(ctx, row.start, b.op('add', [row.start, row.count]), init, (place, carried) =>
      each(b.loadInvariant(indices, place), place, carried),
    )
  },
}
