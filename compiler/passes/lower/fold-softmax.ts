/**
 * `fold_softmax` one score after the other. Largest score, total and sums are in memory; a score that raises the largest
 * one scales what was summed before. Scores that share their values (the heads of a group) go side by side, and sums along
 * the axes that only the values have; both are `lanes`.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes } from '../../ir/op.ts'
import { nest } from './nest.ts'
import type { Slot } from './reduction-scheme.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'
import { valueAs } from './values.ts'

export interface Fold {
  readonly node: Node
  /** Largest score, total, and one sum per value. */
  readonly slots: readonly Slot[]
  /** One row each over `heads`: the weight of a score, and what sums made before it are multiplied by. */
  readonly weights: KernelBuffer
  readonly scales: KernelBuffer
  /** Axes of the scores that are neither summed nor in the grid. */
  readonly heads: readonly string[]
}

export const foldHeads = (ctx: RegionContext, node: Node, grid: readonly string[]): readonly string[] =>
  ctx.axesOf(node.operands[0]!).filter((axis) => !attrAxes(node.attrs).includes(axis) && !grid.includes(axis))

/** Sets everything to what nothing gives; `around` are the axes that are looped over already. */
export function startFold(ctx: RegionContext, fold: Fold, around: Env): void {
  fold.slots.forEach(({ buffer, axes }, i) => {
    const loops = axes.filter((axis) => !around.has(axis))
    nest(ctx, loops, around, [], (at) => {
      ctx.b.store(buffer.id, ctx.offset(axes, at), ctx.b.f32(i === 0 ? '-inf' : 0))
      return []
    })
  })
}

/** Adds all scores of one grid point. */
export function emitFold(ctx: RegionContext, fold: Fold, grid: readonly string[], env: Env): void {
  const summed = attrAxes(fold.node.attrs).filter((axis) => !grid.includes(axis))
  const step = (at: Env): readonly ValueId[] => {
    weigh(ctx, fold, at)
    fold.node.operands.slice(1).forEach((value, i) => addValue(ctx, fold, value, fold.slots[i + 2]!, at))
    return []
  }
  nest(ctx, summed, env, [], step, { sequential: true })
}

/** The weight of the next score, and by how much it raises the largest one; for all heads. */
function weigh(ctx: RegionContext, fold: Fold, env: Env): void {
  const { b } = ctx
  const [peak, total] = fold.slots as [Slot, Slot]
  const zero = b.f32(0)
  const finite = (x: ValueId): ValueId => b.op('eq', [b.op('sub', [x, x]), zero])
  nest(ctx, fold.heads, env, [], (at) => {
    const peakAt = ctx.offset(peak.axes, at)
    const totalAt = ctx.offset(total.axes, at)
    const score = valueAs(ctx, fold.node.operands[0]!, at, 'f32')
    const before = b.load(peak.buffer.id, peakAt)
    const sum = b.load(total.buffer.id, totalAt)
    const largest = b.op('max', [before, score])
    const shift = b.op('select', [finite(largest), largest, zero])
    const weight = b.op('exp', [b.op('sub', [score, shift])])
    // Without a finite largest score before, the sums were made with shift 0 and keep it; rising to +inf must not give inf * 0.
    const fall = b.op('min', [b.op('sub', [before, shift]), zero])
    const scale = b.op('select', [finite(before), b.op('exp', [fall]), b.f32(1)])
    const head = ctx.offset(fold.heads, at)
    b.store(peak.buffer.id, peakAt, largest)
    b.store(total.buffer.id, totalAt, b.op('add', [b.op('mul', [sum, scale]), weight]))
    b.store(fold.weights.id, head, weight)
    b.store(fold.scales.id, head, scale)
    return []
  })
}

function addValue(ctx: RegionContext, fold: Fold, value: ValueId, sum: Slot, env: Env): void {
  const { b } = ctx
  const wide = ctx.axesOf(value).filter((axis) => !env.has(axis) && !fold.heads.includes(axis))
  const add = (at: Env, weight: ValueId, scale: ValueId | null): readonly ValueId[] => {
    const place = ctx.offset(sum.axes, at)
    const product = b.op('mul', [weight, valueAs(ctx, value, at, 'f32')])
    const before = b.load(sum.buffer.id, place)
    b.store(sum.buffer.id, place, b.op('add', [scale === null ? before : b.op('mul', [before, scale]), product]))
    return []
  }
  const read = (at: Env): readonly [ValueId, ValueId] => {
    const head = ctx.offset(fold.heads, at)
    return [b.load(fold.weights.id, head), b.load(fold.scales.id, head)]
  }
  if (wide.length === 0) {
    nest(ctx, fold.heads, env, [], (at) => add(at, ...read(at)))
    return
  }
  const perHead = (at: Env): readonly ValueId[] => {
    const [weight, scale] = read(at)
    const rescaled = (by: ValueId | null) => () => nest(ctx, wide, at, [], (inner) => add(inner, weight, by))
    b.if(b.op('ne', [scale, b.f32(1)]), rescaled(scale), rescaled(null))
    return []
  }
  nest(ctx, fold.heads, env, [], perHead, { sequential: true })
}
