/** `compact`: entries alone; the first entry of a row is at position 0. The mask keeps the first of a row, so it bounds the loop. */
import type { ValueId } from '../../../ir/node.ts'
import type { FormatOf } from '../../../ir/types.ts'
import { splitMask } from '../domain.ts'
import { nest } from '../nest.ts'
import type { RegionContext } from '../region-context.ts'
import { forEntries, part, type FormatLowering, type PackedRow } from './format-lowering.ts'
import { storeElement, storeEntries } from './kept-entries.ts'

type Compact = FormatOf<'compact'>

export const compact: FormatLowering<Compact> = {
  assemble(ctx, row) {
    const { over } = row.packing
    const { bounds, guards, rest } = splitMask(ctx, row.node.operands[1]!, [], { order: over, around: [...row.env.keys()] })
    const range = guards.size + rest.length > 0 ? undefined : bounds.get(over[0]!)?.(row.env)
    if (range === undefined || ctx.b.known(range.lo) !== 0) return storeEntries(ctx, row)
    const count = ctx.b.op('max', [range.hi, ctx.b.i32(0)])
    storeFirst(ctx, row, count)
    return count
  },

  visit(ctx, row, init, each) {
    const { b } = ctx
    return forEntries(ctx, b.i32(0), row.count, init, (position, carried) =>
      each(position, b.op('add', [row.start, position]), carried),
    )
  },
}

function storeFirst(ctx: RegionContext, row: PackedRow<Compact>, count: ValueId): void {
  const { b } = ctx
  const { over, inside = [] } = row.packing
  const axis = over[0]!
  const values = part(ctx, row.storage, 'values')
  const entry = ctx.size(inside)
  nest(
    ctx,
    [axis, ...inside],
    row.env,
    [],
    (at) => {
      const first = b.op('mul', [b.op('add', [row.start, at.get(axis)!]), entry])
      storeElement(ctx, row, values, b.op('add', [first, ctx.offset(inside, at)]), at)
      return []
    },
    { domain: { bounds: new Map([[axis, () => ({ lo: b.i32(0), hi: count })]]), guards: new Map() } },
  )
}
