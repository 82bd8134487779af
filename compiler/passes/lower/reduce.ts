/**
 * Reductions. On many threads a result is the work of one thread, where its neighbours in memory are results too, or of the team.
 * On one thread there are three shapes of code, chosen by where the reduced axes lie among the loops:
 * - reduced axes innermost: carried accumulators, one result per position of the kept axes;
 * - a kept axis inside a reduced one: accumulators in memory, updated along the kept axis, which is contiguous;
 * - a reduced axis in the grid: the result is accumulated in memory across grid points, and complete after the region.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE } from '../../ir/op.ts'
import { computeDType, type TensorType } from '../../ir/types.ts'
import { addRunning, deviationsAt, startRunning, type RunningDeviation } from './deviation.ts'
import type { Combine } from './kernel-builder.ts'
import { splitMask, type SplitMask } from './domain.ts'
import { HIGHEST, LOWEST, scoreKey, signedKey } from './keep.ts'
import { allOf, nest, type Carried } from './nest.ts'
import { valueAs } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

/** Where an anchor's values are kept: `axes` is the row-major layout of the buffer. */
export interface Slot {
  readonly buffer: KernelBuffer
  readonly axes: readonly string[]
}

export interface Reduction {
  readonly value: ValueId
  readonly node: Node
  readonly type: TensorType
  /** Memory for the result; null when it is a single number per grid point that nothing outside needs. */
  readonly slot: Slot | null
}

type ComputeDType = 'f32' | 'i32' | 'u32' | 'bool'

interface Scheme {
  readonly combine: Combine
  readonly update: 'add' | 'mul' | 'max' | 'min'
  readonly dtype: 'f32' | 'i32' | 'u32'
  readonly identity: number | '-inf' | 'inf'
}

function schemeOf(ctx: RegionContext, node: Node): Scheme {
  const input = computeDType(ctx.tensorType(node.operands[0]!).dtype)
  const dtype = input === 'bool' ? 'i32' : input
  const lowest = dtype === 'f32' ? '-inf' : dtype === 'u32' ? 0 : -(2 ** 31)
  const highest = dtype === 'f32' ? 'inf' : dtype === 'u32' ? 2 ** 32 - 1 : 2 ** 31 - 1
  switch (attrString(node.attrs, 'kind')) {
    case 'sum':
    case 'deviation':
      return { combine: 'sum', update: 'add', dtype, identity: 0 }
    case 'product':
      return { combine: 'none', update: 'mul', dtype, identity: 1 }
    case 'max':
      return { combine: 'max', update: 'max', dtype, identity: input === 'bool' ? 0 : lowest }
    case 'min':
      return { combine: 'min', update: 'min', dtype, identity: input === 'bool' ? 1 : highest }
    case 'any':
      return { combine: 'max', update: 'max', dtype: 'i32', identity: 0 }
    case 'all':
      return { combine: 'min', update: 'min', dtype: 'i32', identity: 1 }
    case 'count':
      return { combine: 'sum', update: 'add', dtype: 'i32', identity: 0 }
    default:
      throw new Error(`reduce of kind ${String(node.attrs.kind)}`)
  }
}

const isDeviation = (one: Reduction): boolean => one.node.attrs.kind === 'deviation'
export const isArg = (node: Node): boolean => node.attrs.kind === 'argmax' || node.attrs.kind === 'argmin'

/** What one element adds; elements outside the mask add the identity. */
function contribution(ctx: RegionContext, node: Node, scheme: Scheme, rest: readonly ValueId[], env: Env): ValueId {
  const kind = attrString(node.attrs, 'kind')
  const logical = kind === 'any' || kind === 'all' || kind === 'count'
  const input = node.operands[0]!
  const value = logical ? ctx.b.convert(valueAs(ctx, input, env, 'bool'), 'i32') : valueAs(ctx, input, env, scheme.dtype)
  const mask = allOf(ctx, rest, env)
  return mask === null ? value : ctx.b.op('select', [mask, value, identityOf(ctx, scheme)])
}

const identityOf = (ctx: RegionContext, scheme: Scheme): ValueId => ctx.b.constant(scheme.identity, scheme.dtype)

/** What a reduction of the node's kind starts from, as memory holds it. */
export function identityConstant(ctx: RegionContext, node: Node): ValueId {
  const { identity, dtype } = schemeOf(ctx, node)
  const isTruth = node.attrs.kind === 'any' || node.attrs.kind === 'all'
  return ctx.b.constant(identity, isTruth ? 'bool' : dtype)
}

