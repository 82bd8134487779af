/**
 * `prefix_count`: the units of all kinds are sorted once, their weights summed in that order, and the prefix that the
 * budget pays for is found by walking the sums. Nodes that differ in nothing but the kind they count share the work.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString, NONE } from '../../ir/op.ts'
import { unitsOf, type UnitOperands } from '../../ir/ops/policy/prefix-count.ts'
import { rowLength, type Selection } from './keep.ts'
import { nearlyWhole } from './nearly-whole.ts'
import { nest } from './nest.ts'
import { sortUnits, unitKinds, type SortedUnits, type SortScratch, type UnitKind } from './sort.ts'
import { maskAt, valueAs } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

export interface PrefixScratch extends SortScratch {
  /** By place, f32. */
  readonly weights: KernelBuffer
}

/** What nodes have in common that can be counted together. */
export const sharedWork = (node: Node): string =>
  `prefix_count(${node.operands.join()}) ${JSON.stringify({ ...node.attrs, part: null })}`

/** Unit axes of each kind, in the order of its score. */
export function kindAxes(ctx: RegionContext, node: Node): readonly (readonly string[])[] {
  return unitsOf(node.operands, node.attrs).map((unit) => ctx.axesOf(unit.score).filter((axis) => unit.axes.includes(axis)))
}

/** The number of units of each kind that are paid for at this grid point. */
export function emitPrefixCount(ctx: RegionContext, node: Node, scratch: PrefixScratch, env: Env): readonly ValueId[] {
  const { b } = ctx
  const units = unitsOf(node.operands, node.attrs)
  const axes = kindAxes(ctx, node)
  const kinds = unitKinds(
    ctx,
    units.map((unit, i) => selectionOf(node, unit, axes[i]!)),
  )
  kinds.forEach((kind, i) => storeWeights(ctx, kind, units[i]!, scratch.weights, env))
  const sorted = sortUnits(ctx, kinds, scratch, env)
  const walk: Walk = { ctx, sorted, weights: scratch.weights }
  const zero = b.constant(0, 'f64')
  const [paid] = sumAlong(walk, [zero], (sums) => [sums[0]!])
  const total = sumRest(walk, paid!)
  const length = prefixLength(walk, attrString(node.attrs, 'round'), targetOf(ctx, node, total))
  return countKinds(walk, kinds, b.op('max', [length, sorted.safe]))
}

function selectionOf(node: Node, unit: UnitOperands, axes: readonly string[]): Selection {
  const { score, within, protect } = unit
  return { value: node.results[0]!.id, score, k: NONE, within, protect, ties: 'first', axes }
}

/** Costs, or scores as masses; nothing is negative. */
function storeWeights(ctx: RegionContext, kind: UnitKind, unit: UnitOperands, weights: KernelBuffer, env: Env): void {
  const { b } = ctx
  const { axes } = kind.selection
  nest(ctx, axes, env, [], (at) => {
    const given = valueAs(ctx, unit.cost === NONE ? unit.score : unit.cost, at, 'f32')
    const candidate = unit.cost === NONE ? maskAt(ctx, unit.within, at) : null
    const positive = b.op('gt', [given, b.f32(0)])
    const counts = candidate === null ? positive : b.op('and', [positive, candidate])
    const place = b.op('add', [kind.first, ctx.offset(axes, at)])
    b.store(weights.id, place, b.op('select', [counts, given, b.f32(0)]))
    return []
  })
}

interface Walk {
  readonly ctx: RegionContext
  readonly sorted: SortedUnits
  readonly weights: KernelBuffer
}

/**
 * Walks protected units and candidates in order. The first carried value is the sum of weights so far; `next` gets it with
 * the unit's weight added, and the others as they were.
 */
