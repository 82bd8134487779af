/**
 * Scores of a tile and their weights. Sums that scores are made of are the work of the whole team, for several scores at a time, so
 * that reads of several rows are under way; everything else that a score is made of is one thread's, which has a score to itself.
 */
import type { ValueId } from '../../../ir/node.ts'
import { nest, type Carried } from '../nest.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { valueAs } from '../values.ts'
import { entryAt, scorePlace, withAxes } from './place.ts'
import type { FoldShape, ScoreSum } from './shape.ts'

/** Scores whose sums are computed at the same time, by the number of heads. */
export const atOnce = (heads: number): number => (heads === 1 ? 4 : 2)

export interface Tile {
  readonly start: ValueId
  readonly size: ValueId
}

/** What the kernel holds of a tile, by score and head. */
export interface TileRows {
  readonly sums: ReadonlyMap<ValueId, KernelBuffer>
  /** Scores at first, then weights. */
  readonly weights: KernelBuffer
}

/** `sums`: those of the fold that are computed here, `step` scores at a time. */
export function emitScoreSums(
  ctx: RegionContext,
  fold: FoldShape,
  rows: TileRows,
  tile: Tile,
  heads: readonly Env[],
  { sums, step }: { readonly sums: readonly ScoreSum[]; readonly step: number },
): void {
  const { b } = ctx
  if (sums.length === 0) return
  b.for(
    b.i32(0),
    tile.size,
    [],
    (from) => {
      const last = b.op('sub', [tile.size, b.i32(1)])
      const places = Array.from({ length: step }, (_, i) => {
        const inTile = b.op('add', [from, b.i32(i)])
        // Behind the last score it is computed again: nobody reads what is stored for it there.
        const place = b.op('add', [tile.start, i === 0 ? inTile : b.op('min', [inTile, last])])
        return heads.map((head) => scorePlace(ctx, fold, head, { place, inTile, heads: heads.length }))
      })
      for (const sum of sums) emitSum(ctx, sum, rows.sums.get(sum.id)!, places.flat())
      return []
    },
    step,
  )
}

function emitSum(ctx: RegionContext, { of, axes }: ScoreSum, to: KernelBuffer, places: readonly Env[]): void {
  const { b } = ctx
  const carried: readonly Carried[] = places.map(() => ({ init: b.f32(0), combine: 'sum' }))
  const totals = nest(ctx, axes, places[0]!, carried, (at, sums) =>
    places.map((place, i) => addTo(ctx, sums[i]!, of, withAxes(place, axes, at))),
  )
  places.forEach((place, i) => b.store(to.id, entryAt(place), totals[i]!))
}

/** A sum with a value more. */
function addTo(ctx: RegionContext, sum: ValueId, value: ValueId, at: Env): ValueId {
  const def = ctx.available.has(value) || ctx.isExternal(value) ? undefined : ctx.defs.get(value)
  if (def?.op !== 'mul') return ctx.b.op('add', [sum, valueAs(ctx, value, at, 'f32')])
  const [x, y] = def.operands.map((operand) => valueAs(ctx, operand, at, 'f32'))
  return ctx.b.op('mul_add', [x!, y!, sum])
}

/** What is known of the scores of a head so far. */
export interface Running {
  readonly peak: ValueId
  /** The sum of weights, then the sums of values that have no axes of their own. */
  readonly totals: readonly ValueId[]
}

/**
 * Turns the scores of a tile into weights. Gives what is known with them, and by how much each head's sums from before are scaled.
 */
export function weighTile(
  ctx: RegionContext,
  fold: FoldShape,
  rows: TileRows,
  tile: Tile,
  heads: readonly Env[],
  before: readonly Running[],
): { readonly after: readonly Running[]; readonly scales: readonly ValueId[] } {
  const { b } = ctx
  const placesOf = (inTile: ValueId): readonly Env[] => {
    const place = b.op('add', [tile.start, inTile])
    return heads.map((head) => scorePlace(ctx, fold, head, { place, inTile, heads: heads.length }))
  }
  const peaks = b.lanes(
    b.i32(0),
    tile.size,
    before.map(({ peak }) => peak),
    before.map(() => 'max'),
    (inTile, most) =>
      placesOf(inTile).map((at, i) => {
        const score = valueAs(ctx, fold.score, at, 'f32')
        b.store(rows.weights.id, entryAt(at), score)
        return b.op('max', [most[i]!, score])
      }),
  )
  const rises = risesOf(
    ctx,
    before.map(({ peak }) => peak),
    peaks,
  )
  const single = fold.weighted.filter(({ axes }) => axes.length === 0)
  const width = 1 + single.length
  const totals = b.lanes(
    b.i32(0),
    tile.size,
    before.flatMap((one, i) => one.totals.map((total) => b.op('mul', [total, rises[i]!.scale]))),
    before.flatMap((one) => one.totals.map(() => 'sum' as const)),
    (inTile, sums) =>
      placesOf(inTile).flatMap((at, i) => {
        const weight = weigh(ctx, b.load(rows.weights.id, entryAt(at)), rises[i]!.shift)
        b.store(rows.weights.id, entryAt(at), weight)
        const own = sums.slice(i * width, (i + 1) * width)
        const values = single.map(({ value }, n) => b.op('mul_add', [weight, valueAs(ctx, value, at, 'f32'), own[n + 1]!]))
        return [b.op('add', [own[0]!, weight]), ...values]
      }),
  )
  const after = peaks.map((peak, i) => ({ peak, totals: totals.slice(i * width, (i + 1) * width) }))
  return { after, scales: rises.map(({ scale }) => scale) }
}

interface Rise {
  /** What weights are relative to. */
  readonly shift: ValueId
  /** What sums from before are multiplied by. */
  readonly scale: ValueId
}

/**
 * When the largest scores change. Most tiles leave all of them as they are, and a branch saves the exponentials; not on targets without
 * all ops of teams, where drivers may take minutes to compile that branch in the loop over tiles.
 */
function risesOf(ctx: RegionContext, before: readonly ValueId[], after: readonly ValueId[]): readonly Rise[] {
  const { b } = ctx
  const zero = b.f32(0)
  const isFinite = (x: ValueId): ValueId => b.op('eq', [b.op('sub', [x, x]), zero])
  const shifts = after.map((peak) => b.op('select', [isFinite(peak), peak, zero]))
  const scale = (peak: ValueId, i: number): ValueId => {
    // Without a finite largest score before, the sums were made with shift 0 and keep it; rising to +inf must not give inf * 0.
    const fall = b.op('min', [b.op('sub', [peak, shifts[i]!]), zero])
    return b.op('select', [isFinite(peak), b.op('exp', [fall]), b.f32(1)])
  }
  if (!ctx.hasAllTeamOps) return shifts.map((shift, i) => ({ shift, scale: scale(before[i]!, i) }))
  const changed = before.map((peak, i) => b.op('ne', [peak, after[i]!])).reduce((x, y) => b.op('or', [x, y]))
  const scales = b.if(
    changed,
    () => before.map(scale),
    () => before.map(() => b.f32(1)),
  )
  return shifts.map((shift, i) => ({ shift, scale: scales[i]! }))
}

/** Beside an infinite score others have a shift of 0, and must not be infinite because of it. */
function weigh(ctx: RegionContext, score: ValueId, shift: ValueId): ValueId {
  const { b } = ctx
  const weight = b.op('exp', [b.op('min', [b.op('sub', [score, shift]), b.f32(0)])])
  return b.op('select', [b.op('eq', [score, b.f32('inf')]), b.f32('inf'), weight])
}