/** The loops that one group of reductions shares, at one grid point. */
interface Site {
  /** Kept and reduced axes inside the grid, outermost first. */
  readonly order: readonly string[]
  readonly kept: readonly string[]
  readonly reduced: readonly string[]
  readonly grid: readonly string[]
  /** Elements that take part. */
  readonly where: ValueId
  /** Outside of it nothing matters: results may stay what they are, elements may be left out. */
  readonly only: ValueId
}

/** Reductions over the same loops, at one grid point. `order` lists kept and reduced axes inside the grid, outermost first. */
export function emitReductions(
  ctx: RegionContext,
  group: readonly Reduction[],
  order: readonly string[],
  grid: readonly string[],
  env: Env,
): void {
  const { node } = group[0]!
  const reduced = attrAxes(node.attrs).filter((axis) => !grid.includes(axis))
  const kept = order.filter((axis) => !reduced.includes(axis))
  const [, where = NONE, , only = NONE] = node.operands
  const site = { order, kept, reduced: order.filter((axis) => reduced.includes(axis)), grid, where, only }
  const across = group.filter((one) => accumulates(one, grid))
  const complete = group.filter((one) => !accumulates(one, grid))
  const reducedInnermost = order.slice(0, kept.length).every((axis) => kept.includes(axis))
  if (complete.length > 0) {
    if (ctx.execution !== 'sequential')
      inRegisters(ctx, complete, site, env, !reducedInnermost || ctx.plan.pinnedSize(site.reduced) <= MOST_ALONE)
    else if (reducedInnermost) inRegisters(ctx, complete, site, env)
    else inMemory(ctx, complete, site, env)
  }
  for (const one of across) {
    if (kept.length === 0) addScalar(ctx, one, site, env)
    else update(ctx, [one], site, env)
  }
}

/** So many elements a thread of a team may as well reduce alone. */
const MOST_ALONE = 16

export const accumulates = (one: { readonly node: Node }, grid: readonly string[]): boolean =>
  attrAxes(one.node.attrs).some((axis) => grid.includes(axis))

/** Sets the accumulators of reductions that run across the grid; before the grid loops. */
export function initAccumulator(ctx: RegionContext, one: Reduction): void {
  const scheme = schemeOf(ctx, one.node)
  const { buffer, axes } = one.slot!
  nest(ctx, axes, new Map(), [], (env) => {
    ctx.b.store(buffer.id, ctx.offset(axes, env), encode(ctx, one, identityOf(ctx, scheme)))
    return []
  })
}

/** The accumulated number as the buffer stores it. */
function encode(ctx: RegionContext, one: Reduction, value: ValueId): ValueId {
  return one.type.dtype === 'bool' ? ctx.b.op('ne', [value, ctx.b.constant(0, ctx.b.dtype(value))]) : value
}

/** Loops over reduced axes alone. Where there are loops over results around them, those leave out what nobody asks for. */
function taking(ctx: RegionContext, site: Site, order: readonly string[]): SplitMask {
  const around = [...site.grid, ...site.kept]
  return splitMask(ctx, site.where, [site.only], { order, around, ...(site.kept.length > 0 && { settled: around }) })
}

/** `side`: results are computed side by side, each by one iteration, and not one after the other by all that there is. */
function inRegisters(ctx: RegionContext, group: readonly Reduction[], site: Site, env: Env, side = false): void {
  const { kept, grid } = site
  const domain = kept.length === 0 ? undefined : splitMask(ctx, NONE, [site.only], { order: kept, around: grid, deep: true })
  nest(
    ctx,
    kept,
    env,
    [],
    (around) => {
      for (const [one, value] of reduceAt(ctx, group, site, around)) {
        const final = finish(ctx, one, value, site, around)
        if (one.slot !== null) ctx.b.store(one.slot.buffer.id, ctx.offset(one.slot.axes, around), encode(ctx, one, final))
        if (kept.length === 0) ctx.available.set(one.value, () => encode(ctx, one, final))
      }
      return []
    },
    { sequential: !side, ...(domain && { domain }) },
  )
}

