/** Sums of values along axes that scores do not have: a row for each head of the team, to which the values of a score are added. */
import type { ValueId } from '../../../ir/node.ts'
import { nest } from '../nest.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { valueAs } from '../values.ts'
import { entryAt, headAt, scorePlace, withAxes } from './place.ts'
import type { Tile } from './scores.ts'
import type { FoldShape, WeightedSum } from './shape.ts'

export interface WideSum {
  readonly sum: WeightedSum
  /** By head of the team. */
  readonly rows: readonly KernelBuffer[]
}

export const wideSums = (ctx: RegionContext, fold: FoldShape, heads: number): readonly WideSum[] =>
  fold.weighted
    .filter(({ axes }) => axes.length > 0)
    .map((sum) => ({ sum, rows: Array.from({ length: heads }, () => ctx.scratch('f32', sum.axes)) }))

type Change = (ctx: RegionContext, row: KernelBuffer, place: ValueId, head: number) => ValueId

/** Sets every element of all rows, by what changes it. */
function change(ctx: RegionContext, wide: readonly WideSum[], heads: readonly Env[], by: Change): void {
  for (const { sum, rows } of wide)
    nest(ctx, sum.axes, heads[0]!, [], (at) => {
      const place = ctx.offset(sum.axes, at)
      heads.forEach((_, i) => ctx.b.store(rows[i]!.id, place, by(ctx, rows[i]!, place, i)))
      return []
    })
}

export const clearSums = (ctx: RegionContext, wide: readonly WideSum[], heads: readonly Env[]): void =>
  change(ctx, wide, heads, ({ b }) => b.f32(0))

/** Whether sums change when they are scaled. */
const anyChanges = ({ b }: RegionContext, scales: readonly ValueId[]): ValueId =>
  scales.map((scale) => b.op('ne', [scale, b.f32(1)])).reduce((x, y) => b.op('or', [x, y]))

export function scaleSums(ctx: RegionContext, wide: readonly WideSum[], heads: readonly Env[], scales: readonly ValueId[]): void {
  const { b } = ctx
  if (wide.length === 0) return
  b.if(anyChanges(ctx, scales), () => {
    change(ctx, wide, heads, (_ctx, row, place, head) => b.op('mul', [b.load(row.id, place), scales[head]!]))
    return []
  })
}

/** Adds the values of a tile, `step` scores at a time, then those that are left. */
export function addValues(
  ctx: RegionContext,
  fold: FoldShape,
  wide: readonly WideSum[],
  weights: KernelBuffer,
  tile: Tile,
  heads: readonly Env[],
  step: 1 | 2,
): void {
  const { b } = ctx
  if (wide.length === 0) return
  const several = (count: number) => (from: ValueId) => {
    const scores = Array.from({ length: count }, (_, i) => {
      const inTile = b.op('add', [from, b.i32(i)])
      const place = b.op('add', [tile.start, inTile])
      return heads.map((head) => scorePlace(ctx, fold, head, { place, inTile, heads: heads.length }))
    })
    const weightOf = scores.map((places) => places.map((at) => b.load(weights.id, entryAt(at))))
    for (const { sum, rows } of wide)
      nest(ctx, sum.axes, heads[0]!, [], (at) => {
        const place = ctx.offset(sum.axes, at)
        const sums = heads.map((_, head) =>
          scores.reduce(
            (total, places, i) =>
              b.op('mul_add', [
                weightOf[i]![head]!,
                valueAs(ctx, sum.value, withAxes(places[head]!, sum.axes, at), 'f32'),
                total,
              ]),
            b.load(rows[head]!.id, place),
          ),
        )
        sums.forEach((total, head) => b.store(rows[head]!.id, place, total))
        return []
      })
    return []
  }
  const whole = step === 1 ? b.i32(0) : b.op('sub', [tile.size, b.op('and', [tile.size, b.i32(step - 1)])])
  if (step > 1) b.for(b.i32(0), whole, [], several(step), step)
  b.for(whole, tile.size, [], several(1))
}

/** Stores the sums of a head. */
export function storeSums(ctx: RegionContext, wide: readonly WideSum[], head: Env): void {
  const { b } = ctx
  for (const { sum, rows } of wide) {
    if (sum.storage === null) continue
    const out = ctx.values(sum.storage, 'sums')
    nest(ctx, sum.axes, head, [], (at) => {
      const value = b.load(rows[headAt(ctx, head)]!.id, ctx.offset(sum.axes, at))
      b.store(out.id, ctx.offset(sum.type.axes, at), value)
      return []
    })
  }
}
