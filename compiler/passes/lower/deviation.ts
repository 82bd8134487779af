/**
 * Sums of squared distances from the mean, in one read and as exact as in two. Plain sums of squares would cancel where the mean
 * is large; so would distances from the first element, which is often the outlier of its row.
 * - Along a row: blocks that stay in the cache are taken twice, for their mean and for the distances from it, and joined by the
 *   rule of Chan, Golub and LeVeque.
 * - Down a column, on many threads: blocks of a few elements in registers, joined by the same rule.
 * - Across rows, on one thread, one accumulator per result in memory: Welford's running mean, on distances from the first element, which is as
 *   good for any first element and loses nothing where the mean is large.
 */
import type { ValueId } from '../../ir/node.ts'
import { nest, type Carried } from './nest.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'
import { valueAs } from './values.ts'

/** Elements of a block: 4 KiB of f32. */
const BLOCK = 1024

/** What else is reduced over the same elements. */
export interface Companions {
  readonly carried: readonly Carried[]
  readonly sequential: boolean
  readonly step: (at: Env, values: readonly ValueId[]) => readonly ValueId[]
}

/** What is known of some elements; together with how many they are, enough to join them with others. */
export interface Moments {
  /** What means are relative to: the first element of the first block. */
  readonly origin: ValueId
  readonly mean: ValueId
  readonly squares: ValueId
}

/** A range of elements, and where each is. */
export interface Run {
  readonly from: ValueId
  readonly to: ValueId
  readonly at: (index: ValueId) => Env
}

/** Results of the companions, then the deviation of every input: one pass over the reduced axes, the last of them in blocks. */
export function deviationsAt(
  ctx: RegionContext,
  inputs: readonly ValueId[],
  reduced: readonly string[],
  companions: Companions,
  env: Env,
): readonly ValueId[] {
  const { b } = ctx
  const axis = reduced.at(-1)!
  const loop = (depth: number, around: Env, state: readonly ValueId[]): readonly ValueId[] => {
    const outer = reduced[depth]!
    if (depth < reduced.length - 1)
      return b.for(b.i32(0), ctx.extent(outer), state, (index, inner) =>
        loop(depth + 1, new Map(around).set(outer, index), inner),
      )
    const run: Run = { from: b.i32(0), to: ctx.extent(axis), at: (index) => new Map(around).set(axis, index) }
    return inOneRun(ctx, inputs, run, companions, state)
  }
  const [totals, moments] = parted(companions, inputs, loop(0, env, startOf(ctx, inputs, companions)))
  return [...totals, ...moments.map((one) => one.squares)]
}

/** Results of the companions and the moments of every input over one range. */
export function momentsIn(
  ctx: RegionContext,
  inputs: readonly ValueId[],
  run: Run,
  companions: Companions,
): readonly [readonly ValueId[], readonly Moments[]] {
  return parted(companions, inputs, inOneRun(ctx, inputs, run, companions, startOf(ctx, inputs, companions)))
}

type InOneRun = (
  ctx: RegionContext,
  inputs: readonly ValueId[],
  run: Run,
  companions: Companions,
  start: readonly ValueId[],
) => readonly ValueId[]

const inOneRun: InOneRun = (ctx, ...rest) => {
  const isAlone = ctx.execution === 'threads' || (ctx.execution === 'team' && ctx.b.sideBySide)
  return (isAlone ? inHands : inBlocks)(ctx, ...rest)
}

/** What is carried: the companions' values, how many elements there were, and the moments of each input. */
function startOf(ctx: RegionContext, inputs: readonly ValueId[], companions: Companions): readonly ValueId[] {
  const zero = ctx.b.f32(0)
  return [...companions.carried.map((one) => one.init), zero, ...inputs.flatMap(() => [zero, zero, zero])]
}

function parted(
  { carried }: Companions,
  inputs: readonly ValueId[],
  state: readonly ValueId[],
): readonly [readonly ValueId[], readonly Moments[]] {
  const moments = inputs.map((_, i): Moments => {
    const [origin, mean, squares] = state.slice(carried.length + 1 + 3 * i)
    return { origin: origin!, mean: mean!, squares: squares! }
  })
  return [state.slice(0, carried.length), moments]
}