function reduceAt(
  ctx: RegionContext,
  group: readonly Reduction[],
  site: Site,
  env: Env,
): readonly (readonly [Reduction, ValueId])[] {
  const deviations = group.filter(isDeviation)
  const plain = group.filter((one) => !isArg(one.node) && !isDeviation(one))
  const schemes = plain.map((one) => schemeOf(ctx, one.node))
  const carried: Carried[] = schemes.map((scheme) => ({ init: identityOf(ctx, scheme), combine: scheme.combine }))
  const domain = taking(ctx, site, site.reduced)
  const body = (at: Env, sums: readonly ValueId[]): readonly ValueId[] =>
    plain.map((one, i) => ctx.b.op(schemes[i]!.update, [sums[i]!, contribution(ctx, one.node, schemes[i]!, domain.rest, at)]))
  const sequential = schemes.some((scheme) => scheme.combine === 'none')
  const operands = deviations.map((one) => one.node.operands[0]!)
  const totals =
    deviations.length > 0
      ? deviationsAt(ctx, operands, site.reduced, { carried, sequential, step: body }, env)
      : plain.length > 0
        ? nest(ctx, site.reduced, env, carried, body, { domain, sequential })
        : []
  const positions = group.filter((one) => isArg(one.node)).map((one) => [one, argAt(ctx, one.node, site, env)] as const)
  return [...[...plain, ...deviations].map((one, i) => [one, totals[i]!] as const), ...positions]
}

/** Replaces the identity by `otherwise` where nothing was reduced. */
function finish(ctx: RegionContext, one: Reduction, value: ValueId, site: Site, env: Env): ValueId {
  const otherwise = one.node.operands[2] ?? NONE
  if (otherwise === NONE) return value
  const { b } = ctx
  const count: Carried = { init: b.i32(0), combine: 'sum' }
  const domain = taking(ctx, site, site.reduced)
  const tally = (at: Env, [sum]: readonly ValueId[]): readonly ValueId[] => {
    const mask = allOf(ctx, domain.rest, at)
    return [b.op('add', [sum!, mask === null ? b.i32(1) : b.convert(mask, 'i32')])]
  }
  const [present] = nest(ctx, site.reduced, env, [count], tally, { domain })
  const dtype = b.dtype(value) as ComputeDType
  return b.op('select', [b.op('gt', [present!, b.i32(0)]), value, valueAs(ctx, otherwise, env, dtype)])
}

/** Index, in the flattened reduced axes, of the best element; the first of equals; NaN only when there is nothing else. */
function argAt(ctx: RegionContext, node: Node, site: Site, env: Env): ValueId {
  const { b } = ctx
  const inputDType = computeDType(ctx.tensorType(node.operands[0]!).dtype)
  const dtype = inputDType === 'bool' ? 'i32' : inputDType
  const axes = attrAxes(node.attrs).length === site.reduced.length ? orderLike(ctx, node, site.reduced) : site.reduced
  const domain = taking(ctx, site, axes)
  if (ctx.execution === 'team' && !b.sideBySide) return argOfTeam(ctx, node, axes, domain, env)
  const init: Carried[] = [
    { init: b.constant(0, dtype), combine: 'none' },
    { init: b.i32(-1), combine: 'none' },
  ]
  const better = node.attrs.kind === 'argmax' ? 'gt' : 'lt'
  const [, position] = nest(
    ctx,
    axes,
    env,
    init,
    (at, [best, where]) => {
      const value = valueAs(ctx, node.operands[0]!, at, dtype)
      let wins = b.op('or', [b.op('eq', [where!, b.i32(-1)]), b.op(better, [value, best!])])
      if (dtype === 'f32') wins = b.op('or', [wins, b.op('and', [b.op('isnan', [best!]), b.op('not', [b.op('isnan', [value])])])])
      const mask = allOf(ctx, domain.rest, at)
      if (mask !== null) wins = b.op('and', [wins, mask])
      return [b.op('select', [wins, value, best!]), b.op('select', [wins, ctx.offset(axes, at), where!])]
    },
    { domain, sequential: true },
  )
  return position!
}

/** The best key of all first, then the first position that has it. */
function argOfTeam(ctx: RegionContext, node: Node, axes: readonly string[], domain: SplitMask, env: Env): ValueId {
  const { b } = ctx
  const keyOf = (at: Env): ValueId => argKey(ctx, node, at)
  const best: Carried = { init: b.i32(LOWEST), combine: 'max' }
  const [key] = nest(
    ctx,
    axes,
    env,
    [best],
    (at, [most]) => {
      const mask = allOf(ctx, domain.rest, at)
      const own = mask === null ? keyOf(at) : b.op('select', [mask, keyOf(at), b.i32(LOWEST)])
      return [b.op('max', [most!, own])]
    },
    { domain },
  )
  const first: Carried = { init: b.i32(HIGHEST), combine: 'min' }
  const [position] = nest(
    ctx,
    axes,
    env,
    [first],
    (at, [least]) => {
      const mask = allOf(ctx, domain.rest, at)
      const has = b.op('eq', [keyOf(at), key!])
      const counts = mask === null ? has : b.op('and', [has, mask])
      return [b.op('min', [least!, b.op('select', [counts, ctx.offset(axes, at), b.i32(HIGHEST)])])]
    },
    { domain },
  )
  return b.op('select', [b.op('eq', [position!, b.i32(HIGHEST)]), b.i32(-1), position!])
}

