/**
 * `nm(n, m)`: for every kept entry, in which of the m positions of its group it is, in a stream of bit fields, low bits
 * first, every row starting a word. Groups are short, so a row is packed without branches: every entry is written to a
 * scratch row, the place advances past kept ones only, and the row is copied out.
 */
import { positionBits } from '../../../ir/formats/nm.ts'
import type { ValueId } from '../../../ir/node.ts'
import type { FormatOf } from '../../../ir/types.ts'
import { nest } from '../nest.ts'
import type { Env, RegionContext } from '../region-context.ts'
import { forEntries, part, type FormatLowering, type PackedRow } from './format-lowering.ts'
import { maskAt, storeElement } from './kept-entries.ts'

type NM = FormatOf<'nm'>

/** Words of the position fields of a row that keeps `count`. */
function wordsPerRow({ b }: RegionContext, count: ValueId, bits: number): ValueId {
  return b.op('shr', [b.op('add', [b.op('mul', [count, b.i32(bits)]), b.i32(31)]), b.i32(5)])
}

export const nm: FormatLowering<NM> = {
  assemble(ctx, row) {
    const { b } = ctx
    const bits = positionBits(row.packing.format.m)
    const meta = part(ctx, row.storage, 'meta').id
    const kept = ctx.scalar(row.storage.kept, 'i32')
    const perRow = wordsPerRow(ctx, kept, bits)
    const first = b.op('mul', [row.row, perRow])
    b.lanes(b.i32(0), perRow, [], [], (word) => {
      b.store(meta, b.op('add', [first, word]), b.constant(0, 'u32'))
      return []
    })
    if (ctx.execution !== 'sequential') return storeGroups(ctx, row, meta, first, bits)
    return gather(ctx, row, (place, code) => {
      const last = b.op('max', [b.op('sub', [kept, b.i32(1)]), b.i32(0)])
      orField(ctx, meta, first, b.op('mul', [b.op('min', [place, last]), b.i32(bits)]), bits, code)
    })
  },

  visit(ctx, row, init, each) {
    const { b } = ctx
    const { n, m } = row.packing.format
    const bits = positionBits(m)
    const meta = part(ctx, row.storage, 'meta').id
    const first = b.op('mul', [row.row, wordsPerRow(ctx, row.count, bits)])
    return forEntries(ctx, b.i32(0), row.count, init, (i, carried) => {
      const lane = readField(ctx, meta, first, b.op('mul', [i, b.i32(bits)]), bits)
      const group = b.op('mul', [b.op('div', [i, b.i32(n)]), b.i32(m)])
      return each(b.op('add', [group, lane]), b.op('add', [row.start, i]), carried)
    })
  },
}

/** Groups side by side: each keeps n, so it is known where its entries are. Their fields share words. */
function storeGroups(ctx: RegionContext, row: PackedRow<NM>, meta: ValueId, first: ValueId, bits: number): ValueId {
  const { b } = ctx
  const { over, format } = row.packing
  const groups = over.slice(0, -1)
  const lane = over.at(-1)!
  const values = part(ctx, row.storage, 'values')
  const write = (at: Env, place: ValueId): void => {
    storeElement(ctx, row, values, b.op('add', [row.start, place]), at)
    atomicField(ctx, meta, first, b.op('mul', [place, b.i32(bits)]), bits, b.convert(at.get(lane)!, 'u32'))
  }
  nest(ctx, groups, row.env, [], (group) => {
    const before = b.op('mul', [ctx.offset(groups, group), b.i32(format.n)])
    b.for(b.i32(0), b.i32(format.m), [before], (position, [place]) => {
      const at = new Map(group).set(lane, position)
      const kept = maskAt(ctx, row, at)
      b.if(kept, () => {
        write(at, place!)
        return []
      })
      return [b.op('add', [place!, b.convert(kept, 'i32')])]
    })
    return []
  })
  return ctx.scalar(row.storage.kept, 'i32')
}

