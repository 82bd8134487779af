/** Point-wise values: emits the scalar code that gives a value of the region at a position. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, hasTrait, NONE } from '../../ir/op.ts'
import { computeDType, type MachineDType, type Type } from '../../ir/types.ts'
import { randomBitsAt } from './random.ts'
import { quantileIndexAt } from './quantile-index.ts'
import type { Env, RegionContext } from './region-context.ts'
import { storedRow } from './stored-row.ts'

type ComputeDType = 'f32' | 'i32' | 'u32' | 'bool'

/** The value `id` at `env`, in its compute dtype. */
export function valueAt(ctx: RegionContext, id: ValueId, env: Env): ValueId {
  const available = ctx.available.get(id)
  if (available !== undefined) return available(env)
  const key = `${id}@${ctx
    .axesOf(id)
    .map((axis) => env.get(axis))
    .join()}`
  const known = ctx.b.recall(key)
  if (known !== undefined) return known
  const value = ctx.isExternal(id) ? external(ctx, id, env) : pointwise(ctx, ctx.defs.get(id)!, env)
  return ctx.b.rememberHere(key, value)
}

/** `valueAt`, converted to `dtype`. */
export function valueAs(ctx: RegionContext, id: ValueId, env: Env, dtype: ComputeDType): ValueId {
  if (ctx.typeOf(id).kind === 'scalar') return ctx.scalar(id, dtype)
  return convert(ctx, signedAt(ctx, id, env, dtype), dtype)
}

/** The value at `env`; a u32 on its way to i32 is limited to what that holds. A u8 always fits. */
function signedAt(ctx: RegionContext, id: ValueId, env: Env, to: MachineDType): ValueId {
  const value = valueAt(ctx, id, env)
  if (to !== 'i32' || ctx.tensorType(id).dtype !== 'u32') return value
  return ctx.b.op('min', [value, ctx.b.constant(0x7fffffff, 'u32')])
}

/** A condition with an optional mask: true where there is none. */
export function maskAt(ctx: RegionContext, mask: ValueId, env: Env): ValueId | null {
  return mask === NONE ? null : valueAs(ctx, mask, env, 'bool')
}

export function convert(ctx: RegionContext, value: ValueId, to: MachineDType): ValueId {
  const from = ctx.b.dtype(value)
  if (from === to) return value
  if (to === 'bool') return ctx.b.op('ne', [value, ctx.b.constant(0, from)])
  return ctx.b.convert(value, to)
}

function external(ctx: RegionContext, id: ValueId, env: Env): ValueId {
  const storage = ctx.plan.storageOf(id)
  if (storage.type.packing !== undefined) throw new Error(`%${id} is packed and read as if it were dense`)
  return ctx.read(ctx.values(storage, `t${id}`), storage.type.axes, env)
}

function pointwise(ctx: RegionContext, node: Node, env: Env): ValueId {
  const x = node.operands[0]!
  switch (node.op) {
    case 'index':
      return indexOf(env, attrString(node.attrs, 'axis'))
    case 'position':
      return positionAt(ctx, node, env)
    case 'broadcast':
      return ctx.typeOf(x).kind === 'scalar'
        ? ctx.scalar(x, computeDType(ctx.tensorType(node.results[0]!.id).dtype))
        : converted(ctx, node, env)
    case 'mask': {
      const value = valueAt(ctx, x, env)
      return ctx.b.op('select', [valueAs(ctx, node.operands[1]!, env, 'bool'), value, ctx.b.constant(0, ctx.b.dtype(value))])
    }
    case 'rename':
      return renamed(ctx, node, env)
    case 'gather':
      return gathered(ctx, node, env)
    case 'put':
      return replaced(ctx, node, env)
    case 'random_bits':
      return randomBitsAt(ctx, node, env, (seed) => seedWord(ctx, seed, env))
    case 'quantile_index':
      return quantileIndexAt(ctx, node, valueAs(ctx, x, env, 'i32'))
    case 'row_counts':
      return storedRow(ctx, x, env).count
    case 'shift':
      return shifted(ctx, node, env)
    case 'pool':
      return pooled(ctx, node, env)
    default:
      if (!hasTrait(ctx.ops[node.op]!, 'elementwise')) throw new Error(`${node.op} is read before it was computed`)
      return elementwise(ctx, node, env)
  }
}

