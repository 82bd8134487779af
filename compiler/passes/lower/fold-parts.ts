/**
 * `fold_parts`: a team has one part of the scores of one point, for up to four of the heads that share what is read. It takes
 * scores in tiles: their sums, the largest of them and their weights, the values that they weigh. Rows that a thread has its
 * elements of, the queries and sums of heads, are touched in spread loops alone, so that they can be registers.
 */
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { emitScoreSums, weighTile, type Running, type TileRows } from './fold-parts/scores.ts'
import { fillRows, heldRows, type HeldRow } from './fold-parts/held-rows.ts'
import { entryAt, headPlaces } from './fold-parts/place.ts'
import { HEAD_BLOCK, TILE } from '../split-folds/part-sizes.ts'
import { foldIn, shapeOf, type FoldShape } from './fold-parts/shape.ts'
import { addValues, clearSums, scaleSums, storeSums, wideSums, type WideSum } from './fold-parts/values.ts'
import { lowerings } from './formats/lowerings.ts'
import type { Storage } from './host-plan.ts'
import type { Env, RegionContext } from './region-context.ts'
import { rowPlace } from './stored-row.ts'
import { rowAxes } from '../../ir/types.ts'
import type { RowPlace } from './formats/format-lowering.ts'

/** Host scalars of a launch. */
export interface FoldLaunch {
  readonly count: ValueId
  readonly width: ValueId
}

export const isFoldInParts = (block: Block): boolean => foldIn(block) !== undefined

export function lowerFoldParts(ctx: RegionContext, block: Block, results: ReadonlyMap<ValueId, Storage>): FoldLaunch {
  for (const storage of results.values()) Object.values(storage.parts).forEach((part) => ctx.written.add(part))
  const node = foldIn(block)!
  return new FoldLowering(ctx, shapeOf(ctx, block, node, results), node, results).run()
}

class FoldLowering {
  private readonly ctx: RegionContext
  private readonly fold: FoldShape
  private readonly node: Node
  private readonly results: ReadonlyMap<ValueId, Storage>
  private readonly held: readonly HeldRow[]
  private readonly rows: TileRows
  private readonly wide: readonly WideSum[]

  constructor(ctx: RegionContext, fold: FoldShape, node: Node, results: ReadonlyMap<ValueId, Storage>) {
    this.ctx = ctx
    this.fold = fold
    this.node = node
    this.results = results
    const heads = fold.heads.length === 0 ? 1 : HEAD_BLOCK
    const tileRow = (): ReturnType<RegionContext['scratch']> => ctx.scratchOf('f32', ctx.plan.int(TILE * heads))
    this.held = heldRows(ctx, fold, heads)
    this.rows = { sums: new Map(fold.scoreSums.map(({ id }) => [id, tileRow()])), weights: tileRow() }
    this.wide = wideSums(ctx, fold, heads)
    for (const [value, row] of this.rows.sums) ctx.available.set(value, (at) => ctx.b.load(row.id, entryAt(at)))
    for (const [value, tensor] of fold.packed) ctx.available.set(value, (at) => elementAt(ctx, tensor, at))
  }

  run(): FoldLaunch {
    const { ctx, fold } = this
    const { b, plan } = ctx
    const axes = [...fold.points, fold.part]
    const blocks = fold.heads.length === 0 ? null : plan.ceilDiv(plan.product(fold.heads), HEAD_BLOCK)
    const extents = [...axes.map((axis) => ctx.extent(axis)), ...(blocks === null ? [] : [ctx.scalar(blocks, 'i32')])]
    b.points(extents, true, (indices) => {
      const env: Env = new Map(axes.map((axis, i) => [axis, indices[i]!]))
      if (blocks === null) this.team(env, b.i32(0), 1)
      else this.teams(env, b.op('mul', [indices.at(-1)!, b.i32(HEAD_BLOCK)]))
    })
    const factors = [...axes.map((axis) => plan.size(axis)), ...(blocks === null ? [] : [blocks])]
    const lengths = [...fold.scoreSums, ...fold.weighted].map((sum) => plan.product(sum.axes))
    return {
      count: factors.reduce((x, y) => plan.scalar('mul', [x, y])),
      width: [plan.int(TILE), ...lengths].reduce((x, y) => plan.scalar('max', [x, y])),
    }
  }