function atomicField(ctx: RegionContext, words: ValueId, first: ValueId, start: ValueId, bits: number, code: ValueId): void {
  const { b } = ctx
  const word = b.op('add', [first, b.op('shr', [start, b.i32(5)])])
  const shift = b.convert(b.op('and', [start, b.i32(31)]), 'u32')
  b.atomicOr(words, word, b.op('shl', [code, shift]))
  if (32 % bits === 0) return
  b.if(straddles(ctx, shift, bits), () => {
    const high = b.op('shr', [code, b.op('sub', [b.constant(32, 'u32'), shift])])
    b.atomicOr(words, b.op('add', [word, b.i32(1)]), high)
    return []
  })
}

/** Every entry to the scratch row; `field` takes the place and the position within the group, 0 for what is dropped. */
function gather(ctx: RegionContext, row: PackedRow<NM>, field: (place: ValueId, code: ValueId) => void): ValueId {
  const { b } = ctx
  const { over } = row.packing
  const scratch = ctx.scratch(row.storage.type.dtype, over)
  const lane = over.at(-1)!
  const none = { init: b.i32(0), combine: 'none' as const }
  const [count] = nest(
    ctx,
    over,
    row.env,
    [none],
    (at, [place]) => {
      storeElement(ctx, row, scratch, place!, at)
      const kept = b.convert(maskAt(ctx, row, at), 'i32')
      const where = b.convert(at.get(lane)!, 'u32')
      field(place!, b.op('select', [b.op('ne', [kept, b.i32(0)]), where, b.constant(0, 'u32')]))
      return [b.op('add', [place!, kept])]
    },
    { sequential: true },
  )
  const values = part(ctx, row.storage, 'values')
  b.lanes(b.i32(0), count!, [], [], (i) => {
    b.storeRaw(values.id, b.op('add', [row.start, i]), b.loadRaw(scratch.id, i))
    return []
  })
  return count!
}

/** Ors a field of `bits` bits into a bit stream; a field may straddle two words when 32 is no multiple of `bits`. */
function orField(ctx: RegionContext, words: ValueId, first: ValueId, start: ValueId, bits: number, code: ValueId): void {
  const { b } = ctx
  const word = b.op('add', [first, b.op('shr', [start, b.i32(5)])])
  const shift = b.convert(b.op('and', [start, b.i32(31)]), 'u32')
  b.store(words, word, b.op('or', [b.load(words, word), b.op('shl', [code, shift])]))
  if (32 % bits === 0) return
  b.if(straddles(ctx, shift, bits), () => {
    const next = b.op('add', [word, b.i32(1)])
    const high = b.op('shr', [code, b.op('sub', [b.constant(32, 'u32'), shift])])
    b.store(words, next, b.op('or', [b.load(words, next), high]))
    return []
  })
}

function readField(ctx: RegionContext, words: ValueId, first: ValueId, start: ValueId, bits: number): ValueId {
  const { b } = ctx
  const word = b.op('add', [first, b.op('shr', [start, b.i32(5)])])
  const shift = b.convert(b.op('and', [start, b.i32(31)]), 'u32')
  const low = b.op('shr', [b.loadInvariant(words, word), shift])
  const mask = b.constant(2 ** bits - 1, 'u32')
  if (32 % bits === 0) return b.convert(b.op('and', [low, mask]), 'i32')
  const [high] = b.if(
    straddles(ctx, shift, bits),
    () => [b.op('shl', [b.load(words, b.op('add', [word, b.i32(1)])), b.op('sub', [b.constant(32, 'u32'), shift])])],
    () => [b.constant(0, 'u32')],
  )
  return b.convert(b.op('and', [b.op('or', [low, high!]), mask]), 'i32')
}

const straddles = ({ b }: RegionContext, shift: ValueId, bits: number): ValueId =>
  b.op('gt', [b.op('add', [shift, b.constant(bits, 'u32')]), b.constant(32, 'u32')])
