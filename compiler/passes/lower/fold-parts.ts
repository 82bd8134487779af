/**
 * `fold_parts`: a team has one part of the scores of one point, for up to four of the heads that share what is read. It takes
 * scores in tiles: their sums, the largest of them and their weights, the values that they weigh. Rows that a thread has its
 * elements of, such as the sums of heads, are touched in spread loops alone, so that they can be registers. Packed rows of a tile are
 * copied to memory of the team while it works on something else, where a target can.
 */
import { storeHeads } from './tile-ops.ts'
import type { Block, Node, ValueId } from '../../ir/node.ts'
import type { DType } from '../../ir/types.ts'
import {
  endsOf,
  FETCHED_TILE,
  fetchable,
  fetchedDType,
  fetchedInTurn,
  hasRoom,
  readingFetched,
  startFetch,
  tileLength,
  type FetchedRows,
  type TileLength,
} from './fold-parts/fetched.ts'
import { fillRows, heldRows, operandsBehind, type HeldRow } from './fold-parts/held-rows.ts'
import { atOnce, emitScoreSums, weighTile, type Running, type Tile, type TileRows } from './fold-parts/scores.ts'
import { nothingWeighed, weighInLanes } from './fold-parts/lane-weights.ts'
import { entryAt, headPlaces, laneHead } from './fold-parts/place.ts'
import {
  addFetched,
  addWhereTheyAre,
  clearProducts,
  multiplyRows,
  packWalked,
  productSums,
  productSum,
  productTile,
  productWidth,
  scaleProducts,
  storeProducts,
  type ProductSums,
} from './fold-parts/products.ts'
import { HEAD_BLOCK, TILE } from '../split-folds/part-sizes.ts'
import { foldIn, shapeOf, type FoldShape, type ScoreSum } from './fold-parts/shape.ts'
import { addValues, clearSums, scaleSums, storeSums, wideSums, type WideSum } from './fold-parts/values.ts'
import { lowerings } from './formats/lowerings.ts'
import { fillFactors, walkedSums, walkRows, type WalkedSum } from './fold-parts/walked-sums.ts'
import type { Storage } from './host-plan.ts'
import { onlyIf, type LoweredKernel } from './lowered-kernel.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'
import { rowPlace } from './stored-row.ts'
import { teamKernel } from './team-kernel.ts'

export const isFoldInParts = (block: Block): boolean => foldIn(block) !== undefined

/** One kernel; or, so that both have more registers, one for several heads and one for a single head, of which a call takes one. */
export function lowerFoldParts(
  make: () => RegionContext,
  block: Block,
  results: ReadonlyMap<ValueId, Storage>,
): readonly LoweredKernel[] {
  const node = foldIn(block)!
  const inContext = (): readonly [RegionContext, FoldShape] => {
    const ctx = make()
    for (const storage of results.values()) Object.values(storage.parts).forEach((part) => ctx.written.add(part))
    return [ctx, shapeOf(ctx, block, node, results)]
  }
  const kernel = (team: TeamHeads): LoweredKernel => {
    const [ctx, fold] = inContext()
    return new FoldLowering(ctx, fold, node, results, team).run()
  }
  const [ctx, fold] = inContext()
  if (fold.heads.length === 0) return [kernel('one')]
  if (productSum(ctx, fold, fetchable(ctx, fold)) === null) return [kernel('any')]
  const several = ctx.plan.isMore(ctx.plan.product(fold.heads), 1)
  return [onlyIf(ctx.plan, several, kernel('several')), onlyIf(ctx.plan, ctx.plan.not(several), kernel('one'))]
}

/** Heads of a team: one; as many as a block has, the last of them several times where there are not that many; or what there are. */
type TeamHeads = 'one' | 'several' | 'any'

/** Where the rows of a tile are: some may be there; all are, and factors are as products need them; or nothing is asked for. */
type Rows = 'asked' | 'there' | 'elsewhere'

class FoldLowering {
  private readonly ctx: RegionContext
  private readonly fold: FoldShape
  private readonly node: Node
  private readonly results: ReadonlyMap<ValueId, Storage>
  private readonly held: readonly HeldRow[]
  private readonly rows: TileRows
  private readonly wide: readonly WideSum[]
  /** Instead of those: sums that are products of tiles, and where they are put in the end. */
  private readonly products: ProductSums | null
  /** Sums that threads compute by themselves from rows that are fetched, and the sums that a team computes together. */
  private readonly walked: readonly WalkedSum[]
  private readonly shared: readonly ScoreSum[]
  /** Rows of the walked sums, and then of a weighted sum: one after the other they are in one scratch. */
  private readonly inTurn: readonly FetchedRows[]
  /** What else is fetched for the weighted sums. */
  private readonly beside: readonly FetchedRows[]
  private readonly tileSize: TileLength
  private readonly heads: TeamHeads