/** A key whose order is that of the elements, turned round for the least; NaN is the worst in either. */
function argKey(ctx: RegionContext, node: Node, at: Env): ValueId {
  const { b } = ctx
  const [x = NONE] = node.operands
  const dtype = computeDType(ctx.tensorType(x).dtype)
  const turned = (key: ValueId): ValueId => (node.attrs.kind === 'argmax' ? key : b.op('xor', [key, b.i32(-1)]))
  if (dtype !== 'f32') return turned(scoreKey(ctx, x, at))
  const value = valueAs(ctx, x, at, 'f32')
  return b.op('select', [b.op('isnan', [value]), b.i32(LOWEST), turned(signedKey(ctx, value))])
}

/** Reduced axes in the order of the operand: ties and positions are row-major in that order. */
const orderLike = (ctx: RegionContext, node: Node, reduced: readonly string[]): readonly string[] =>
  ctx.axesOf(node.operands[0]!).filter((axis) => reduced.includes(axis))

function inMemory(ctx: RegionContext, group: readonly Reduction[], site: Site, env: Env): void {
  const schemes = group.map((one) => schemeOf(ctx, one.node))
  nest(ctx, site.kept, env, [], (at) => {
    group.forEach((one, i) =>
      ctx.b.store(one.slot!.buffer.id, ctx.offset(one.slot!.axes, at), encode(ctx, one, identityOf(ctx, schemes[i]!))),
    )
    return []
  })
  const running = group.filter(isDeviation).map((one) => runningOf(ctx, one, site))
  for (const one of running) startRunning(ctx, one, env)
  update(ctx, group, site, env, running)
}

function runningOf(ctx: RegionContext, one: Reduction, site: Site): RunningDeviation {
  const { buffer, axes } = one.slot!
  return {
    x: one.node.operands[0]!,
    squares: buffer,
    place: (at) => ctx.offset(axes, at),
    mean: ctx.scratch('f32', site.kept),
    first: ctx.scratch('f32', site.kept),
    kept: site.kept,
    reduced: site.reduced,
  }
}

/** Accumulators in memory: loops over results and reduced axes alike may be left out. */
function update(
  ctx: RegionContext,
  group: readonly Reduction[],
  site: Site,
  env: Env,
  running: readonly RunningDeviation[] = [],
): void {
  const plain = group.filter((one) => !isDeviation(one))
  const schemes = plain.map((one) => schemeOf(ctx, one.node))
  const domain = splitMask(ctx, site.where, [site.only], { order: site.order, around: site.grid })
  const body = (at: Env): readonly ValueId[] => {
    plain.forEach((one, i) => accumulate(ctx, one, schemes[i]!, contribution(ctx, one.node, schemes[i]!, domain.rest, at), at))
    for (const one of running) addRunning(ctx, one, at)
    return []
  }
  // A running mean takes its elements one after the other, and threads would meet in one sum.
  const isShared = running.length > 0 || ctx.execution !== 'sequential'
  const sequential = isShared && site.reduced.includes(site.order.at(-1)!)
  nest(ctx, site.order, env, [], body, { domain, sequential, outerInOrder: true })
}

function addScalar(ctx: RegionContext, one: Reduction, site: Site, env: Env): void {
  const scheme = schemeOf(ctx, one.node)
  const [[, total]] = reduceAt(ctx, [one], site, env) as [readonly [Reduction, ValueId]]
  accumulate(ctx, one, scheme, total, env)
}

function accumulate(ctx: RegionContext, one: Reduction, scheme: Scheme, value: ValueId, env: Env): void {
  const { buffer, axes } = one.slot!
  const index = ctx.offset(axes, env)
  const before = ctx.b.convert(ctx.b.load(buffer.id, index), scheme.dtype)
  ctx.b.store(buffer.id, index, encode(ctx, one, ctx.b.op(scheme.update, [before, value])))
}