/** The state after a block of `size` elements. */
function taken(
  ctx: RegionContext,
  state: readonly ValueId[],
  companions: Companions,
  size: ValueId,
  [totals, own]: readonly [readonly ValueId[], readonly Moments[]],
): readonly ValueId[] {
  const seen = state[companions.carried.length]!
  const after = ctx.b.op('add', [seen, size])
  const [, known] = parted(
    companions,
    own.map((one) => one.origin),
    state,
  )
  const joined = own.map((one, i) => join(ctx, known[i]!, one, seen, size, after))
  return [...totals, after, ...joined.flatMap(({ origin, mean, squares }) => [origin, mean, squares])]
}

const inBlocks: InOneRun = (ctx, inputs, run, companions, start) => {
  const { b } = ctx
  const block = (from: ValueId, state: readonly ValueId[]): readonly ValueId[] => {
    const to = b.op('min', [b.op('add', [from, b.i32(BLOCK)]), run.to])
    const size = b.convert(b.op('sub', [to, from]), 'f32')
    const totals = state.slice(0, companions.carried.length)
    return taken(ctx, state, companions, size, blockMoments(ctx, inputs, { ...run, from, to }, companions, totals, size))
  }
  return b.for(run.from, run.to, start, block, BLOCK)
}

/**
 * Elements that one thread takes at once, by what it computes of each: so many reads are under way together. More code than that
 * takes some drivers minutes to compile.
 */
export const atOnce = (reductions: number): number => (reductions > 2 ? 4 : 8)

/** The range in blocks that stay in registers, what is left of it one by one. */
const inHands: InOneRun = (ctx, inputs, run, companions, start) => {
  const { b } = ctx
  const most = atOnce(companions.carried.length + inputs.length)
  const hand =
    (count: number) =>
    (from: ValueId, state: readonly ValueId[]): readonly ValueId[] => {
      const places = Array.from({ length: count }, (_, i) => run.at(b.op('add', [from, b.i32(i)])))
      const totals = places.reduce<readonly ValueId[]>(
        (values, at) => companions.step(at, values),
        state.slice(0, companions.carried.length),
      )
      return taken(ctx, state, companions, b.f32(count), [totals, inputs.map((x) => handMoments(ctx, x, places))])
    }
  const whole = b.op('sub', [run.to, b.op('rem', [b.op('sub', [run.to, run.from]), b.i32(most)])])
  return b.for(whole, run.to, b.for(run.from, whole, start, hand(most), most), hand(1))
}

function handMoments(ctx: RegionContext, x: ValueId, places: readonly Env[]): Moments {
  const { b } = ctx
  const [origin, ...others] = places.map((at) => valueAs(ctx, x, at, 'f32')) as [ValueId, ...ValueId[]]
  if (others.length === 0) return { origin, mean: b.f32(0), squares: b.f32(0) }
  const add = (values: readonly ValueId[]): ValueId => values.reduce((sum, value) => b.op('add', [sum, value]))
  const distances = others.map((value) => b.op('sub', [value, origin]))
  const mean = b.op('mul', [add(distances), b.f32(1 / places.length)])
  const rest = distances.map((distance) => b.op('sub', [distance, mean]))
  return { origin, mean, squares: add([mean, ...rest].map((d) => b.op('mul', [d, d]))) }
}