  constructor(ctx: RegionContext, fold: FoldShape, node: Node, results: ReadonlyMap<ValueId, Storage>, teamHeads: TeamHeads) {
    this.ctx = ctx
    this.fold = fold
    this.node = node
    this.results = results
    this.heads = teamHeads
    const heads = teamHeads === 'one' ? 1 : HEAD_BLOCK
    const mayFetch = fetchable(ctx, fold)
    this.products = productSums(ctx, fold, mayFetch)
    const dtypeOf = (value: ValueId): string => fetchedDType(ctx, fold, value)
    this.walked = walkedSums(ctx, fold, mayFetch, heads, this.products !== null).filter(
      (one, _, [first]) => dtypeOf(one.value) === dtypeOf(first!.value),
    )
    this.shared = fold.scoreSums.filter((sum) => this.walked.every((walked) => walked.sum !== sum))
    this.wide = this.products === null ? wideSums(ctx, fold, heads) : []
    const read = operandsBehind(
      ctx,
      fold.weighted.filter(({ axes }) => axes.length > 0).map(({ value }) => value),
    )
    const weighed = [...mayFetch].filter((value) => read.has(value))
    const walks = this.walked.map(({ value }) => value)
    const last = walks.length === 0 ? undefined : weighed.find((value) => dtypeOf(value) === dtypeOf(walks[0]!))
    const inTurn = last === undefined ? walks : [...walks, last]
    const beside = weighed.filter((value) => value !== last)
    this.tileSize = this.lengthOfTiles(
      [inTurn, ...beside.map((value) => [value])].filter((values) => values.length > 0),
      heads,
    )
    this.inTurn = fetchedInTurn(ctx, fold, inTurn, this.tileSize)
    this.beside = beside.flatMap((value) => fetchedInTurn(ctx, fold, [value], this.tileSize))
    const { scalar, known } = this.tileSize
    const entries = known === null ? ctx.plan.scalar('mul', [scalar, ctx.plan.int(heads)]) : ctx.plan.int(known * heads)
    const tileRow = (dtype: DType = 'f32'): KernelBuffer => ctx.scratchOf(dtype, entries)
    this.held = heldRows(ctx, fold, this.shared, heads)
    this.rows = {
      sums: new Map(fold.scoreSums.map(({ id }) => [id, tileRow()])),
      weights: tileRow(this.products === null ? 'f32' : 'u32'),
    }
    for (const [value, row] of this.rows.sums) ctx.available.set(value, (at) => ctx.b.load(row.id, entryAt(at)))
    for (const [value, tensor] of fold.packed) ctx.available.set(value, (at) => elementAt(ctx, tensor, at))
  }

  run(): LoweredKernel {
    const { ctx, fold } = this
    const { b, plan } = ctx
    const axes = [...fold.points, fold.part]
    const blocks = fold.heads.length === 0 ? null : plan.ceilDiv(plan.product(fold.heads), HEAD_BLOCK)
    const extents = [...axes.map((axis) => ctx.extent(axis)), ...(blocks === null ? [] : [ctx.scalar(blocks, 'i32')])]
    b.points(extents, true, (indices) => {
      const env: Env = new Map(axes.map((axis, i) => [axis, indices[i]!]))
      this.teams(env, blocks === null ? b.i32(0) : b.op('mul', [indices.at(-1)!, b.i32(HEAD_BLOCK)]))
    })
    const factors = [...axes.map((axis) => plan.size(axis)), ...(blocks === null ? [] : [blocks])]
    const lengths = [...fold.scoreSums, ...fold.weighted].map((sum) => plan.product(sum.axes))
    const count = factors.reduce((x, y) => plan.scalar('mul', [x, y]))
    const width = [this.tileSize.scalar, ...lengths, ...this.productWidths()].reduce((x, y) => plan.scalar('max', [x, y]))
    return teamKernel(ctx, count, width)
  }

  /** `fetched`: values whose rows take turns, for each memory that they take turns in. */
  private lengthOfTiles(fetched: readonly (readonly ValueId[])[], heads: number): TileLength {
    const { ctx, fold, products, walked } = this
    const always = (known: number): TileLength => ({ scalar: ctx.plan.int(known), known })
    if (products === null) return always(fetched.length > 0 ? FETCHED_TILE : TILE)
    return { scalar: productTile(ctx, fold, { walked, fetched, heads }), known: null }
  }

