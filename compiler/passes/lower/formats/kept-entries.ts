/**
 * Walks the positions of a row for which the mask holds: 32 masks along the innermost axis become one word, and the set bits
 * of it are visited one by one. Positions that are dropped cost no branch. A team that can, tallies or compacts the whole row.
 */
import type { ValueId } from '../../../ir/node.ts'
import { nest } from '../nest.ts'
import { placeEnv } from '../place-env.ts'
import { valueAs, valueAt } from '../values.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { bitAt, bitCount, bitsBelow, hasBit } from '../word-bits.ts'
import { part, type PackedRow } from './format-lowering.ts'

export const maskAt = (ctx: RegionContext, { node }: PackedRow, at: Env): ValueId => valueAs(ctx, node.operands[1]!, at, 'bool')

/** 32 masks of a row, from `position` on. */
export type VisitWord = (position: ValueId, bits: ValueId) => void
/** A kept position, and how many were kept in the row before it. */
export type VisitKept = (at: Env, position: ValueId, place: ValueId) => void

/** Visits the row in order; the result is how many entries it keeps. `words`: how many words the innermost axis has. */
export function eachKept(
  ctx: RegionContext,
  row: PackedRow,
  kept: VisitKept,
  options: { readonly word?: VisitWord; readonly words?: ValueId } = {},
): ValueId {
  const { b } = ctx
  const { over } = row.packing
  const axis = over.at(-1)!
  if (ctx.canTally) return tallied(ctx, row, kept)
  const n = ctx.extent(axis)
  const words = options.words ?? b.op('shr', [b.op('add', [n, b.i32(31)]), b.i32(5)])
  const none = { init: b.i32(0), combine: 'none' as const }
  const [count] = nest(
    ctx,
    over.slice(0, -1),
    row.env,
    [none],
    (around, [before]) => {
      const base = ctx.offset(over, new Map(around).set(axis, b.i32(0)))
      return b.for(b.i32(0), words, [before!], (word, [place]) => {
        const lo = b.op('mul', [word, b.i32(32)])
        const bits = collect(ctx, row, axis, lo, n, around)
        options.word?.(b.op('add', [base, lo]), bits)
        return [
          eachBit(ctx, bits, place!, (bit, at) => {
            const i = b.op('add', [lo, bit])
            kept(new Map(around).set(axis, i), b.op('add', [base, i]), at)
          }),
        ]
      })
    },
    { sequential: true },
  )
  return count!
}

function tallied(ctx: RegionContext, row: PackedRow, kept: VisitKept): ValueId {
  const { b } = ctx
  const { over } = row.packing
  const at = (i: ValueId): Env => placeEnv(ctx, over, i, row.env)
  const { lo, hi } = ctx.range(over)
  return b.tally(
    lo,
    hi,
    (i) => maskAt(ctx, row, at(i)),
    (i, holds, place) => b.guardedEffects(holds, () => kept(at(i), i, place)),
  )
}

/** Writes the entries of a row in order; gives how many there are. `positions`: where their positions are listed, too. */
export function storeEntries(ctx: RegionContext, row: PackedRow, positions: KernelBuffer | null = null): ValueId {
  const { b } = ctx
  const { over, inside = [] } = row.packing
  if (!ctx.canTally || inside.length > 0)
    return eachKept(ctx, row, (at, position, place) => {
      if (positions !== null) b.store(positions.id, b.op('add', [row.start, place]), position)
      storeEntry(ctx, row, at, place)
    })
  const { lo, hi } = ctx.range(over)
  const compacted = (to: KernelBuffer, raw: boolean, valueAt: (at: Env, i: ValueId) => ValueId): ValueId =>
    b.compact({ buffer: to.id, start: row.start, raw }, lo, hi, (i) => {
      const at = placeEnv(ctx, over, i, row.env)
      return [maskAt(ctx, row, at), valueAt(at, i)]
    })
  const values = part(ctx, row.storage, 'values')
  const { value, raw } = elementOf(ctx, row)
  if (positions === null) return compacted(values, raw, value)
  const count = compacted(positions, false, (_at, i) => i)
  if (raw) gatherEntries(ctx, row, positions, count)
  else compacted(values, raw, value)
  return count
}