function sumAlong(
  { ctx, sorted, weights }: Walk,
  init: readonly ValueId[],
  next: (carried: readonly ValueId[]) => readonly ValueId[],
): readonly ValueId[] {
  const { b } = ctx
  const step = (index: ValueId, [sum, ...others]: readonly ValueId[]): readonly ValueId[] => {
    const weight = b.convert(b.load(weights.id, b.load(sorted.places.id, index)), 'f64')
    return next([b.op('add', [sum!, weight]), ...others])
  }
  const safe = b.known(sorted.safe) === 0 ? init : b.for(b.i32(0), sorted.safe, init, step)
  return b.for(sorted.start, b.op('add', [sorted.start, sorted.candidates]), safe, step)
}

/** The total: what is no candidate comes last. */
function sumRest({ ctx, sorted, weights }: Walk, paid: ValueId): ValueId {
  const { b } = ctx
  if (sorted.candidates === sorted.total) return paid
  const first = b.op('add', [sorted.safe, sorted.candidates])
  const [total] = b.for(first, sorted.total, [paid], (index, [sum]) => [
    b.op('add', [sum!, b.convert(b.load(weights.id, b.load(sorted.places.id, index)), 'f64')]),
  ])
  return total!
}

function targetOf(ctx: RegionContext, node: Node, total: ValueId): ValueId {
  const { b } = ctx
  const amount = ctx.scalar(node.operands[0]!, 'f64')
  const of = attrString(node.attrs, 'of')
  if (of === 'sum') return amount
  if (of === 'rest') return b.op('sub', [total, amount])
  const zero = b.constant(0, 'f64')
  const share = b.op('min', [nearlyWhole(b, b.op('mul', [amount, total])), total])
  return b.op('select', [b.op('eq', [amount, zero]), zero, share])
}

function prefixLength(walk: Walk, round: string, target: ValueId): ValueId {
  const { b } = walk.ctx
  const zero = b.constant(0, 'f64')
  if (round === 'nearest' || round === 'nearest_longer') return nearestPrefix(walk, round, target)
  const test = round === 'down' ? 'le' : 'lt'
  const [, below] = sumAlong(walk, [zero, b.i32(0)], ([sum, count]) => [
    sum!,
    b.op('add', [count!, b.convert(b.op(test, [sum!, target]), 'i32')]),
  ])
  if (round === 'down') return below!
  const most = b.op('add', [walk.sorted.safe, walk.sorted.candidates])
  const reached = b.op('min', [b.op('add', [below!, b.i32(1)]), most])
  return b.op('select', [b.op('gt', [target, zero]), reached, b.i32(0)])
}

function nearestPrefix(walk: Walk, round: string, target: ValueId): ValueId {
  const { b } = walk.ctx
  const closer = round === 'nearest' ? 'lt' : 'le'
  const init = [b.constant(0, 'f64'), b.i32(0), b.i32(0), b.op('abs', [target])]
  const [, , length] = sumAlong(walk, init, ([sum, seen, best, nearest]) => {
    const distance = b.op('abs', [b.op('sub', [sum!, target])])
    const wins = b.op(closer, [distance, nearest!])
    const now = b.op('add', [seen!, b.i32(1)])
    return [sum!, now, b.op('select', [wins, now, best!]), b.op('select', [wins, distance, nearest!])]
  })
  return length!
}

/** How many of the first `length` units are of each kind. */
function countKinds({ ctx, sorted }: Walk, kinds: readonly UnitKind[], length: ValueId): readonly ValueId[] {
  const { b } = ctx
  if (kinds.length === 1) return [length]
  const ends = kinds.map(({ selection, first }) => b.op('add', [first, rowLength(ctx, selection)]))
  const count = (index: ValueId, counts: readonly ValueId[]): readonly ValueId[] => {
    const place = b.load(sorted.places.id, index)
    return counts.map((sum, i) => {
      const isOwn = b.op('and', [b.op('ge', [place, kinds[i]!.first]), b.op('lt', [place, ends[i]!])])
      return b.op('add', [sum, b.convert(isOwn, 'i32')])
    })
  }
  const zeros = kinds.map(() => b.i32(0))
  const safe = b.for(b.i32(0), sorted.safe, zeros, count)
  const ranked = b.op('sub', [length, sorted.safe])
  return b.for(sorted.start, b.op('add', [sorted.start, ranked]), safe, count)
}
