/** Loop nests over named axes: the innermost loop is `lanes`, so that a target may run its iterations side by side. */
import type { ValueId } from '../../ir/node.ts'
import type { Combine } from './kernel-builder.ts'
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
