/**
 * Sums over the channels of packed rows, such as a key times a query: a thread has a score to itself and visits what its row keeps.
 * What is not kept counts as 0, whatever it is multiplied by must then be finite: where a factor is not, rows are read as if dense.
 */
import { eachFetched } from '../tile-ops.ts'
import type { ValueId } from '../../../ir/node.ts'
import type { DType, Packing } from '../../../ir/types.ts'
import { nest } from '../nest.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { valueAs } from '../values.ts'
import { firstWord, type FetchedRows } from './fetched.ts'
import { multipliesTiles } from './multiplies-tiles.ts'
import { readElsewhere } from './held-rows.ts'
import { entryAt, headAt, scorePlace } from './place.ts'
import type { Tile, TileRows } from './scores.ts'
import type { FoldShape, ScoreSum } from './shape.ts'

export interface WalkedSum {
  readonly sum: ScoreSum
  /** What the packed rows unpack to. */
  readonly value: ValueId
  /** What a row is multiplied by, which is the same for all scores. */
  readonly factor: ValueId
  /** The factors of an element for every head of the team, side by side, where rows are walked. */
  readonly factors: KernelBuffer | null
  /** Those of all heads, made ready for products of tiles. */
  readonly packed: KernelBuffer | null
  readonly packing: Packing
  readonly dtype: DType
}

/** With products those of 16-bit floats are products of tiles. */
export function walkedSums(
  ctx: RegionContext,
  fold: FoldShape,
  fetchable: ReadonlySet<ValueId>,
  heads: number,
  hasProducts: boolean,
): readonly WalkedSum[] {
  const elsewhere = readElsewhere(ctx, fold)
  return fold.scoreSums.flatMap((sum): readonly WalkedSum[] => {
    const product = ctx.defs.get(sum.of)
    const [x, y] = product?.op === 'mul' ? product.operands : []
    const value = [x, y].find((operand) => operand !== undefined && fetchable.has(operand))
    const factor = value === x ? y : x
    if (value === undefined || factor === undefined || factor === value || elsewhere.has(factor)) return []
    const own = ctx.axesOf(factor)
    const { packing: stored, dtype } = ctx.tensorType(fold.packed.get(value)!)
    const packing = stored!
    const { over } = packing
    const isRow = own.length > 0 && sum.axes.join() === over.join() && !own.some((axis) => fold.along.includes(axis))
    if (!isRow) return []
    const isProduct = hasProducts && multipliesTiles(dtype)
    const factors = isProduct ? null : headNumbers(ctx, heads, over)
    const packed = isProduct ? ctx.scratchOf('u32', packedWords(ctx, over)) : null
    return [{ sum, value, factor, factors, packing, dtype, packed }]
  })
}

/** Memory for a number of each head and element. */
const headNumbers = (ctx: RegionContext, heads: number, over: readonly string[]): KernelBuffer =>
  ctx.scratchOf('f32', ctx.plan.scalar('mul', [ctx.plan.product(over), ctx.plan.int(heads)]))

/** Where that of an element and head is: the numbers of all heads are side by side. */
const headNumberAt = (
  ctx: RegionContext,
  axes: readonly string[],
  at: Env,
  { head, heads }: { readonly head: number; readonly heads: number },
): ValueId => ctx.b.op('add', [ctx.b.op('mul', [ctx.offset(axes, at), ctx.b.i32(heads)]), ctx.b.i32(head)])

/** Host scalar: words of packed factors, eight of 16 bits for each element of whole words. */
export const packedWords = ({ plan }: RegionContext, over: readonly string[]): ValueId =>
  plan.scalar('mul', [plan.ceilDiv(plan.product(over), 64), plan.int(256)])

/** Stores the factors of the team's heads; gives whether all of them are finite. */
export function fillFactors(ctx: RegionContext, { sum, factor, ...walked }: WalkedSum, heads: readonly Env[]): ValueId {
  const { b } = ctx
  const factors = walked.factors!
  ctx.available.delete(factor)
  const place = (at: Env, head: number): ValueId => headNumberAt(ctx, sum.axes, at, { head, heads: heads.length })
  const [nothing] = nest(ctx, sum.axes, heads[0]!, [{ init: b.f32(0), combine: 'sum' }], (at, [total]) => [
    heads.reduce((before, head, i) => {
      const own = sum.axes.reduce((out, axis) => out.set(axis, at.get(axis)!), new Map(head))
      const value = valueAs(ctx, factor, own, 'f32')
      b.store(factors.id, place(at, i), value)
      return b.op('add', [before, b.op('sub', [value, value])])
    }, total!),
  ])
  ctx.available.set(factor, (at) => b.load(factors.id, place(at, headAt(ctx, at))))
  return b.op('eq', [nothing!, b.f32(0)])
}

/** The sums of a tile whose rows are there. */
export function walkRows(
  ctx: RegionContext,
  fold: FoldShape,
  { sum, ...walked }: WalkedSum,
  rows: FetchedRows,
  tileRows: TileRows,
  tile: Tile,
  heads: readonly Env[],
): void {
  const { b } = ctx
  const factors = walked.factors!
  b.lanes(b.i32(0), tile.size, [], [], (inTile) => {
    const place = b.op('add', [tile.start, inTile])
    const row = { scratch: rows.scratch.id, dtype: rows.dtype, word: firstWord(ctx, rows, inTile), hi: ctx.size(sum.axes) }
    const totals = eachFetched(
      b,
      row,
      heads.map(() => b.f32(0)),
      (index, value, carried) => {
        const first = b.op('mul', [index, b.i32(heads.length)])
        return heads.map((_, i) =>
          b.op('mul_add', [b.load(factors.id, b.op('add', [first, b.i32(i)])), b.convert(value, 'f32'), carried[i]!]),
        )
      },
    )
    heads.forEach((head, i) => {
      const at = scorePlace(ctx, fold, head, { place, inTile, heads: heads.length })
      b.store(tileRows.sums.get(sum.id)!.id, entryAt(at), totals[i]!)
    })
    return []
  })
}