/** A seed as 32 bits: modulo 2^32, whatever its sign. */
function seedWord(ctx: RegionContext, id: ValueId, env: Env): ValueId {
  const value = ctx.typeOf(id).kind === 'scalar' ? ctx.scalar(id, 'u32') : valueAt(ctx, id, env)
  return ctx.b.dtype(value) === 'u32' ? value : ctx.b.op('bitcast', [value], { to: 'u32' })
}

export function indexOf(env: Env, axis: string): ValueId {
  const index = env.get(axis)
  if (index === undefined) throw new Error(`no loop over axis ${axis}`)
  return index
}

function elementwise(ctx: RegionContext, node: Node, env: Env): ValueId {
  const result = computeDType(ctx.tensorType(node.results[0]!.id).dtype)
  if (node.op === 'convert') return converted(ctx, node, env)
  const isSelect = node.op === 'select'
  const types = node.operands.slice(isSelect ? 1 : 0).map((id) => ctx.typeOf(id))
  const dtype = result === 'bool' ? commonDType(types) : result
  const isShift = node.op === 'shl' || node.op === 'shr'
  const operands = node.operands.map((id, i) => {
    // A distance counts modulo 32 in the bits that it has: limiting it to another dtype first would change them.
    if (isShift && i === 1 && ctx.typeOf(id).kind === 'tensor') return valueAt(ctx, id, env)
    return valueAs(ctx, id, env, isSelect && i === 0 ? 'bool' : dtype)
  })
  if (node.op === 'floordiv') return floorDivided(ctx, operands[0]!, operands[1]!)
  if (node.op === 'isnan' && dtype !== 'f32') return ctx.b.op('ne', [operands[0]!, operands[0]!]) // no whole number is
  const value = ctx.b.op(node.op, operands)
  return result === 'bool' && dtype === 'u32' ? besideNegative(ctx, node, value) : value
}

/** An unsigned number beside a host scalar that is negative, which no unsigned number is: every answer is known. */
function besideNegative(ctx: RegionContext, node: Node, value: ValueId): ValueId {
  const { b } = ctx
  const at = node.operands.findIndex((id) => ctx.typeOf(id).kind === 'scalar' && !ctx.isCount(id))
  if (at < 0) return value
  const negative = b.op('lt', [ctx.scalar(node.operands[at]!, 'i32'), b.i32(0)])
  const isTrue = node.op === 'ne' || (at === 1 ? ['gt', 'ge'] : ['lt', 'le']).includes(node.op)
  return isTrue ? b.op('or', [negative, value]) : b.op('and', [b.op('not', [negative]), value])
}

const NARROW: Readonly<Record<string, readonly [number, number]>> = { u8: [0, 255], i8: [-128, 127] }

/** Conversions saturate; the narrow integer types are clamped here because memory would wrap. */
function converted(ctx: RegionContext, node: Node, env: Env): ValueId {
  const { b } = ctx
  const to = ctx.tensorType(node.results[0]!.id).dtype
  const value = signedAt(ctx, node.operands[0]!, env, computeDType(to))
  const range = NARROW[to]
  const from = b.dtype(value)
  if (range === undefined || from === 'bool')
    return from === 'i32' && to === 'u32'
      ? b.convert(b.op('max', [value, b.i32(0)]), 'u32')
      : convert(ctx, value, computeDType(to))
  const whole = from === 'u32' ? b.op('min', [value, b.constant(range[1], 'u32')]) : value
  const signed = b.convert(whole, 'i32')
  return b.convert(b.op('max', [b.op('min', [signed, b.i32(range[1])]), b.i32(range[0])]), computeDType(to))
}

