/**
 * Masks as loops. A conjunct of a mask that says something about the position along one axis bounds the loop over it; one
 * that is known before some loops start guards them, so that what it excludes costs nothing; only the others are tested
 * element by element.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString, NONE } from '../../ir/op.ts'
import type { Domain } from './nest.ts'
import { convert, valueAs } from './values.ts'
import type { Env, RegionContext } from './region-context.ts'

/** A mask over a nest: the domain of its loops, and what is left to be tested per element. */
export interface SplitMask extends Domain {
  readonly rest: readonly ValueId[]
}

export interface Loops {
  /** The nest, outermost first. */
  readonly order: readonly string[]
  /** Axes already looped over. */
  readonly around: readonly string[]
  /** Loops that may be cut short or left out: all from this one on. */
  readonly from?: number
  /** Axes of loops around that have left out what `only` says about them alone. */
  readonly settled?: readonly string[]
  /** Whether the body of the nest has loops of its own, so that leaving it out is worth a test. */
  readonly deep?: boolean
}

/**
 * Takes a mask (NONE: nothing) apart. `only` are masks outside of which nothing matters: what of them neither bounds nor
 * guards a loop is not tested at all.
 */
export function splitMask(ctx: RegionContext, mask: ValueId, only: readonly ValueId[], loops: Loops): SplitMask {
  const limits = new Map<string, { lo: ((env: Env) => ValueId)[]; hi: ((env: Env) => ValueId)[] }>()
  const guards = new Map<number, ValueId[]>()
  const rest: ValueId[] = []
  const required = new Set(conjuncts(ctx, mask))
  const isSettled = (id: ValueId): boolean =>
    loops.settled !== undefined && ctx.axesOf(id).every((axis) => loops.settled!.includes(axis))
  const optional = only.flatMap((part) => conjuncts(ctx, part)).filter((conjunct) => !isSettled(conjunct))
  for (const conjunct of new Set([...required, ...optional])) {
    const limit = limitOf(ctx, conjunct, loops)
    const depth = guardDepth(ctx, conjunct, loops)
    if (limit !== null && loops.order.indexOf(limit.axis) >= (loops.from ?? 0)) {
      const known = limits.get(limit.axis) ?? { lo: [], hi: [] }
      if (limit.lo !== undefined) known.lo.push(limit.lo)
      if (limit.hi !== undefined) known.hi.push(limit.hi)
      limits.set(limit.axis, known)
    } else if (depth !== null) guards.set(depth, [...(guards.get(depth) ?? []), conjunct])
    else if (required.has(conjunct)) rest.push(conjunct)
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
  return { bounds, guards, rest }
}

/** Loops of fewer iterations are not worth a branch. */
const LEAST_SPARED = 16

/** How many loops of the nest are open where the mask is known; null when too little is left to be spared. */
function guardDepth(ctx: RegionContext, mask: ValueId, { order, around, from = 0, deep = false }: Loops): number | null {
  const axes = ctx.axesOf(mask).filter((axis) => !around.includes(axis))
  if (!axes.every((axis) => order.includes(axis))) return null
  const known = 1 + Math.max(-1, ...axes.map((axis) => order.indexOf(axis)))
  const depth = Math.max(known, from)
  if (deep) return depth <= order.length ? depth : null
  const spared = ctx.plan.pinnedSize(order.slice(depth))
  return depth < order.length && spared >= LEAST_SPARED ? depth : null
}

function conjuncts(ctx: RegionContext, mask: ValueId): readonly ValueId[] {
  if (mask === NONE) return []
  const node = ctx.available.has(mask) ? undefined : ctx.defs.get(mask)
  return node?.op === 'and' ? node.operands.flatMap((part) => conjuncts(ctx, part)) : [mask]
}

type Bound = (env: Env) => ValueId

/** A range of positions of one axis. */
interface Limit {
  readonly axis: string
  readonly lo?: Bound
  readonly hi?: Bound
}

const COMPARISONS = ['lt', 'le', 'gt', 'ge', 'eq']
const FLIPPED: Readonly<Record<string, string>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', eq: 'eq' }

function limitOf(ctx: RegionContext, mask: ValueId, loops: Loops): Limit | null {
  const node = definition(ctx, mask)
  const [x = NONE, y = NONE] = node?.operands ?? []
  if (node === undefined) return null
  if (node.op === 'position') return positionLimit(ctx, node, loops, false)
  if (node.op === 'not') {
    const inner = definition(ctx, x)
    return inner?.op === 'position' ? positionLimit(ctx, inner, loops, true) : null
  }
  if (node.op === 'or') return limitUnless(ctx, x, y, loops) ?? limitUnless(ctx, y, x, loops)
  if (!COMPARISONS.includes(node.op)) return null
  return comparison(ctx, node.op, x, y, loops) ?? comparison(ctx, FLIPPED[node.op]!, y, x, loops)
}

/** The node to look through; undefined where the value is in memory already. */
const definition = (ctx: RegionContext, id: ValueId): Node | undefined => (ctx.available.has(id) ? undefined : ctx.defs.get(id))

/** `limit or unless`, where `unless` is known before the loop starts: then there is no limit where it holds. */
function limitUnless(ctx: RegionContext, mask: ValueId, unless: ValueId, loops: Loops): Limit | null {
  const limit = limitOf(ctx, mask, loops)
  if (limit === null || !knownBefore(ctx, unless, limit.axis, loops)) return null
  const otherwise = (whole: Bound, bound: Bound | undefined): Bound | undefined =>
    bound && ((env) => ctx.b.op('select', [valueAs(ctx, unless, env, 'bool'), whole(env), bound(env)]))
  return limited(
    limit.axis,
    otherwise(() => ctx.b.i32(0), limit.lo),
    otherwise(() => ctx.extent(limit.axis), limit.hi),
  )
}

const limited = (axis: string, lo: Bound | undefined, hi: Bound | undefined): Limit => ({
  axis,
  ...(lo === undefined ? {} : { lo }),
  ...(hi === undefined ? {} : { hi }),
})

/** Whether a value is known before the loop over an axis starts. */
function knownBefore(ctx: RegionContext, value: ValueId, axis: string, { order, around }: Loops): boolean {
  const before = [...around, ...order.slice(0, order.indexOf(axis))]
  return ctx.axesOf(value).every((known) => before.includes(known))
}

/** `first n of axis`, `last n of axis`, or everything but those. */
function positionLimit(ctx: RegionContext, node: Node, { order }: Loops, outside: boolean): Limit | null {
  const axis = attrString(node.attrs, 'axis')
  const which = attrString(node.attrs, 'which')
  if (!order.includes(axis) || which === 'every') return null
  const n = (): ValueId => ctx.scalar(node.operands[0]!, 'i32')
  // What is not in range is everything or nothing, whatever wraps.
  const kept = (): ValueId => ctx.b.op('max', [ctx.b.op('min', [n(), ctx.extent(axis)]), ctx.b.i32(0)])
  const cut = which === 'first' ? kept : (): ValueId => ctx.b.op('sub', [ctx.extent(axis), kept()])
  return (which === 'first') !== outside ? { axis, hi: cut } : { axis, lo: cut }
}

/** `index(axis) op bound`, where the bound is an integer known before the loop over the axis starts. */
function comparison(ctx: RegionContext, op: string, x: ValueId, bound: ValueId, loops: Loops): Limit | null {
  const index = ctx.defs.get(x)
  if (index?.op !== 'index') return null
  const axis = attrString(index.attrs, 'axis')
  if (!loops.order.includes(axis) || !knownBefore(ctx, bound, axis, loops)) return null
  const type = ctx.typeOf(bound)
  const integer = type.kind === 'scalar' ? type.scalar === 'int' : type.kind === 'tensor' && ['i32', 'i8'].includes(type.dtype)
  if (!integer) return null
  const at = (env: Env): ValueId => convert(ctx, valueAs(ctx, bound, env, 'i32'), 'i32')
  // At most the extent before 1 is added: the greatest integer would wrap.
  const next = (env: Env): ValueId => ctx.b.op('add', [ctx.b.op('min', [at(env), ctx.extent(axis)]), ctx.b.i32(1)])
  switch (op) {
    case 'lt':
      return { axis, hi: at }
    case 'le':
      return { axis, hi: next }
    case 'ge':
      return { axis, lo: at }
    case 'gt':
      return { axis, lo: next }
    default:
      return { axis, lo: at, hi: next }
  }
}
