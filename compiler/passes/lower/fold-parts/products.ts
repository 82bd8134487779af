/**
 * Folds whose packed values are 16-bit floats, on targets that multiply tiles of those at once: sums of weighted values are products of a
 * tile's weights with its rows, and sums over channels are products of rows with factors of all heads.
 */
import type { ValueId } from '../../../ir/node.ts'
import type { DType, Packing } from '../../../ir/types.ts'
import {
  addElements,
  addProducts,
  clearSums,
  packFactors,
  rowProducts,
  scaleSums,
  storeSums,
  type ProductForm,
} from '../tile-ops.ts'
import { placeEnv } from '../place-env.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { valueAs } from '../values.ts'
import { fetchedDType, fetchedRoom, wordsOf, type FetchedRows } from './fetched.ts'
import { multipliesTiles } from './multiplies-tiles.ts'
import { scorePlace } from './place.ts'
import type { Tile } from './scores.ts'
import type { FoldShape, WeightedSum } from './shape.ts'
import { packedWords, type WalkedSum } from './walked-sums.ts'

/** Rows of a tile: as many as a warp has threads, for what is computed of each score; twice as many where sixteen warps have room. */
const LANES = 32
const SIXTEENTH = 3576
/** Elements of a row whose bits the longest word of a format has. */
const LONGEST_WORD = 64
/** Sums of each element, for all columns that products have. */
const SUMS = 8

/** The sums of a fold, as products leave them. */
export interface ProductSums {
  readonly sum: WeightedSum
  readonly dtype: DType
  readonly packing: Packing
  readonly sums: KernelBuffer
}

/** In each lane, of its head. */
export interface Weighed {
  readonly peak: ValueId
  readonly total: ValueId
  /** What sums from before are multiplied by; and whether that is not 1 in any lane. */
  readonly scale: ValueId
  readonly changed: ValueId
}

/** Where the only weighted values are those of one packed tensor, row by row. */
export function productSum(
  ctx: RegionContext,
  fold: FoldShape,
  mayFetch: ReadonlySet<ValueId>,
): Omit<ProductSums, 'sums'> | null {
  const [sum, ...others] = fold.weighted
  if (sum === undefined || others.length > 0 || !mayFetch.has(sum.value)) return null
  const { packing } = ctx.tensorType(fold.packed.get(sum.value)!)
  const dtype = fetchedDType(ctx, fold, sum.value)
  const isRow = (axes: readonly string[]): boolean => axes.join() === sum.axes.join()
  if (!multipliesTiles(dtype) || !isRow(packing!.over) || !isRow(sum.type.axes.slice(-sum.axes.length))) return null
  return { sum, dtype, packing: packing! }
}

export function productSums(ctx: RegionContext, fold: FoldShape, mayFetch: ReadonlySet<ValueId>): ProductSums | null {
  const found = productSum(ctx, fold, mayFetch)
  return found === null ? null : { ...found, sums: ctx.scratchOf('u32', productWidth(ctx, found.sum.axes)) }
}

interface TileContents {
  readonly walked: readonly WalkedSum[]
  readonly fetched: readonly (readonly ValueId[])[]
  readonly heads: number
}

/** Host scalar: rows of a tile. */
export function productTile(ctx: RegionContext, fold: FoldShape, { walked, fetched, heads }: TileContents): ValueId {
  const { plan } = ctx
  const times = (x: ValueId, y: number): ValueId => plan.scalar('mul', [x, plan.int(y)])
  const sum = (all: readonly ValueId[]): ValueId => all.reduce((x, y) => plan.scalar('add', [x, y]))
  const most = plan.int(2 * LANES)
  const words = sum([
    ...walked.map(({ packing: { over }, packed }) =>
      packed === null ? times(plan.product(over), heads) : packedWords(ctx, over),
    ),
    ...fetched.map((values) => fetchedRoom(ctx, fold, values, most)),
    plan.int(2 * LANES * heads * (fold.scoreSums.length + 1)),
  ])
  const isLarge = plan.not(plan.isMore(words, SIXTEENTH))
  return plan.scalar('add', [plan.int(LANES), times(isLarge, LANES)])
}

