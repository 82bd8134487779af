/**
 * Reductions. On many threads a result is the work of one thread, where its neighbours in memory are results too, or of the team;
 * a kernel may also compute a part of every result, or join parts.
 * On one thread there are three shapes of code, chosen by where the reduced axes lie among the loops:
 * - reduced axes innermost: carried accumulators, one result per position of the kept axes;
 * - a kept axis inside a reduced one: accumulators in memory, updated along the kept axis, which is contiguous;
 * - a reduced axis in the grid: the result is accumulated in memory across grid points, and complete after the region.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, NONE } from '../../ir/op.ts'
import { argAt, argOfPart } from './reduce-arg.ts'
import { addRunning, deviationsAt, momentsIn, startRunning, type Companions, type RunningDeviation } from './deviation.ts'
import { splitMask } from './domain.ts'
import { joinParts, storeNumbers } from './join-parts.ts'
import { allOf, nest, type Carried } from './nest.ts'
import { isAtOnce, type Stage } from './parts.ts'
import { elementsOf, runOf, type Elements, type Site } from './reduced-elements.ts'
import {
  contribution,
  encode,
  identityOf,
  isArg,
  isDeviation,
  schemeOf,
  type Reduction,
  type Scheme,
} from './reduction-scheme.ts'
import type { Env, RegionContext } from './region-context.ts'
import { valueAs } from './values.ts'

type ComputeDType = 'f32' | 'i32' | 'u32' | 'bool'

/** Reductions over the same loops, at one grid point. `order` lists kept and reduced axes inside the grid, outermost first. */
export function emitReductions(
  ctx: RegionContext,
  group: readonly Reduction[],
  order: readonly string[],
  grid: readonly string[],
  env: Env,
  stage: Stage | null,
): void {
  const { node } = group[0]!
  const reduced = attrAxes(node.attrs).filter((axis) => !grid.includes(axis))
  const kept = order.filter((axis) => !reduced.includes(axis))
  const [, where = NONE, , only = NONE] = node.operands
  const site = { order, kept, reduced: order.filter((axis) => reduced.includes(axis)), grid, where, only, stage }
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

/** Effects of a point: where threads share it, one of them has them. */
export function byFirst({ b }: RegionContext, stage: Stage | null, effects: () => void): void {
  const sharer = stage?.sharer ?? null
  if (sharer === null) return effects()
  b.if(b.op('eq', [sharer, b.i32(0)]), () => {
    effects()
    return []
  })
}

/** Of threads that share a point: what each found of some reductions, none of which waits for another, as one. */
export function joinFound(ctx: RegionContext, found: readonly Reduction[], env: Env, stage: Stage): void {
  const values = found.map((one) => ctx.available.get(one.value)!(env))
  found.forEach((one, i) => {
    const joined = ctx.b.joinPoints(values[i]!, schemeOf(ctx, one.node).combine as 'sum' | 'max' | 'min')
    const { slot } = one
    if (slot !== null)
      byFirst(ctx, stage, () => ctx.b.store(slot.buffer.id, ctx.offset(slot.axes, env), encode(ctx, one, joined)))
    ctx.available.set(one.value, () => encode(ctx, one, joined))
  })
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
      if (site.stage !== null && site.stage.part !== null && site.stage.sharer === null) {
        storeParts(ctx, group, site, site.stage, around)
        return []
      }
      for (const [one, final] of finishedAt(ctx, group, site, around)) {
        const { slot } = one
        // What is still to be joined is stored then.
        const isPart = isAtOnce(site.stage)
        if (slot !== null && !isPart)
          byFirst(ctx, site.stage, () => ctx.b.store(slot.buffer.id, ctx.offset(slot.axes, around), encode(ctx, one, final)))
        if (kept.length === 0) ctx.available.set(one.value, () => (isPart ? final : encode(ctx, one, final)))
      }
      return []
    },
    { sequential: !side, ...(domain && { domain }) },
  )
}

type Results = readonly (readonly [Reduction, ValueId])[]

function finishedAt(ctx: RegionContext, group: readonly Reduction[], site: Site, env: Env): Results {
  if (isAtOnce(site.stage)) return reduceAt(ctx, group, site, env)
  if (site.stage !== null) {
    const values = joinParts(ctx, site.stage, group, env)
    return group.map((one, i) => [one, values[i]!])
  }
  return reduceAt(ctx, group, site, env).map(([one, value]) => [one, finish(ctx, one, value, site, env)])
}

