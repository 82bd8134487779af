/** How a reduction of each kind is computed: what it starts from, what an element adds, what its number is in memory. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString } from '../../ir/op.ts'
import { computeDType, type TensorType } from '../../ir/types.ts'
import type { Combine } from './kernel-builder.ts'
import { allOf } from './nest.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'
import { valueAs } from './values.ts'

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

export interface Scheme {
  readonly combine: Combine
  readonly update: 'add' | 'mul' | 'max' | 'min'
  readonly dtype: 'f32' | 'i32' | 'u32'
  readonly identity: number | '-inf' | 'inf'
}

export function schemeOf(ctx: RegionContext, node: Node): Scheme {
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

export const isDeviation = ({ attrs }: Node): boolean => attrs.kind === 'deviation'
export const isArg = ({ attrs }: Node): boolean => attrs.kind === 'argmax' || attrs.kind === 'argmin'

/** What one element adds; elements outside the mask add the identity. */
export function contribution(ctx: RegionContext, node: Node, scheme: Scheme, rest: readonly ValueId[], env: Env): ValueId {
  const kind = attrString(node.attrs, 'kind')
  const logical = kind === 'any' || kind === 'all' || kind === 'count'
  const input = node.operands[0]!
  const value = logical ? ctx.b.convert(valueAs(ctx, input, env, 'bool'), 'i32') : valueAs(ctx, input, env, scheme.dtype)
  const mask = allOf(ctx, rest, env)
  return mask === null ? value : ctx.b.op('select', [mask, value, identityOf(ctx, scheme)])
}

export const identityOf = (ctx: RegionContext, scheme: Scheme): ValueId => ctx.b.constant(scheme.identity, scheme.dtype)

/** What a reduction of the node's kind starts from, as memory holds it. */
export function identityConstant(ctx: RegionContext, node: Node): ValueId {
  const { identity, dtype } = schemeOf(ctx, node)
  const isTruth = node.attrs.kind === 'any' || node.attrs.kind === 'all'
  return ctx.b.constant(identity, isTruth ? 'bool' : dtype)
}

/** The accumulated number as the buffer stores it. */
export function encode(ctx: RegionContext, one: Reduction, value: ValueId): ValueId {
  return one.type.dtype === 'bool' ? ctx.b.op('ne', [value, ctx.b.constant(0, ctx.b.dtype(value))]) : value
}