/** The entries from memory, by the positions that have just been listed: fewer than there are elements. */
function gatherEntries(ctx: RegionContext, row: PackedRow, positions: KernelBuffer, count: ValueId): void {
  const { b } = ctx
  const values = part(ctx, row.storage, 'values')
  b.lanes(b.i32(0), count, [], [], (i) => {
    const place = b.op('add', [row.start, i])
    const at = placeEnv(ctx, row.packing.over, b.load(positions.id, place), row.env)
    storeElement(ctx, row, values, place, at)
    return []
  })
}

function collect(ctx: RegionContext, row: PackedRow, axis: string, lo: ValueId, n: ValueId, around: Env): ValueId {
  const { b } = ctx
  const hi = b.op('min', [b.op('add', [lo, b.i32(32)]), n])
  const [bits] = b.lanes(lo, hi, [b.constant(0, 'u32')], ['or'], (i, [collected]) => {
    const kept = b.convert(maskAt(ctx, row, new Map(around).set(axis, i)), 'u32')
    return [b.op('or', [collected!, b.op('shl', [kept, b.convert(b.op('sub', [i, lo]), 'u32')])])]
  })
  return bits!
}

/** Calls with the number of every set bit, lowest first, and a place that counts up; gives the place behind the last. */
export function eachBit(
  ctx: RegionContext,
  bits: ValueId,
  place: ValueId,
  visit: (bit: ValueId, place: ValueId) => void,
): ValueId {
  const { b } = ctx
  if (ctx.execution === 'team' && !b.sideBySide) return eachBitOfTeam(ctx, bits, place, visit)
  const [, next] = b.while(
    [bits, place],
    ([rest]) => b.op('ne', [rest!, b.constant(0, 'u32')]),
    ([rest, at]) => {
      visit(b.convert(b.op('ctz', [rest!]), 'i32'), at!)
      return [withoutLowest(ctx, rest!), b.op('add', [at!, b.i32(1)])]
    },
  )
  return next!
}

/** A bit for each thread, which counts the bits below its own. */
function eachBitOfTeam(
  { b }: RegionContext,
  bits: ValueId,
  place: ValueId,
  visit: (bit: ValueId, place: ValueId) => void,
): ValueId {
  b.lanes(b.i32(0), b.i32(32), [], [], (bit) => {
    const own = bitAt(b, bit)
    b.if(hasBit(b, bits, own), () => {
      visit(bit, b.op('add', [place, bitsBelow(b, bits, own)]))
      return []
    })
    return []
  })
  return b.op('add', [place, bitCount(b, bits)])
}

export const withoutLowest = ({ b }: RegionContext, bits: ValueId): ValueId =>
  b.op('and', [bits, b.op('sub', [bits, b.constant(1, 'u32')])])

/** Writes the entry at `at` behind `place` entries of the row. */
export function storeEntry(ctx: RegionContext, row: PackedRow, at: Env, place: ValueId): void {
  const { b } = ctx
  const values = part(ctx, row.storage, 'values')
  const { inside = [] } = row.packing
  const first = b.op('mul', [b.op('add', [row.start, place]), ctx.size(inside)])
  nest(ctx, inside, at, [], (element) => {
    storeElement(ctx, row, values, b.op('add', [first, ctx.offset(inside, element)]), element)
    return []
  })
}

/** Writes the element of x at `at`. */
export function storeElement(ctx: RegionContext, row: PackedRow, to: KernelBuffer, index: ValueId, at: Env): void {
  const { value, raw } = elementOf(ctx, row)
  if (raw) ctx.b.storeRaw(to.id, index, value(at))
  else ctx.b.store(to.id, index, value(at))
}

/** The element of x at a position. An input is copied as it is stored, as bits: no rounding, NaN payloads kept. */
function elementOf(ctx: RegionContext, { node }: PackedRow): { readonly raw: boolean; readonly value: (at: Env) => ValueId } {
  const x = node.operands[0]!
  if (!ctx.isExternal(x)) return { raw: false, value: (at) => valueAt(ctx, x, at) }
  const { parts, type } = ctx.plan.storageOf(x)
  const bitsAt = (at: Env): ValueId => ctx.b.loadInvariant(ctx.buffer(parts.values!, `t${x}`).id, ctx.offset(type.axes, at), true)
  return { raw: true, value: bitsAt }
}
