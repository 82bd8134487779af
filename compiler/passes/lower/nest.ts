/**
 * Loop nests over named axes: the innermost loop is `lanes`, so that a target may run its iterations side by side. A team takes
 * a whole nest as one loop, so that none of its threads waits; a thread alone takes a few pinned iterations one by one.
 */
import type { ValueId } from '../../ir/node.ts'
import type { Combine } from './kernel-builder.ts'
import { placeEnv } from './place-env.ts'
import { valueAs } from './values.ts'
import type { Env, RegionContext } from './region-context.ts'

export interface Carried {
  readonly init: ValueId
  readonly combine: Combine
}

/** How each axis of a nest is bounded; the whole extent when absent. */
export type Bounds = ReadonlyMap<string, (env: Env) => { readonly lo: ValueId; readonly hi: ValueId }>

/** Where a nest runs at all: bounds of its loops, and conditions that let whole loops be left out. */
export interface Domain {
  readonly bounds: Bounds
  /** Masks that are tested once the first `depth` loops are open, before those inside. */
  readonly guards: ReadonlyMap<number, readonly ValueId[]>
}

export interface NestOptions {
  readonly domain?: Domain
  /** The innermost loop is an ordinary one. */
  readonly sequential?: boolean
  /** Iterations of the innermost loop are independent, those of others meet in memory. */
  readonly outerInOrder?: boolean
}

/**
 * Loops over `axes`, outermost first. Carried values must be combined by their operation, not otherwise used, unless
 * `sequential`. Where the domain leaves loops out, carried values stay what they are.
 */
export function nest(
  ctx: RegionContext,
  axes: readonly string[],
  env: Env,
  carried: readonly Carried[],
  body: (env: Env, carried: readonly ValueId[]) => readonly ValueId[],
  options: NestOptions = {},
): readonly ValueId[] {
  const { b } = ctx
  const isWhole = (options.domain?.bounds.size ?? 0) + (options.domain?.guards.size ?? 0) === 0
  if (isWhole && options.sequential !== true) {
    if (
      ctx.execution === 'team' &&
      !b.sideBySide &&
      options.outerInOrder !== true &&
      (axes.length > 1 || (axes.length === 1 && ctx.window !== null))
    )
      return flat(ctx, axes, env, carried, body)
    if (ctx.execution === 'threads' && isShort(ctx, axes)) return unrolled(ctx, axes, env, carried, body)
  }
  const loop = (depth: number, around: Env, values: readonly ValueId[]): readonly ValueId[] => {
    const guard = allOf(ctx, options.domain?.guards.get(depth) ?? [], around)
    if (guard === null) return open(depth, around, values)
    return b.if(
      guard,
      () => open(depth, around, values),
      () => values,
    )
  }
  const open = (depth: number, around: Env, values: readonly ValueId[]): readonly ValueId[] => {
    const axis = axes[depth]
    if (axis === undefined) return body(around, values)
    const { lo, hi } = options.domain?.bounds.get(axis)?.(around) ?? { lo: b.i32(0), hi: ctx.extent(axis) }
    const inside = (index: ValueId, inner: readonly ValueId[]): readonly ValueId[] =>
      loop(depth + 1, new Map(around).set(axis, index), inner)
    if (depth < axes.length - 1 || options.sequential === true) return b.for(lo, hi, values, inside)
    return b.lanes(
      lo,
      hi,
      values,
      carried.map((one) => one.combine),
      inside,
    )
  }
  return loop(
    0,
    env,
    carried.map((one) => one.init),
  )
}

type Body = (env: Env, carried: readonly ValueId[]) => readonly ValueId[]

function flat(
  ctx: RegionContext,
  axes: readonly string[],
  env: Env,
  carried: readonly Carried[],
  body: Body,
): readonly ValueId[] {
  const { b } = ctx
  const size = ctx.size(axes)
  const init = carried.map((one) => one.init)
  const combine = carried.map((one) => one.combine)
  const { window } = ctx
  const lo = window === null ? b.i32(0) : window.first
  const hi = window === null ? size : b.op('min', [b.op('add', [lo, b.i32(window.size)]), size])
  return b.lanes(lo, hi, init, combine, (place, values) => body(placeEnv(ctx, axes, place, env), values))
}

/** Most iterations that are written out. */
const MOST_UNROLLED = 16

const isShort = (ctx: RegionContext, axes: readonly string[]): boolean =>
  axes.length > 0 && ctx.plan.pinnedSize(axes) <= MOST_UNROLLED

function unrolled(
  ctx: RegionContext,
  axes: readonly string[],
  env: Env,
  carried: readonly Carried[],
  body: Body,
): readonly ValueId[] {
  const places = axes.reduce<readonly Env[]>(
    (envs, axis) =>
      envs.flatMap((at) => Array.from({ length: ctx.plan.pinned(axis)! }, (_, i) => new Map(at).set(axis, ctx.b.i32(i)))),
    [env],
  )
  return places.reduce<readonly ValueId[]>(
    (values, at) => body(at, values),
    carried.map((one) => one.init),
  )
}

/** Loops over the grid, for effects alone. */
export function gridLoops(ctx: RegionContext, grid: readonly string[], body: (env: Env) => void, env: Env = new Map()): void {
  const [axis, ...rest] = grid
  if (axis === undefined) return body(env)
  ctx.b.for(ctx.b.i32(0), ctx.extent(axis), [], (index) => {
    gridLoops(ctx, rest, body, new Map(env).set(axis, index))
    return []
  })
}

/** All of `masks` at a position, or null when there are none. */
export function allOf(ctx: RegionContext, masks: readonly ValueId[], env: Env): ValueId | null {
  const parts = masks.map((mask) => valueAs(ctx, mask, env, 'bool'))
  return parts.length === 0 ? null : parts.reduce((x, y) => ctx.b.op('and', [x, y]))
}

/** The points of a thread: one, or some that are neighbours along `axis`. */
export function inColumns(ctx: RegionContext, axis: string, columns: number, at: Env, body: (env: Env) => void): void {
  if (columns === 1) return body(at)
  const { b } = ctx
  const first = b.op('mul', [at.get(axis)!, b.i32(columns)])
  b.lanes(first, b.op('add', [first, b.i32(columns)]), [], [], (column) => {
    body(new Map(at).set(axis, column))
    return []
  })
}

/** Neighbouring points of a thread, as long as there are any: as many as the kernel is told, but at most `most`. */
export function inSteps(ctx: RegionContext, { axis, most, each }: Steps, at: Env, body: (env: Env) => void): void {
  const { b } = ctx
  const first = b.op('mul', [at.get(axis)!, each])
  const end = b.op('min', [b.op('add', [first, each]), ctx.extent(axis)])
  b.lanes(b.i32(0), b.i32(most), [], [], (i) => {
    const place = b.op('add', [first, i])
    b.guardedEffects(b.op('lt', [place, end]), () => body(new Map(at).set(axis, place)))
    return []
  })
}

export interface Steps {
  readonly axis: string
  readonly most: number
  readonly each: ValueId
}