  /** So that teams have room for the words of all rows that are products. */
  private productWidths(): readonly ValueId[] {
    const { ctx, products, walked } = this
    if (products === null) return []
    const multiplied = walked.filter(({ packed }) => packed !== null)
    return [products.sum.axes, ...multiplied.map(({ packing }) => packing.over)].map((axes) => productWidth(ctx, axes))
  }

  private teams(env: Env, first: ValueId): void {
    const { ctx, fold } = this
    const { b } = ctx
    if (this.heads !== 'any') return this.team(env, first, this.heads === 'one' ? 1 : HEAD_BLOCK)
    const left = b.op('sub', [ctx.size(fold.heads), first])
    const team = (size: number): (() => readonly ValueId[]) => does(() => this.team(env, first, size))
    b.if(b.op('gt', [left, b.i32(1)]), team(HEAD_BLOCK), team(1))
  }

  private team(env: Env, first: ValueId, size: number): void {
    const { ctx, fold } = this
    const { b } = ctx
    const heads = headPlaces(ctx, fold, env, { first, size })
    const single = fold.weighted.filter((sum) => sum.axes.length === 0)
    const ofHeads = (): readonly ValueId[] => heads.flatMap(() => [b.f32('-inf'), b.f32(0), ...single.map(() => b.f32(0))])
    const start = this.products === null ? ofHeads() : nothingWeighed(ctx)
    const headOf = (head: ValueId): Env => laneHead(ctx, fold, env, { first, size }, head)
    const scores = ctx.size(fold.along)
    const length = ctx.scalar(fold.length, 'i32')
    const lo = b.op('min', [b.op('mul', [env.get(fold.part)!, length]), scores])
    const hi = b.op('min', [b.op('add', [lo, length]), scores])
    const early = this.fetchedEarly()
    if (this.products !== null) this.inTurn.slice(1).forEach((rows) => endsOf(ctx, fold, rows, { from: lo, hi, head: heads[0]! }))
    const there = early.map((rows) => startFetch(ctx, fold, rows, { from: lo, hi, head: heads[0]! }))
    const fit = this.walked.map((walked) =>
      walked.packed === null ? fillFactors(ctx, walked, heads) : packWalked(ctx, walked, heads, headOf),
    )
    fillRows(ctx, this.held, heads)
    clearSums(ctx, this.wide, heads)
    if (this.products !== null) clearProducts(ctx, this.products)
    const at = { from: lo, hi, heads, headOf, fit }
    const end =
      this.products === null
        ? this.forTiles(at, [...start, ...there], (tile, state) =>
            this.tile(tile, state.slice(0, start.length), { rows: 'asked', there: state.slice(start.length) }),
          ).slice(0, start.length)
        : this.forProducts(at, start, there)
    if (this.products !== null) this.storeInLanes(this.products, heads, headOf, end)
    else this.runningOf(end, heads.length).forEach((running, i) => this.storeHead(heads, running, first, i))
  }

  private forTiles(at: TileStart, init: readonly ValueId[], tile: TileBody): readonly ValueId[] {
    const step = this.tileSize.known
    if (step === null) throw new Error('only tiles of products have a length that hosts choose')
    return this.ctx.b.for(at.from, at.hi, init, (from, state) => tile({ ...at, from }, state), step)
  }

  /** Tiles whose rows are all there, up to one of which they are not; then the others one by one, without room for anything. */
  private forProducts(at: TileStart, start: readonly ValueId[], there: readonly ValueId[]): readonly ValueId[] {
    const { ctx } = this
    const { b } = ctx
    const { from: lo, hi } = at
    const length = tileLength(ctx, this.tileSize)
    const count = b.op('floordiv', [b.op('add', [b.op('sub', [hi, lo]), b.op('sub', [length, b.i32(1)])]), length])
    const tileAt = (i: ValueId): TileStart => ({ ...at, from: b.op('add', [lo, b.op('mul', [i, length])]) })
    const isThere = this.all([...there, ...at.fit, ...this.roomFor(at)])
    const [next, ...rest] = b.while(
      [b.i32(0), ...start, isThere],
      (state) => b.op('and', [b.op('lt', [state[0]!, count]), state.at(-1)!]),
      ([i, ...state]) => [
        b.op('add', [i!, b.i32(1)]),
        ...this.tile(tileAt(i!), state.slice(0, -1), { rows: 'there', there: [] }),
      ],
    )
    const known = rest.slice(0, -1)
    const others = (): readonly ValueId[] => {
      this.fetchedEarly().forEach(({ scratch }) => b.await(scratch.id))
      return b.for(next!, count, known, (i, state) => this.tile(tileAt(i), state, { rows: 'elsewhere', there: [] }))
    }
    return b.if(b.op('lt', [next!, count]), others, () => known)
  }