function reduceAt(ctx: RegionContext, group: readonly Reduction[], site: Site, env: Env): Results {
  const { plain, deviations, elements, companions } = passOf(ctx, group, site)
  const inputs = deviations.map((one) => one.node.operands[0]!)
  const totals =
    deviations.length > 0
      ? deviationsAt(ctx, inputs, site.reduced, companions, env)
      : plain.length > 0
        ? elements.loop(env, companions.carried, companions.step, companions.sequential)
        : []
  const positions = group.filter((one) => isArg(one.node)).map((one) => [one, argAt(ctx, one.node, site, env)] as const)
  return [...[...plain, ...deviations].map((one, i) => [one, totals[i]!] as const), ...positions]
}

/** What one pass over the elements computes. */
interface ElementsPass {
  readonly plain: readonly Reduction[]
  readonly deviations: readonly Reduction[]
  readonly elements: Elements
  /** The plain ones. */
  readonly companions: Companions
}

function passOf(ctx: RegionContext, group: readonly Reduction[], site: Site): ElementsPass {
  const deviations = group.filter((one) => isDeviation(one.node))
  const plain = group.filter((one) => !isArg(one.node) && !isDeviation(one.node))
  const schemes = plain.map((one) => schemeOf(ctx, one.node))
  const carried: Carried[] = schemes.map((scheme) => ({ init: identityOf(ctx, scheme), combine: scheme.combine }))
  const elements = elementsOf(ctx, site, site.reduced, group[0]!.node)
  const step = (at: Env, sums: readonly ValueId[]): readonly ValueId[] =>
    plain.map((one, i) => ctx.b.op(schemes[i]!.update, [sums[i]!, contribution(ctx, one.node, schemes[i]!, elements.rest, at)]))
  const sequential = schemes.some((scheme) => scheme.combine === 'none')
  return { plain, deviations, elements, companions: { carried, sequential, step } }
}

/** What one part adds to the results at one place. */
function storeParts(ctx: RegionContext, group: readonly Reduction[], site: Site, stage: Stage, env: Env): void {
  const { plain, deviations, elements, companions } = passOf(ctx, group, site)
  const inputs = deviations.map((one) => one.node.operands[0]!)
  const [totals, moments] =
    deviations.length > 0
      ? momentsIn(ctx, inputs, runOf(ctx, stage, site.reduced, group[0]!.node, env), companions)
      : [plain.length > 0 ? elements.loop(env, companions.carried, companions.step, companions.sequential) : [], []]
  const needsCount = group.some((one) => (one.node.operands[2] ?? NONE) !== NONE)
  const present = needsCount ? [presentAt(ctx, elements, env)] : []
  const store = (one: Reduction, numbers: readonly ValueId[]): void =>
    storeNumbers(ctx, stage.split, stage.part!, one, [...numbers, ...present], env)
  plain.forEach((one, i) => store(one, [totals[i]!]))
  for (const one of group) if (isArg(one.node)) store(one, argOfPart(ctx, one.node, site, env))
  deviations.forEach((one, i) => store(one, [moments[i]!.origin, moments[i]!.mean, moments[i]!.squares]))
}

/** Replaces the identity by `otherwise` where nothing was reduced. */
function finish(ctx: RegionContext, one: Reduction, value: ValueId, site: Site, env: Env): ValueId {
  const otherwise = one.node.operands[2] ?? NONE
  if (otherwise === NONE) return value
  const { b } = ctx
  const present = presentAt(ctx, elementsOf(ctx, site, site.reduced, one.node), env)
  const dtype = b.dtype(value) as ComputeDType
  return b.op('select', [b.op('gt', [present, b.i32(0)]), value, valueAs(ctx, otherwise, env, dtype)])
}

/** How many elements take part. */
function presentAt(ctx: RegionContext, { rest, loop }: Elements, env: Env): ValueId {
  const { b } = ctx
  const tally = (at: Env, [sum]: readonly ValueId[]): readonly ValueId[] => {
    const mask = allOf(ctx, rest, at)
    return [b.op('add', [sum!, mask === null ? b.i32(1) : b.convert(mask, 'i32')])]
  }
  return loop(env, [{ init: b.i32(0), combine: 'sum' }], tally)[0]!
}

function inMemory(ctx: RegionContext, group: readonly Reduction[], site: Site, env: Env): void {
  const schemes = group.map((one) => schemeOf(ctx, one.node))
  nest(ctx, site.kept, env, [], (at) => {
    group.forEach((one, i) =>
      ctx.b.store(one.slot!.buffer.id, ctx.offset(one.slot!.axes, at), encode(ctx, one, identityOf(ctx, schemes[i]!))),
    )
    return []
  })
  const running = group.filter((one) => isDeviation(one.node)).map((one) => runningOf(ctx, one, site))
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
  const plain = group.filter((one) => !isDeviation(one.node))
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
