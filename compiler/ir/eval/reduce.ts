/** Evaluation of `reduce`: see the op for the meaning of each kind and of nothing. */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrString } from '../op.ts'
import { computeDType, type DType } from '../types.ts'
import {
  countDomain,
  domainValues,
  finish,
  makeFold,
  meanDomain,
  squaresDomain,
  stridesFor,
  sumDomain,
  type DomainValues,
  type Fold,
} from './domain.ts'
import { EvalError } from './eval-error.ts'
import { wrapIntegers } from './elementwise.ts'
import { walk } from './strided.ts'
import { allocate } from './tensor-value.ts'

const product = makeFold((acc, value) => acc * value)
const wrappingProduct = makeFold((acc, value) => Math.imul(acc, value))
const largest = makeFold((acc, value) => Math.max(acc, value))
const smallest = makeFold((acc, value) => Math.min(acc, value))
const any = makeFold((acc, value) => Number(acc !== 0 || value !== 0))
const all = makeFold((acc, value) => Number(acc !== 0 && value !== 0))
const count = makeFold((acc, value) => acc + Number(value !== 0))

const LEAST: Readonly<Record<DType, number>> = {
  f32: -Infinity,
  f16: -Infinity,
  bf16: -Infinity,
  i32: -0x80000000,
  i8: -0x80000000,
  bool: -0x80000000,
  u32: 0,
  u8: 0,
}
const GREATEST: Readonly<Record<DType, number>> = {
  f32: Infinity,
  f16: Infinity,
  bf16: Infinity,
  i32: 0x7fffffff,
  i8: 0x7fffffff,
  bool: 0x7fffffff,
  u32: 0xffffffff,
  u8: 0xffffffff,
}

function foldOf(kind: string, dtype: DType): { readonly fold: Fold; readonly init: number } | null {
  switch (kind) {
    case 'sum':
      return { fold: sumDomain, init: 0 }
    case 'product':
      return { fold: computeDType(dtype) === 'f32' ? product : wrappingProduct, init: 1 }
    case 'max':
      return { fold: largest, init: LEAST[dtype] }
    case 'min':
      return { fold: smallest, init: GREATEST[dtype] }
    case 'any':
      return { fold: any, init: 0 }
    case 'all':
      return { fold: all, init: 1 }
    case 'count':
      return { fold: count, init: 0 }
    default:
      return null
  }
}

/** What a reduction of this kind gives of nothing. */
export function identityOf(kind: string, dtype: DType): number {
  const fold = foldOf(kind, dtype)
  if (fold === null) throw new EvalError(`there is no reduction ${kind}`)
  return fold.init
}

/** Position of the best element of each result, -1 of nothing. A NaN is taken only until the first number comes. */
function best(domain: DomainValues, better: (a: number, b: number) => boolean): Float64Array {
  const out = allocate(domain.keptShape).fill(-1)
  const values = allocate(domain.keptShape)
  const reducedShape = domain.shape.filter((_, at) => domain.reduced.includes(domain.axes[at] as string))
  const order = domain.axes.filter((axis) => domain.reduced.includes(axis))
  const positions = stridesFor(domain.axes, order, reducedShape)
  const { length, steps, each } = walk(domain.shape, [domain.strides.x, domain.strides.where, domain.strides.result, positions])
  const [xStep = 0, whereStep = 0, outStep = 0, positionStep = 0] = steps
  const { x, where } = domain
  each(([xAt = 0, whereAt = 0, outAt = 0, position = 0]) => {
    for (let i = 0; i < length; i++) {
      if (where !== null && where.data[whereAt + i * whereStep] === 0) continue
      const o = outAt + i * outStep
      const value = x.data[xAt + i * xStep] as number
      const known = values[o] as number
      if (out[o] !== -1 && !better(value, known) && !(Number.isNaN(known) && !Number.isNaN(value))) continue
      out[o] = position + i * positionStep
      values[o] = value
    }
  })
  return out
}

function results(domain: DomainValues, kind: string): Float64Array {
  if (kind === 'argmax') return best(domain, (a, b) => a > b)
  if (kind === 'argmin') return best(domain, (a, b) => a < b)
  if (kind === 'deviation') return squaresDomain(domain, 0, meanDomain(domain, countDomain(domain)))
  const rule = foldOf(kind, domain.x.dtype)
  if (rule === null) throw new EvalError(`there is no reduction ${kind}`)
  return rule.fold(domain, rule.init)
}

export function evalReduce(operands: readonly (EvalValue | null)[], node: Node): TensorValue {
  const type = node.results[0]?.type
  if (type?.kind !== 'tensor') throw new EvalError('a reduction gives a tensor')
  const domain = domainValues(operands, node)
  const data = results(domain, attrString(node.attrs, 'kind'))
  if (type.dtype === 'i32' || type.dtype === 'u32') wrapIntegers(data, type.dtype === 'u32')
  return finish(domain, type.dtype, data, operands[2])
}