  private all(conditions: readonly ValueId[]): ValueId {
    return conditions.reduce((x, y) => this.ctx.b.op('and', [x, y]))
  }

  /** Whether there is room for the rows of a tile that are fetched while it is worked on. */
  private roomFor({ from, hi, heads }: Pick<TileStart, 'from' | 'hi' | 'heads'>): readonly ValueId[] {
    return this.inTurn.slice(1).map((rows) => hasRoom(this.ctx, this.fold, rows, { from, hi, head: heads[0]! }))
  }

  /** Rows of the next tile that are fetched before it begins. */
  private fetchedEarly(): readonly FetchedRows[] {
    return [...this.inTurn.slice(0, 1), ...this.beside]
  }

  /** `there`: which of the rows that were fetched early are. Gives what is known then, and whether the rows of the next tile are there. */
  private tile(at: TileStart, state: readonly ValueId[], { rows, there }: TileRowsAt): readonly ValueId[] {
    const { ctx, fold } = this
    const { b } = ctx
    const { from, hi, heads } = at
    const length = tileLength(ctx, this.tileSize)
    const tile = { start: from, size: b.op('min', [b.op('sub', [hi, from]), length]) }
    const sums = (own: readonly ScoreSum[], step: number): void =>
      emitScoreSums(ctx, fold, this.rows, tile, heads, { sums: own, step })
    if (rows === 'elsewhere') {
      for (const { sum } of this.walked) sums([sum], 1)
      sums(this.shared, atOnce(heads.length))
      const after = this.weigh(at, tile, state)
      this.addNotThere(() => undefined, tile, heads)
      return after
    }
    const next = { from: b.op('add', [from, length]), hi, head: heads[0]! }
    this.inTurn.slice(1).forEach((one) => endsOf(ctx, fold, one, { ...next, from }))
    this.fetchedEarly().forEach((one) => endsOf(ctx, fold, one, next))
    if (rows === 'there') this.inTurn.slice(1).forEach((one) => endsOf(ctx, fold, one, next))
    const afterWalks = this.walk(at, tile, { rows, there })
    sums(this.shared, atOnce(heads.length))
    const after = this.weigh(at, tile, state)
    this.addTile(tile, heads, { rows, there: [...afterWalks, ...there.slice(Math.min(this.inTurn.length, 1))] })
    const thereNext = this.fetchedEarly().map((one) => startFetch(ctx, fold, one, next))
    return [...after, ...(rows === 'asked' ? thereNext : [this.all([...thereNext, ...this.roomFor({ ...at, from: next.from })])])]
  }

  /** Turns scores into weights, and brings sums from before to the largest score that there is now. */
  private weigh({ heads, headOf }: TileStart, tile: Tile, state: readonly ValueId[]): readonly ValueId[] {
    const { ctx, fold, rows, wide, products } = this
    if (products !== null) {
      const weighed = weighInLanes(ctx, fold, products, { weights: rows.weights, tile, heads: heads.length, headOf }, state)
      scaleProducts(ctx, products, weighed)
      return [weighed.peak, weighed.total]
    }
    const { after, scales } = weighTile(ctx, fold, rows, tile, heads, this.runningOf(state, heads.length))
    scaleSums(ctx, wide, heads, scales)
    return after.flatMap(({ peak, totals }) => [peak, ...totals])
  }

  /** The walked sums, each of which makes room for the next rows; whether those of a weighted sum will be there, if they come last. */
  private walk({ from, hi, heads, fit }: TileStart, tile: Tile, at: TileRowsAt): readonly ValueId[] {
    const { ctx, fold, rows, walked, inTurn } = this
    const { b } = ctx
    let there = at.there[0]
    walked.forEach((one, i) => {
      b.await(inTurn[i]!.scratch.id)
      if (at.rows === 'there') this.walkOne(one, inTurn[i]!, tile, heads)
      else
        b.if(
          b.op('and', [there!, fit[i]!]),
          does(() => this.walkOne(one, inTurn[i]!, tile, heads)),
          does(() => emitScoreSums(ctx, fold, rows, tile, heads, { sums: [one.sum], step: 1 })),
        )
      const next = inTurn[i + 1]
      if (next !== undefined) there = startFetch(ctx, fold, next, { from, hi, head: heads[0]! })
    })
    return inTurn.length > walked.length ? [there!] : []
  }