/** Host scalar: the sums of rows of whole words. */
export const productWidth = ({ plan }: RegionContext, axes: readonly string[]): ValueId =>
  plan.scalar('mul', [plan.ceilDiv(plan.product(axes), LONGEST_WORD), plan.int(SUMS * LONGEST_WORD)])

/** Words of a row of the weighted values. */
const wordsOfSums = (ctx: RegionContext, { packing }: ProductSums): ValueId => wordsOf(ctx, packing)

const formOf = ({ dtype }: { readonly dtype: DType }, heads: readonly Env[]): ProductForm => ({
  dtype,
  heads: heads.length,
})

/** Of a walked sum: makes its factors ready; gives whether they may be used. */
export function packWalked(
  ctx: RegionContext,
  { sum, factor, packed, packing, dtype }: WalkedSum,
  heads: readonly Env[],
  headOf: (head: ValueId) => Env,
): ValueId {
  const sizes = { words: wordsOf(ctx, packing), hi: ctx.size(sum.axes) }
  return packFactors(ctx.b, packed!.id, sizes, formOf({ dtype }, heads), (index, head) =>
    valueAs(ctx, factor, placeEnv(ctx, sum.axes, index, headOf(head)), 'f32'),
  )
}

/** The sums of a tile whose rows are there, or what is left of it. */
export function multiplyRows(
  ctx: RegionContext,
  walked: WalkedSum,
  rows: FetchedRows,
  to: KernelBuffer,
  heads: readonly Env[],
): void {
  rowProducts(ctx.b, to.id, rows.scratch.id, walked.packed!.id, wordsOf(ctx, walked.packing), formOf(walked, heads))
}

export const clearProducts = (ctx: RegionContext, products: ProductSums): void =>
  clearSums(ctx.b, products.sums.id, wordsOfSums(ctx, products))

/** `scale`: in each lane that of its head. */
export function scaleProducts(ctx: RegionContext, products: ProductSums, { scale, changed }: Weighed): void {
  const { b } = ctx
  b.if(changed, () => {
    scaleSums(b, products.sums.id, wordsOfSums(ctx, products), scale)
    return []
  })
}

/** Adds the values of a tile that were fetched. */
export function addFetched(
  ctx: RegionContext,
  products: ProductSums,
  rows: FetchedRows,
  weights: KernelBuffer,
  heads: readonly Env[],
): void {
  addProducts(ctx.b, products.sums.id, rows.scratch.id, weights.id, wordsOfSums(ctx, products), formOf(products, heads))
}

/** Adds the values of a tile where they are. */
export function addWhereTheyAre(
  ctx: RegionContext,
  fold: FoldShape,
  products: ProductSums,
  weights: KernelBuffer,
  tile: Tile,
  heads: readonly Env[],
): void {
  const { b } = ctx
  const { value, axes } = products.sum
  const sizes = { words: wordsOfSums(ctx, products), size: tile.size, hi: ctx.size(axes) }
  addElements(b, products.sums.id, weights.id, sizes, formOf(products, heads), (inTile, index) => {
    const place = b.op('add', [tile.start, inTile])
    const at = scorePlace(ctx, fold, heads[0]!, { place, inTile, heads: heads.length })
    return valueAs(ctx, value, placeEnv(ctx, axes, index, at), 'f32')
  })
}

/** Stores the sums of all heads. */
export function storeProducts(
  ctx: RegionContext,
  products: ProductSums,
  heads: readonly Env[],
  headOf: (head: ValueId) => Env,
): void {
  const { b } = ctx
  const { axes, storage } = products.sum
  if (storage === null) return
  const sizes = { words: wordsOfSums(ctx, products), hi: ctx.size(axes) }
  const start = axes.reduce((out, axis) => out.set(axis, b.i32(0)), new Map<string, ValueId>())
  storeSums(b, ctx.values(storage, 'sums').id, products.sums.id, sizes, formOf(products, heads), (head) =>
    ctx.offset(storage.type.axes, new Map([...headOf(head), ...start])),
  )
}