/** The kernel core truncates; this rounds down. Integers divided by zero give 0, as `div` does. */
function floorDivided(ctx: RegionContext, x: ValueId, y: ValueId): ValueId {
  const { b } = ctx
  const quotient = b.op('div', [x, y])
  const dtype = b.dtype(x)
  if (dtype === 'f32') return b.op('floor', [quotient])
  if (dtype === 'u32') return quotient
  const zero = b.i32(0)
  const rest = b.op('rem', [x, y])
  const inexact = b.op('and', [b.op('ne', [rest, zero]), b.op('ne', [y, zero])])
  const opposite = b.op('lt', [b.op('xor', [x, y]), zero])
  return b.op('sub', [quotient, b.convert(b.op('and', [inexact, opposite]), 'i32')])
}

/** The dtype operands of a comparison meet in. */
function commonDType(types: readonly Type[]): ComputeDType {
  const dtypes = types.map((type) => {
    if (type.kind === 'tensor') return computeDType(type.dtype)
    if (type.kind !== 'scalar') throw new Error('an elementwise operand is a tensor or a scalar')
    return type.scalar === 'int' ? 'i32' : type.scalar === 'bool' ? 'bool' : 'f32'
  })
  const tensors = types.flatMap((type) => (type.kind === 'tensor' ? [computeDType(type.dtype)] : []))
  if (dtypes.includes('f32')) return 'f32'
  if (tensors.includes('u32')) return 'u32'
  return dtypes.includes('i32') ? 'i32' : 'bool'
}

function positionAt(ctx: RegionContext, node: Node, env: Env): ValueId {
  const axis = attrString(node.attrs, 'axis')
  const index = indexOf(env, axis)
  const n = ctx.scalar(node.operands[0]!, 'i32')
  switch (attrString(node.attrs, 'which')) {
    case 'first':
      return ctx.b.op('lt', [index, n])
    case 'last':
      // Less than none is none: the difference must not overflow.
      return ctx.b.op('ge', [index, ctx.b.op('sub', [ctx.extent(axis), atLeast(ctx, n, 0)])])
    default: {
      const holds = ctx.b.op('eq', [ctx.b.op('rem', [index, atLeast(ctx, n, 1)]), ctx.b.i32(0)])
      return ctx.b.op('and', [holds, ctx.b.op('gt', [n, ctx.b.i32(0)])])
    }
  }
}

const atLeast = (ctx: RegionContext, n: ValueId, least: number): ValueId => ctx.b.op('max', [n, ctx.b.i32(least)])

function renamed(ctx: RegionContext, node: Node, env: Env): ValueId {
  const index = indexOf(env, attrString(node.attrs, 'to'))
  return valueAt(ctx, node.operands[0]!, new Map(env).set(attrString(node.attrs, 'from'), index))
}

/**
 * An element at other positions, zero outside. The read is inside a branch: where an axis is empty, no position could take its
 * place. Positions that are inside by what they are (kept ones, an index argument) need none.
 */
function gathered(ctx: RegionContext, node: Node, env: Env): ValueId {
  const { b } = ctx
  const [x, ...positions] = node.operands as [ValueId, ...ValueId[]]
  const { source, inside } = gatheredPlace(ctx, positions, attrAxes(node.attrs), env)
  if (inside === null) return valueAt(ctx, x, source)
  const dtype = computeDType(ctx.tensorType(x).dtype)
  return b.guarded(inside, () => valueAt(ctx, x, source), b.constant(0, dtype))
}

/** Where positions lead, and whether that is inside; null: it always is. */
export function gatheredPlace(
  ctx: RegionContext,
  positions: readonly ValueId[],
  axes: readonly string[],
  env: Env,
): { readonly source: Env; readonly inside: ValueId | null } {
  const { b } = ctx
  const source = new Map(env)
  const checks: ValueId[] = []
  for (const [place, axis] of axes.entries()) {
    const position = positions[place]!
    const at = valueAs(ctx, position, env, 'i32')
    source.set(axis, at)
    if (!isInside(ctx, position, axis)) checks.push(b.op('ge', [at, b.i32(0)]), b.op('lt', [at, ctx.extent(axis)]))
  }
  return { source, inside: checks.length === 0 ? null : checks.reduce((all, check) => b.op('and', [all, check])) }
}