  private walkOne(one: WalkedSum, from: FetchedRows, tile: Tile, heads: readonly Env[]): void {
    const { ctx, fold, rows } = this
    if (one.packed === null) walkRows(ctx, fold, one, from, rows, tile, heads)
    else multiplyRows(ctx, one, from, rows.sums.get(one.sum.id)!, heads)
  }

  /** Adds the values of a tile, which are fetched or where they are. */
  private addTile(tile: Tile, heads: readonly Env[], at: TileRowsAt): void {
    const { ctx, fold, wide, rows } = this
    const { b } = ctx
    const fetched = [...this.inTurn.slice(this.walked.length), ...this.beside]
    const add = (step: 1 | 2): void => addValues(ctx, fold, wide, rows.weights, tile, heads, step)
    if (fetched.length === 0) return add(2)
    for (const { scratch } of fetched) b.await(scratch.id)
    if (at.rows === 'there') return this.addThere(fetched, () => add(2), heads)
    b.if(
      this.all(at.there),
      does(() => this.addThere(fetched, () => add(2), heads)),
      does(() => this.addNotThere(() => add(1), tile, heads)),
    )
  }

  private addThere(fetched: readonly FetchedRows[], add: () => void, heads: readonly Env[]): void {
    const { ctx, products, rows } = this
    if (products === null) readingFetched(ctx, fetched, add)
    else addFetched(ctx, products, fetched[0]!, rows.weights, heads)
  }

  private addNotThere(add: () => void, tile: Tile, heads: readonly Env[]): void {
    const { ctx, fold, products, rows } = this
    if (products === null) add()
    else addWhereTheyAre(ctx, fold, products, rows.weights, tile, heads)
  }

  private runningOf(state: readonly ValueId[], heads: number): readonly Running[] {
    const width = state.length / heads
    return Array.from({ length: heads }, (_, i) => {
      const [peak, ...totals] = state.slice(i * width, (i + 1) * width)
      return { peak: peak!, totals }
    })
  }

  /** Lanes store what they have. A head that is there several times is the same each time. */
  private storeInLanes(
    products: ProductSums,
    heads: readonly Env[],
    headOf: (head: ValueId) => Env,
    known: readonly ValueId[],
  ): void {
    const { ctx } = this
    const { b } = ctx
    known.forEach((value, i) => {
      const storage = this.results.get(this.node.results[i]!.id)
      if (storage === undefined) return
      storeHeads(b, ctx.values(storage, 'folded').id, value, heads.length, (head) => ctx.offset(storage.type.axes, headOf(head)))
    })
    storeProducts(ctx, products, heads, headOf)
  }

  private storeHead(heads: readonly Env[], { peak, totals }: Running, first: ValueId, i: number): void {
    const { ctx, fold } = this
    const { b } = ctx
    const head = heads[i]!
    const store = (): readonly ValueId[] => {
      const single = this.node.results.filter((_, at) => at < 2 || fold.weighted[at - 2]!.axes.length === 0)
      const numbers = [peak, ...totals]
      single.forEach((result, at) => {
        const storage = this.results.get(result.id)
        if (storage !== undefined) b.store(ctx.values(storage, 'folded').id, ctx.offset(storage.type.axes, head), numbers[at]!)
      })
      storeSums(ctx, this.wide, head)
      return []
    }
    if (i === 0) store()
    else b.if(b.op('lt', [b.op('add', [first, b.i32(i)]), ctx.size(fold.heads)]), store)
  }
}

/** What is done for the tile that begins somewhere, with what is carried. */
type TileBody = (at: TileStart, state: readonly ValueId[]) => readonly ValueId[]

interface TileRowsAt {
  readonly rows: Rows
  /** Of those that are asked for. */
  readonly there: readonly ValueId[]
}

/** Where a tile begins, and where its part ends. */
interface TileStart {
  readonly from: ValueId
  readonly hi: ValueId
  readonly heads: readonly Env[]
  /** The head that a lane has. */
  readonly headOf: (head: ValueId) => Env
  /** Whether the factors of a walked sum are such that rows may be walked. */
  readonly fit: readonly ValueId[]
}

/** Effects as the side of a branch. */
const does = (effects: () => void) => (): readonly ValueId[] => {
  effects()
  return []
}

/** One element of a packed tensor. */
function elementAt(ctx: RegionContext, tensor: ValueId, env: Env): ValueId {
  const row = rowPlace(ctx, tensor, env)
  const lowering = lowerings[row.packing.format.kind]
  if (lowering.at === undefined) throw new Error(`elements of ${row.packing.format.kind} are not read one by one`)
  return lowering.at(ctx, row, ctx.offset(row.packing.over, env))
}