/** The companions' values after a block, and the moments of the block: of the distances from its first element. */
function blockMoments(
  ctx: RegionContext,
  inputs: readonly ValueId[],
  { from, to, at }: Run,
  companions: Companions,
  totals: readonly ValueId[],
  size: ValueId,
): readonly [readonly ValueId[], readonly Moments[]] {
  const { b } = ctx
  const firsts = inputs.map((x) => valueAs(ctx, x, at(from), 'f32'))
  const distance = (i: number, place: Env): ValueId => b.op('sub', [valueAs(ctx, inputs[i]!, place, 'f32'), firsts[i]!])
  const others = totals.length
  const sum = { init: b.f32(0), combine: 'sum' as const }
  const first = (index: ValueId, values: readonly ValueId[]): readonly ValueId[] => [
    ...companions.step(at(index), values.slice(0, others)),
    ...inputs.map((_, i) => b.op('add', [values[others + i]!, distance(i, at(index))])),
  ]
  const init = [...totals, ...inputs.map(() => sum.init)]
  const combine = [...companions.carried.map((one) => one.combine), ...inputs.map(() => sum.combine)]
  const sums = companions.sequential ? b.for(from, to, init, first) : b.lanes(from, to, init, combine, first)
  const means = inputs.map((_, i) => b.op('div', [sums[others + i]!, size]))
  const second = (index: ValueId, values: readonly ValueId[]): readonly ValueId[] =>
    inputs.flatMap((_, i) => {
      const d = b.op('sub', [distance(i, at(index)), means[i]!])
      return [b.op('add', [values[2 * i]!, b.op('mul', [d, d])]), b.op('add', [values[2 * i + 1]!, d])]
    })
  const spread = b.lanes(
    from,
    to,
    inputs.flatMap(() => [sum.init, sum.init]),
    inputs.flatMap(() => [sum.combine, sum.combine]),
    second,
  )
  const moments = inputs.map((_, i) => {
    // What rounding left of the distances from the mean, whose sum would be 0.
    const left = spread[2 * i + 1]!
    const squares = b.op('sub', [spread[2 * i]!, b.op('div', [b.op('mul', [left, left]), size])])
    return { origin: firsts[i]!, mean: means[i]!, squares }
  })
  return [sums.slice(0, others), moments]
}

/** The moments of two parts together, relative to the origin of the first part that there is. */
function join(ctx: RegionContext, known: Moments, own: Moments, seen: ValueId, size: ValueId, after: ValueId): Moments {
  const { b } = ctx
  const isFirst = b.op('eq', [seen, b.f32(0)])
  const origin = b.op('select', [isFirst, own.origin, known.origin])
  const mean = b.op('add', [b.op('sub', [own.origin, origin]), own.mean])
  const share = b.op('div', [size, after])
  const delta = b.op('sub', [mean, known.mean])
  const between = b.op('mul', [b.op('mul', [delta, delta]), b.op('mul', [seen, share])])
  return {
    origin,
    mean: b.op('select', [isFirst, mean, b.op('add', [known.mean, b.op('mul', [delta, share])])]),
    squares: b.op('add', [known.squares, b.op('add', [own.squares, b.op('select', [isFirst, b.f32(0), between])])]),
  }
}

/** A deviation accumulated in memory, one per position along the kept axes. */
export interface RunningDeviation {
  readonly x: ValueId
  readonly squares: KernelBuffer
  /** Place of a result in `squares`. */
  readonly place: (at: Env) => ValueId
  readonly mean: KernelBuffer
  readonly first: KernelBuffer
  readonly kept: readonly string[]
  readonly reduced: readonly string[]
}

/** Means become 0, relative to the first element of each result; without any element nothing is read. */
export function startRunning(ctx: RegionContext, one: RunningDeviation, env: Env): void {
  const { b } = ctx
  const firstOnly = (depth: number, around: Env): void => {
    const axis = one.reduced[depth]
    if (axis !== undefined) {
      b.for(b.i32(0), b.op('min', [ctx.extent(axis), b.i32(1)]), [], (index) => {
        firstOnly(depth + 1, new Map(around).set(axis, index))
        return []
      })
      return
    }
    nest(ctx, one.kept, around, [], (at) => {
      const index = ctx.offset(one.kept, at)
      b.store(one.mean.id, index, b.f32(0))
      b.store(one.first.id, index, valueAs(ctx, one.x, at, 'f32'))
      return []
    })
  }
  firstOnly(0, env)
}

/** Takes in one element. The elements of a result come in the order of the reduced axes. */
export function addRunning(ctx: RegionContext, one: RunningDeviation, at: Env): void {
  const { b } = ctx
  const count = b.convert(b.op('add', [ctx.offset(one.reduced, at), b.i32(1)]), 'f32')
  const share = b.op('div', [b.f32(1), count])
  const index = ctx.offset(one.kept, at)
  const distance = b.op('sub', [valueAs(ctx, one.x, at, 'f32'), b.load(one.first.id, index)])
  const mean = b.load(one.mean.id, index)
  const before = b.op('sub', [distance, mean])
  const next = b.op('add', [mean, b.op('mul', [before, share])])
  b.store(one.mean.id, index, next)
  const place = one.place(at)
  const added = b.op('mul', [before, b.op('sub', [distance, next])])
  b.store(one.squares.id, place, b.op('add', [b.load(one.squares.id, place), added]))
}