/** The slice at its position, x elsewhere. */
function replaced(ctx: RegionContext, node: Node, env: Env): ValueId {
  const { b } = ctx
  const [x, slice, ...positions] = node.operands as [ValueId, ValueId, ...ValueId[]]
  const here = attrAxes(node.attrs).map((axis, place) => b.op('eq', [indexOf(env, axis), ctx.scalar(positions[place]!, 'i32')]))
  return b.op('select', [here.reduce((all, one) => b.op('and', [all, one])), valueAt(ctx, slice, env), valueAt(ctx, x, env)])
}

/** Whether a position is one of the axis by what it is. */
function isInside(ctx: RegionContext, position: ValueId, axis: string): boolean {
  const def = makerOf(ctx, position)
  if (def !== undefined) return def.op === 'kept_indices' && attrString(def.attrs, 'axis') === axis
  const param = ctx.plan.func.params.find((one) => one.id === position)
  return param?.role === 'argument' && param.axes.length === 1 && param.axes[0]!.atoms.join() === axis
}

/** The node that computes a value, also inside the region that gives it. */
function makerOf(ctx: RegionContext, id: ValueId): Node | undefined {
  const def = ctx.defs.get(id)
  const [block] = def?.op === 'region' ? def.regions : []
  if (def === undefined || block === undefined) return def
  const inside = block.yields[def.results.findIndex((result) => result.id === id)]
  return block.nodes.find((node) => node.results.some((result) => result.id === inside))
}

/** Element `index - by`, zero outside. The read is clamped, so it needs no branch. */
function shifted(ctx: RegionContext, node: Node, env: Env): ValueId {
  const axis = attrString(node.attrs, 'axis')
  const { b } = ctx
  const source = b.op('sub', [indexOf(env, axis), ctx.scalar(node.operands[1]!, 'i32')])
  const last = b.op('sub', [ctx.extent(axis), b.i32(1)])
  const inside = b.op('and', [b.op('ge', [source, b.i32(0)]), b.op('le', [source, last])])
  const clamped = b.op('max', [b.op('min', [source, last]), b.i32(0)])
  const value = valueAt(ctx, node.operands[0]!, new Map(env).set(axis, clamped))
  return b.op('select', [inside, value, b.constant(0, b.dtype(value))])
}

/** A centred window: (width - 1) div 2 to the left, the rest to the right; outside is zero (ignored by max). */
function pooled(ctx: RegionContext, node: Node, env: Env): ValueId {
  const { b } = ctx
  const axis = attrString(node.attrs, 'axis')
  const kind = attrString(node.attrs, 'kind')
  const width = ctx.scalar(node.operands[1]!, 'i32')
  const left = b.op('shr', [b.op('sub', [width, b.i32(1)]), b.i32(1)])
  const start = b.op('sub', [indexOf(env, axis), left])
  const lo = b.op('max', [start, b.i32(0)])
  const hi = b.op('min', [b.op('add', [start, width]), ctx.extent(axis)])
  const dtype = computeDType(ctx.tensorType(node.operands[0]!).dtype)
  const to = kind === 'mean' ? 'f32' : dtype === 'bool' ? 'i32' : dtype
  const identity =
    kind !== 'max' ? b.constant(0, to) : to === 'f32' ? b.f32('-inf') : b.constant(to === 'u32' ? 0 : -(2 ** 31), to)
  const [total] = b.for(lo, hi, [identity], (index, [sum]) => [
    b.op(kind === 'max' ? 'max' : 'add', [sum!, valueAs(ctx, node.operands[0]!, new Map(env).set(axis, index), to)]),
  ])
  return kind === 'mean' ? b.op('div', [total!, b.convert(width, 'f32')]) : total!
}
