/**
 * Evaluation of the composite reductions, written from their definitions and not from their expansions, so that the two
 * check each other.
 */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { countDomain, domainValues, finish, makeFold, meanDomain, squaresDomain, type DomainValues } from './domain.ts'
import { walk } from './strided.ts'
import { allocate, rowMajor, tensorValue } from './tensor-value.ts'

type Operands = readonly (EvalValue | null)[]

const largest = makeFold((acc, value) => Math.max(acc, value))
const exponentials = makeFold((acc, value, shift) => acc + Math.exp(value - shift))

export function evalMean(operands: Operands, node: Node): TensorValue {
  const domain = domainValues(operands, node)
  return finish(domain, 'f32', meanDomain(domain, countDomain(domain)), operands[2])
}

export function evalVariance(operands: Operands, node: Node): TensorValue {
  const domain = domainValues(operands, node)
  const ddof = node.attrs['ddof'] === 1 ? 1 : 0
  const counts = countDomain(domain)
  const data = squaresDomain(domain, 0, meanDomain(domain, counts)).map(
    (total, at) => total / Math.max((counts[at] as number) - ddof, 1),
  )
  return finish(domain, 'f32', data, operands[2], ddof)
}

export function evalNorm(operands: Operands, node: Node): TensorValue {
  const domain = domainValues(operands, node)
  const origin = allocate(domain.keptShape)
  return finish(domain, 'f32', squaresDomain(domain, 0, origin).map(Math.sqrt), operands[2])
}

/** What is subtracted before exponentials are taken: the largest element, or 0 when that is not finite. */
const shifts = (domain: DomainValues): Float64Array =>
  largest(domain, -Infinity).map((value) => (Number.isFinite(value) ? value : 0))

export function evalLogsumexp(operands: Operands, node: Node): TensorValue {
  const domain = domainValues(operands, node)
  const shift = shifts(domain)
  const data = exponentials(domain, 0, shift).map((total, at) => Math.log(total) + (shift[at] as number))
  return finish(domain, 'f32', data, operands[2])
}

export function evalSoftmax(operands: Operands, node: Node): TensorValue {
  const domain = domainValues(operands, node)
  const shift = shifts(domain)
  const total = exponentials(domain, 0, shift)
  const out = allocate(domain.shape)
  const strides = [rowMajor(domain.shape), domain.strides.x, domain.strides.where, domain.strides.result]
  const { length, steps, each } = walk(domain.shape, strides)
  const [outStep = 0, xStep = 0, whereStep = 0, keptStep = 0] = steps
  const { x, where } = domain
  each(([outAt = 0, xAt = 0, whereAt = 0, keptAt = 0]) => {
    for (let i = 0; i < length; i++) {
      const divisor = total[keptAt + i * keptStep] as number
      if (divisor === 0 || (where !== null && where.data[whereAt + i * whereStep] === 0)) continue
      out[outAt + i * outStep] =
        Math.exp((x.data[xAt + i * xStep] as number) - (shift[keptAt + i * keptStep] as number)) / divisor
    }
  })
  return tensorValue('f32', domain.axes, domain.shape, out)
}
