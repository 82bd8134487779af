/**
 * Rows of packed tensors that a team copies to memory of its own, a tile at a time: those of the next tile are on their way while it
 * works on this one. Where a target denies that, because a tile keeps too much, rows are read where they are.
 */
import type { ValueId } from '../../../ir/node.ts'
import { rowAxes, type DType, type Packing } from '../../../ir/types.ts'
import { lowerings } from '../formats/lowerings.ts'
import type { FetchLowering } from '../formats/format-lowering.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { packingOf, rowPlace } from '../stored-row.ts'
import { readElsewhere } from './held-rows.ts'
import { inTileAt } from './place.ts'
import type { FoldShape } from './shape.ts'

/** Scores of a tile whose rows are fetched: as many as lanes of a small team, which take one each. */
export const FETCHED_TILE = 16

export interface FetchedRows {
  /** What the packed tensor unpacks to. */
  readonly value: ValueId
  readonly tensor: ValueId
  readonly packing: Packing
  readonly dtype: DType
  readonly scratch: KernelBuffer
}

/** Which unpacked values a team of this kernel may fetch rows of. */
export function fetchable(ctx: RegionContext, fold: FoldShape): ReadonlySet<ValueId> {
  const [axis, ...others] = fold.along
  if (!ctx.canKeepBest || axis === undefined || others.length > 0) return new Set()
  const elsewhere = readElsewhere(ctx, fold)
  const isRowByRow = (tensor: ValueId): boolean => {
    const { axes, packing } = ctx.tensorType(tensor)
    return packing !== undefined && lowerings[packing.format.kind].fetch !== undefined && rowAxes(axes, packing).at(-1) === axis
  }
  return new Set([...fold.packed].flatMap(([value, tensor]) => (!elsewhere.has(value) && isRowByRow(tensor) ? [value] : [])))
}

export function fetchedRows(ctx: RegionContext, fold: FoldShape, value: ValueId): FetchedRows {
  const tensor = fold.packed.get(value)!
  const storage = ctx.plan.storageOf(tensor)
  const packing = packingOf(storage)
  const room = loweringOf(packing).room(ctx.plan, storage, packing, FETCHED_TILE)
  return { value, tensor, packing, dtype: storage.type.dtype, scratch: ctx.scratchOf('u32', room) }
}

const loweringOf = (packing: Packing): FetchLowering => lowerings[packing.format.kind].fetch!

/** Starts to copy the rows of the scores from one on, as far as there are any; gives whether they will be there. */
export function startFetch(ctx: RegionContext, fold: FoldShape, rows: FetchedRows, range: FetchRange): ValueId {
  const { b } = ctx
  const { from, hi, head } = range
  const ends = [b.op('min', [from, hi]), b.op('min', [b.op('add', [from, b.i32(FETCHED_TILE)]), hi])]
  const [first, last] = ends.map((place) => rowPlace(ctx, rows.tensor, new Map(head).set(fold.along[0]!, place)))
  return loweringOf(rows.packing).start(ctx, rows.scratch.id, first!, last!)
}

export interface FetchRange {
  readonly from: ValueId
  readonly hi: ValueId
  readonly head: Env
}

/** Which fetched word the row of a score begins with. */
export const firstWord = (ctx: RegionContext, { packing }: FetchedRows, inTile: ValueId): ValueId =>
  ctx.b.op('mul', [inTile, loweringOf(packing).words(ctx, { packing })])

/** While `run` writes code, elements of these tensors are read from what was fetched. */
export function readingFetched(ctx: RegionContext, rows: readonly FetchedRows[], run: () => void): void {
  const before = rows.map(({ value }) => ctx.available.get(value)!)
  for (const one of rows)
    ctx.available.set(one.value, (at) =>
      ctx.b.fetchedAt(one.scratch.id, one.dtype, firstWord(ctx, one, inTileAt(at)), ctx.offset(one.packing.over, at)),
    )
  run()
  rows.forEach(({ value }, i) => ctx.available.set(value, before[i]!))
}
