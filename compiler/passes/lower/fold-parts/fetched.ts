/**
 * Rows of packed tensors that a team copies to memory of its own, a tile at a time, while it does something else. Where a target denies
 * that, because a tile keeps too much, rows are read where they are.
 */
import type { ValueId } from '../../../ir/node.ts'
import { rowAxes, type DType, type Packing } from '../../../ir/types.ts'
import { lowerings } from '../formats/lowerings.ts'
import type { FetchLowering, RowPlace } from '../formats/format-lowering.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { packingOf, rowPlace } from '../stored-row.ts'
import { readElsewhere } from './held-rows.ts'
import { inTileAt } from './place.ts'
import type { FoldShape } from './shape.ts'

/** Scores of a tile whose rows are fetched: as many as lanes of a small team, which take one each. */
export const FETCHED_TILE = 16

/** Scores of a tile, as a host scalar; and as a number, where it is the same for every launch. */
export interface TileLength {
  readonly scalar: ValueId
  readonly known: number | null
}

export const tileLength = (ctx: RegionContext, { scalar, known }: TileLength): ValueId =>
  known === null ? ctx.scalar(scalar, 'i32') : ctx.b.i32(known)

export interface FetchedRows {
  /** What the packed tensor unpacks to. */
  readonly value: ValueId
  readonly tensor: ValueId
  readonly packing: Packing
  readonly dtype: DType
  /** Rows at once. */
  readonly tile: TileLength
  /** Several tensors may take turns in it. */
  readonly scratch: KernelBuffer
}

/** Which unpacked values a team of this kernel may fetch rows of. */
export function fetchable(ctx: RegionContext, fold: FoldShape): ReadonlySet<ValueId> {
  const [axis, ...others] = fold.along
  if (!ctx.hasAllTeamOps || axis === undefined || others.length > 0) return new Set()
  const elsewhere = readElsewhere(ctx, fold)
  const isRowByRow = (tensor: ValueId): boolean => {
    const { axes, packing } = ctx.tensorType(tensor)
    return packing !== undefined && lowerings[packing.format.kind].fetch !== undefined && rowAxes(axes, packing).at(-1) === axis
  }
  return new Set([...fold.packed].flatMap(([value, tensor]) => (!elsewhere.has(value) && isRowByRow(tensor) ? [value] : [])))
}

/** Of tensors that are never there at the same time, which take turns in one scratch. */
export function fetchedInTurn(
  ctx: RegionContext,
  fold: FoldShape,
  values: readonly ValueId[],
  tile: TileLength,
): readonly FetchedRows[] {
  const rows = values.map((value) => {
    const tensor = fold.packed.get(value)!
    const storage = ctx.plan.storageOf(tensor)
    const packing = packingOf(storage)
    return { value, tensor, packing, dtype: storage.type.dtype, tile }
  })
  if (rows.length === 0) return []
  const scratch = ctx.scratchOf('u32', fetchedRoom(ctx, fold, values, tile.scalar))
  return rows.map((one) => ({ ...one, scratch }))
}

/** Host scalar: words for so many rows of any of these tensors. */
export function fetchedRoom(ctx: RegionContext, fold: FoldShape, values: readonly ValueId[], rows: ValueId): ValueId {
  const rooms = values.map((value) => {
    const storage = ctx.plan.storageOf(fold.packed.get(value)!)
    const packing = packingOf(storage)
    return loweringOf(packing).room(ctx.plan, storage, packing, rows)
  })
  return rooms.reduce((x, y) => ctx.plan.scalar('max', [x, y]))
}

/** The dtype of the values of what unpacks to a value. */
export const fetchedDType = (ctx: RegionContext, fold: FoldShape, value: ValueId): DType =>
  ctx.tensorType(fold.packed.get(value)!).dtype

const loweringOf = (packing: Packing): FetchLowering => lowerings[packing.format.kind].fetch!

/** Starts to copy the rows of the scores from one on, as far as there are any; gives whether they will be there. */
export function startFetch(ctx: RegionContext, fold: FoldShape, rows: FetchedRows, range: FetchRange): ValueId {
  const [first, last] = endsOf(ctx, fold, rows, range)
  return loweringOf(rows.packing).start(ctx, rows.scratch.id, first, last, tileLength(ctx, rows.tile))
}

/** Whether there will be room for them. */
export function hasRoom(ctx: RegionContext, fold: FoldShape, rows: FetchedRows, range: FetchRange): ValueId {
  const [first, last] = endsOf(ctx, fold, rows, range)
  return loweringOf(rows.packing).fits(ctx, rows.scratch.id, first, last, tileLength(ctx, rows.tile))
}

/** Where these rows begin and end. Asked for before there is something to wait for, it is known when a copy is to start. */
export function endsOf(
  ctx: RegionContext,
  fold: FoldShape,
  { tensor, tile }: FetchedRows,
  { from, hi, head }: FetchRange,
): readonly [RowPlace, RowPlace] {
  const { b } = ctx
  const at = (place: ValueId): RowPlace => rowPlace(ctx, tensor, new Map(head).set(fold.along[0]!, place))
  return [at(b.op('min', [from, hi])), at(b.op('min', [b.op('add', [from, tileLength(ctx, tile)]), hi]))]
}

export interface FetchRange {
  readonly from: ValueId
  readonly hi: ValueId
  readonly head: Env
}

/** Which fetched word the row of a score begins with. */
export const firstWord = (ctx: RegionContext, { packing }: FetchedRows, inTile: ValueId): ValueId =>
  ctx.b.op('mul', [inTile, wordsOf(ctx, packing)])

/** Words of a row. */
export const wordsOf = (ctx: RegionContext, packing: Packing): ValueId => loweringOf(packing).words(ctx, { packing })

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
