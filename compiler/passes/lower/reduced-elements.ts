/** The elements that a reduction takes in at one place of its result: all that there are, or those of a part. */
import type { Node, ValueId } from '../../ir/node.ts'
import { splitMask, type SplitMask } from './domain.ts'
import { atOnce, type Run } from './deviation.ts'
import { allOf, nest, type Carried } from './nest.ts'
import { rangeOf, type Stage } from './parts.ts'
import { placeEnv } from './place-env.ts'
import type { Env, RegionContext } from './region-context.ts'

/** The loops that one group of reductions shares, at one grid point. */
export interface Site {
  /** Kept and reduced axes inside the grid, outermost first. */
  readonly order: readonly string[]
  readonly kept: readonly string[]
  readonly reduced: readonly string[]
  readonly grid: readonly string[]
  /** Elements that take part. */
  readonly where: ValueId
  /** Outside of it nothing matters: results may stay what they are, elements may be left out. */
  readonly only: ValueId
  /** What is done of it here; null: all. */
  readonly stage: Stage | null
}

type Body = (at: Env, carried: readonly ValueId[]) => readonly ValueId[]

export interface Elements {
  /** What has still to be tested of each. */
  readonly rest: readonly ValueId[]
  readonly loop: (env: Env, carried: readonly Carried[], body: Body, sequential?: boolean) => readonly ValueId[]
}

export function elementsOf(ctx: RegionContext, site: Site, axes: readonly string[], node: Node): Elements {
  const { stage } = site
  if (stage !== null && stage.part !== null) return elementsOfPart(ctx, site, axes, (env) => runOf(ctx, stage, axes, node, env))
  const domain = taking(ctx, site, axes, 0)
  const loop: Elements['loop'] = (env, carried, body, sequential = false) =>
    nest(ctx, axes, env, carried, body, { domain, sequential })
  return { rest: domain.rest, loop }
}

/** The range of a part: of places along its only axis, or in the row over all of them. */
export function runOf(ctx: RegionContext, { split, part }: Stage, axes: readonly string[], node: Node, env: Env): Run {
  const { lo, hi } = rangeOf(ctx, split, part!, node)
  return { from: lo, to: hi, at: (place) => placeEnv(ctx, axes, place, env) }
}

/** Loops over reduced axes alone. Where there are loops over results around them, those leave out what nobody asks for. */
function taking(ctx: RegionContext, site: Site, order: readonly string[], from: number): SplitMask {
  const around = [...site.grid, ...site.kept]
  return splitMask(ctx, site.where, [site.only], { order, around, from, ...(site.kept.length > 0 && { settled: around }) })
}

/** One loop, whatever the axes: a mask bounds it when there is only one. */
function elementsOfPart(ctx: RegionContext, site: Site, axes: readonly string[], rangeAt: (env: Env) => Run): Elements {
  const { b } = ctx
  const domain = taking(ctx, site, axes, axes.length > 1 ? axes.length : 0)
  const loop: Elements['loop'] = (env, carried, body, sequential = false) => {
    const { from, to, at } = rangeAt(env)
    const bound = domain.bounds.get(axes[0]!)?.(env)
    const lo = bound === undefined ? from : b.op('max', [from, bound.lo])
    const hi = bound === undefined ? to : b.op('max', [lo, b.op('min', [to, bound.hi])])
    const init = carried.map((one) => one.init)
    const run = (): readonly ValueId[] =>
      site.stage?.split.inTurn === true
        ? inFewSteps(ctx, { from: lo, to: hi, at }, carried, body)
        : inRange(ctx, { from: lo, to: hi, at }, carried, body, sequential)
    const guard = allOf(ctx, domain.guards.get(0) ?? [], env)
    return guard === null ? run() : b.if(guard, run, () => init)
  }
  return { rest: domain.rest, loop }
}

function inRange(
  ctx: RegionContext,
  { from, to, at }: Run,
  carried: readonly Carried[],
  body: Body,
  sequential: boolean,
): readonly ValueId[] {
  const { b } = ctx
  const init = carried.map((one) => one.init)
  const one = (place: ValueId, values: readonly ValueId[]): readonly ValueId[] => body(at(place), values)
  if (ctx.execution === 'team' && !b.sideBySide) {
    const combine = carried.map((each) => each.combine)
    return sequential ? b.for(from, to, init, one) : b.lanes(from, to, init, combine, one)
  }
  const count = atOnce(carried.length)
  const several = (place: ValueId, values: readonly ValueId[]): readonly ValueId[] =>
    Array.from({ length: count }).reduce<readonly ValueId[]>((sums, _, i) => one(b.op('add', [place, b.i32(i)]), sums), values)
  const whole = b.op('sub', [to, b.op('rem', [b.op('sub', [to, from]), b.i32(count)])])
  return b.for(whole, to, b.for(from, whole, init, several, count), one)
}

/** Elements of a step of a thread that has few. */
const STEP = 4

/** A thread that has few elements reads those of a step at once, the last one for those that are missing, and has little text. */
function inFewSteps(ctx: RegionContext, { from, to, at }: Run, carried: readonly Carried[], body: Body): readonly ValueId[] {
  const { b } = ctx
  const last = b.op('sub', [to, b.i32(1)])
  const step = (place: ValueId, before: readonly ValueId[]): readonly ValueId[] =>
    Array.from({ length: STEP }, (_, i) => b.op('add', [place, b.i32(i)])).reduce((values, own, i) => {
      if (i === 0) return body(at(own), values)
      const isThere = b.op('lt', [own, to])
      const more = body(at(b.op('min', [own, last])), values)
      return values.map((value, k) => b.op('select', [isThere, more[k]!, value]))
    }, before)
  const init = carried.map((one) => one.init)
  return b.rolledFor({ lo: from, hi: to, step: STEP }, init, step)
}