  /** One head alone, or as many as there can be. */
  private teams(env: Env, first: ValueId): void {
    const { ctx, fold } = this
    const { b } = ctx
    const left = b.op('sub', [ctx.size(fold.heads), first])
    const does = (size: number) => () => {
      this.team(env, first, size)
      return []
    }
    b.if(b.op('gt', [left, b.i32(1)]), does(HEAD_BLOCK), does(1))
  }

  private team(env: Env, first: ValueId, size: number): void {
    const { ctx, fold } = this
    const { b } = ctx
    const heads = headPlaces(ctx, fold, env, { first, size })
    const single = fold.weighted.filter((sum) => sum.axes.length === 0)
    const start = heads.flatMap(() => [b.f32('-inf'), b.f32(0), ...single.map(() => b.f32(0))])
    const scores = ctx.size(fold.along)
    const length = ctx.scalar(fold.length, 'i32')
    const lo = b.op('min', [b.op('mul', [env.get(fold.part)!, length]), scores])
    const hi = b.op('min', [b.op('add', [lo, length]), scores])
    this.prefetch(lo, hi, heads[0]!)
    fillRows(ctx, this.held, heads)
    clearSums(ctx, this.wide, heads)
    const end = b.for(lo, hi, start, (from, state) => this.tile(from, hi, heads, state), TILE)
    this.runningOf(end, heads.length).forEach((running, i) => this.storeHead(heads[i]!, running, first, i))
  }

  private tile(start: ValueId, hi: ValueId, heads: readonly Env[], state: readonly ValueId[]): readonly ValueId[] {
    const { ctx, fold, rows, wide } = this
    const { b } = ctx
    this.prefetch(b.op('add', [start, b.i32(TILE)]), hi, heads[0]!)
    const tile = { start, size: b.op('min', [b.op('sub', [hi, start]), b.i32(TILE)]) }
    emitScoreSums(ctx, fold, rows, tile, heads)
    const { after, scales } = weighTile(ctx, fold, rows, tile, heads, this.runningOf(state, heads.length))
    scaleSums(ctx, wide, heads, scales)
    addValues(ctx, fold, wide, rows.weights, tile, heads)
    return after.flatMap(({ peak, totals }) => [peak, ...totals])
  }

  /** Asks for the rows of a tile, where they lie one behind the other. */
  private prefetch(start: ValueId, hi: ValueId, head: Env): void {
    const { ctx, fold } = this
    const { b } = ctx
    const [axis, ...others] = fold.along
    if (axis === undefined || others.length > 0) return
    const ends = [0, TILE].map((distance) => b.op('min', [b.op('add', [start, b.i32(distance)]), hi]))
    for (const tensor of new Set(fold.packed.values())) {
      const { axes, packing } = ctx.tensorType(tensor)
      if (packing === undefined || rowAxes(axes, packing).at(-1) !== axis) continue
      const [from, to] = ends.map((place) => rowPlace(ctx, tensor, new Map(head).set(axis, place))) as [RowPlace, RowPlace]
      lowerings[packing.format.kind].prefetch?.(ctx, from, to)
    }
  }

  private runningOf(state: readonly ValueId[], heads: number): readonly Running[] {
    const width = state.length / heads
    return Array.from({ length: heads }, (_, i) => {
      const [peak, ...totals] = state.slice(i * width, (i + 1) * width)
      return { peak: peak!, totals }
    })
  }

  private storeHead(head: Env, { peak, totals }: Running, first: ValueId, i: number): void {
    const { ctx, fold } = this
    const { b } = ctx
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

/** One element of a packed tensor. */
function elementAt(ctx: RegionContext, tensor: ValueId, env: Env): ValueId {
  const row = rowPlace(ctx, tensor, env)
  const lowering = lowerings[row.packing.format.kind]
  if (lowering.at === undefined) throw new Error(`elements of ${row.packing.format.kind} are not read one by one`)
  return lowering.at(ctx, row, ctx.offset(row.packing.over, env))
}
