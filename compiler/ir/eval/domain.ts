/**
 * The domain of a reduction in memory: the elements of x for which `where` holds, over the axes of both, and the results
 * they belong to. Folding walks x in its own row-major order, so positions in the reduced axes ascend within a result.
 */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrAxes } from '../op.ts'
import { mergeAxes } from '../ops/type-rules.ts'
import type { DType } from '../types.ts'
import { walk } from './strided.ts'
import { allocate, asTensor, elementCount, expectTensor, rowMajor, shapeOver, stridesOver, tensorValue } from './tensor-value.ts'

export interface DomainValues {
  readonly x: TensorValue
  readonly where: TensorValue | null
  readonly axes: readonly string[]
  readonly shape: readonly number[]
  readonly reduced: readonly string[]
  readonly kept: readonly string[]
  readonly keptShape: readonly number[]
  /** Over `axes`: of x, of where, of a result. */
  readonly strides: { readonly x: readonly number[]; readonly where: readonly number[]; readonly result: readonly number[] }
}

export function domainValues(operands: readonly (EvalValue | null)[], node: Node): DomainValues {
  const x = expectTensor(operands[0])
  const where = operands[1] == null ? null : asTensor(operands[1], 'bool')
  const axes = mergeAxes(where === null ? [x.axes] : [x.axes, where.axes])
  const shape = shapeOver(axes, where === null ? [x] : [x, where])
  const reduced = attrAxes(node.attrs)
  const kept = axes.filter((axis) => !reduced.includes(axis))
  const keptShape = shape.filter((_, at) => !reduced.includes(axes[at] as string))
  const result = stridesFor(axes, kept, keptShape)
  const strides = { x: stridesOver(axes, x), where: where === null ? axes.map(() => 0) : stridesOver(axes, where), result }
  return { x, where, axes, shape, reduced, kept, keptShape, strides }
}

/** Strides over `axes` of a row-major tensor with axes `own`. */
export function stridesFor(axes: readonly string[], own: readonly string[], shape: readonly number[]): number[] {
  const strides = rowMajor(shape)
  return axes.map((axis) => strides[own.indexOf(axis)] ?? 0)
}

const EVERYWHERE = Float64Array.of(1)

/** step(accumulated, element, that result's entry of `aux`) */
type Step = (acc: number, value: number, aux: number) => number
export type Fold = (domain: DomainValues, init: number, aux?: Float64Array) => Float64Array

function sumRun(x: Float64Array, at: number, step: number, n: number): number {
  let acc = 0
  for (let i = 0; i < n; i++) acc += x[at + i * step] as number
  return acc
}

function addRun(out: Float64Array, o: number, os: number, x: Float64Array, at: number, step: number, n: number): void {
  for (let i = 0; i < n; i++) out[o + i * os] = (out[o + i * os] as number) + (x[at + i * step] as number)
}

/** The sum of each domain. Spelled apart from other folds because contractions spend their time in it. */
export function sumDomain(domain: DomainValues): Float64Array {
  if (domain.where !== null) return foldSum(domain, 0)
  const out = allocate(domain.keptShape)
  const x = domain.x.data
  const { length, steps, each } = walk(domain.shape, [domain.strides.x, domain.strides.result])
  const [xStep = 0, outStep = 0] = steps
  each((at) => {
    const xAt = at[0] as number
    const o = at[1] as number
    if (outStep === 0) out[o] = (out[o] as number) + sumRun(x, xAt, xStep, length)
    else addRun(out, o, outStep, x, xAt, xStep, length)
  })
  return out
}

/** A fold of the elements of each domain. `aux` holds one number per result. */
export function makeFold(step: Step): Fold {
  return (domain, init, aux) => {
    const out = allocate(domain.keptShape).fill(init)
    const x = domain.x.data
    const where = domain.where?.data ?? EVERYWHERE
    const extra = aux ?? out
    const { length, steps, each } = walk(domain.shape, [domain.strides.x, domain.strides.where, domain.strides.result])
    const [xStep = 0, whereStep = 0, outStep = 0] = steps
    each((at) => {
      const xAt = at[0] as number
      const whereAt = at[1] as number
      const outAt = at[2] as number
      for (let i = 0; i < length; i++) {
        const o = outAt + i * outStep
        if (where[whereAt + i * whereStep] !== 0)
          out[o] = step(out[o] as number, x[xAt + i * xStep] as number, extra[o] as number)
      }
    })
    return out
  }
}

const foldSum = makeFold((acc, value) => acc + value)
const foldCount = makeFold((acc) => acc + 1)

/** The mean of each domain, 0 of nothing. */
export const meanDomain = (domain: DomainValues, counts: Float64Array): Float64Array =>
  sumDomain(domain).map((total, at) => total / Math.max(counts[at] as number, 1))

/** The sum of the squared distances from a centre per result. */
export const squaresDomain = makeFold((acc, value, centre) => acc + (value - centre) ** 2)

/** How many elements each result sees. */
export function countDomain(domain: DomainValues): Float64Array {
  if (domain.where !== null) return foldCount(domain, 0)
  const size = elementCount(domain.shape.filter((_, at) => domain.reduced.includes(domain.axes[at] as string)))
  return allocate(domain.keptShape).fill(size)
}

/** Results over the kept axes; those that saw no more than `least` elements are replaced by `otherwise` when it is given. */
export function finish(
  domain: DomainValues,
  dtype: DType,
  data: Float64Array,
  otherwise: EvalValue | null | undefined,
  least = 0,
): TensorValue {
  if (otherwise != null) {
    const value = asTensor(otherwise, dtype)
    const counts = countDomain(domain)
    const strides = [rowMajor(domain.keptShape), stridesOver(domain.kept, value)]
    const { length, steps, each } = walk(domain.keptShape, strides)
    const [outStep = 0, valueStep = 0] = steps
    each(([outAt = 0, valueAt = 0]) => {
      for (let i = 0; i < length; i++)
        if ((counts[outAt + i * outStep] as number) <= least)
          data[outAt + i * outStep] = value.data[valueAt + i * valueStep] as number
    })
  }
  return tensorValue(dtype, domain.kept, domain.keptShape, data)
}
