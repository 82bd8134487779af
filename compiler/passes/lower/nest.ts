/** Loop nests over named axes: the innermost loop is `lanes`, so that a target may run its iterations side by side. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString, NONE } from '../../ir/op.ts'
import type { Combine } from './kernel-builder.ts'
import { convert, valueAs } from './values.ts'
import type { Env, RegionContext } from './region-context.ts'

export interface Carried {
  readonly init: ValueId
  readonly combine: Combine
}

/** How each axis of a nest is bounded; the whole extent when absent. */
export type Bounds = ReadonlyMap<string, (env: Env) => { readonly lo: ValueId; readonly hi: ValueId }>

export const FULL: Bounds = new Map()

/**
 * Loops over `axes`, outermost first. Carried values must be combined by their operation, not otherwise used, unless
 * `sequential`: then the innermost loop is an ordinary one.
 */
export function nest(
  ctx: RegionContext,
  axes: readonly string[],
  env: Env,
  carried: readonly Carried[],
  body: (env: Env, carried: readonly ValueId[]) => readonly ValueId[],
  options: { readonly bounds?: Bounds; readonly sequential?: boolean } = {},
): readonly ValueId[] {
  const bounds = options.bounds ?? FULL
  const { b } = ctx
  const loop = (depth: number, around: Env, values: readonly ValueId[]): readonly ValueId[] => {
    const axis = axes[depth]
    if (axis === undefined) return body(around, values)
    const { lo, hi } = bounds.get(axis)?.(around) ?? { lo: b.i32(0), hi: ctx.extent(axis) }
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

/** A mask taken apart: conjuncts that bound a loop over one of `axes`, and the rest, to be tested per element. */
export interface SplitMask {
  readonly bounds: Bounds
  readonly rest: readonly ValueId[]
}

/**
 * Turns `first n of axis`, `last n of axis` and comparisons of `index(axis)` with something that does not vary along the
 * loops inside into loop bounds. `order` is the nest, outermost first; `around` are axes already looped over; only loops
 * over `boundable` axes may be cut short.
 */
export function splitMask(
  ctx: RegionContext,
  mask: ValueId,
  order: readonly string[],
  around: readonly string[],
  boundable: readonly string[],
): SplitMask {
  const limits = new Map<string, { lo: ((env: Env) => ValueId)[]; hi: ((env: Env) => ValueId)[] }>()
  const rest: ValueId[] = []
  for (const conjunct of conjuncts(ctx, mask)) {
    const limit = limitOf(ctx, conjunct, order, around)
    if (limit === null || !boundable.includes(limit.axis)) rest.push(conjunct)
    else {
      const known = limits.get(limit.axis) ?? { lo: [], hi: [] }
      known[limit.side].push(limit.value)
      limits.set(limit.axis, known)
    }
  }
  const bounds = new Map(
    [...limits].map(([axis, { lo, hi }]) => [
      axis,
      (env: Env) => ({
        lo: lo.reduce((x, limit) => ctx.b.op('max', [x, limit(env)]), ctx.b.i32(0)),
        hi: hi.reduce((x, limit) => ctx.b.op('min', [x, limit(env)]), ctx.extent(axis)),
      }),
    ]),
  )
  return { bounds, rest }
}

/** All of `masks` at a position, or null when there are none. */
export function allOf(ctx: RegionContext, masks: readonly ValueId[], env: Env): ValueId | null {
  const parts = masks.map((mask) => valueAs(ctx, mask, env, 'bool'))
  return parts.length === 0 ? null : parts.reduce((x, y) => ctx.b.op('and', [x, y]))
}

function conjuncts(ctx: RegionContext, mask: ValueId): readonly ValueId[] {
  if (mask === NONE) return []
  const node = ctx.available.has(mask) ? undefined : ctx.defs.get(mask)
  return node?.op === 'and' ? node.operands.flatMap((part) => conjuncts(ctx, part)) : [mask]
}

interface Limit {
  readonly axis: string
  readonly side: 'lo' | 'hi'
  readonly value: (env: Env) => ValueId
}

function limitOf(ctx: RegionContext, mask: ValueId, order: readonly string[], around: readonly string[]): Limit | null {
  const node = ctx.available.has(mask) ? undefined : ctx.defs.get(mask)
  if (node === undefined) return null
  if (node.op === 'position') return positionLimit(ctx, node, order)
  if (!['lt', 'le', 'gt', 'ge'].includes(node.op)) return null
  const [x, y] = node.operands as [ValueId, ValueId]
  return comparison(ctx, node.op, x, y, order, around) ?? comparison(ctx, FLIPPED[node.op]!, y, x, order, around)
}

const FLIPPED: Readonly<Record<string, string>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' }

function positionLimit(ctx: RegionContext, node: Node, order: readonly string[]): Limit | null {
  const axis = attrString(node.attrs, 'axis')
  const which = attrString(node.attrs, 'which')
  if (!order.includes(axis) || which === 'every') return null
  const n = (): ValueId => ctx.scalar(node.operands[0]!, 'i32')
  if (which === 'first') return { axis, side: 'hi', value: n }
  return { axis, side: 'lo', value: () => ctx.b.op('sub', [ctx.extent(axis), n()]) }
}

/** `index(axis) op bound`, where the bound is an integer known before the loop over the axis starts. */
function comparison(
  ctx: RegionContext,
  op: string,
  x: ValueId,
  bound: ValueId,
  order: readonly string[],
  around: readonly string[],
): Limit | null {
  const index = ctx.defs.get(x)
  if (index?.op !== 'index') return null
  const axis = attrString(index.attrs, 'axis')
  const position = order.indexOf(axis)
  if (position < 0) return null
  const before = [...around, ...order.slice(0, position)]
  const type = ctx.typeOf(bound)
  const integer = type.kind === 'scalar' ? type.scalar === 'int' : type.kind === 'tensor' && ['i32', 'i8'].includes(type.dtype)
  if (!integer || !ctx.axesOf(bound).every((known) => before.includes(known))) return null
  const value = (env: Env): ValueId => convert(ctx, valueAs(ctx, bound, env, 'i32'), 'i32')
  const next = (env: Env): ValueId => ctx.b.op('add', [value(env), ctx.b.i32(1)])
  switch (op) {
    case 'lt':
      return { axis, side: 'hi', value }
    case 'le':
      return { axis, side: 'hi', value: next }
    case 'ge':
      return { axis, side: 'lo', value }
    default:
      return { axis, side: 'lo', value: next }
  }
}
