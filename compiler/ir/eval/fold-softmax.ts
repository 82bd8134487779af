/** Evaluation of `fold_softmax`: all scores are at hand, so nothing is rescaled. */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { mergeAxes } from '../ops/type-rules.ts'
import { domainValues, makeFold, stridesFor, sumDomain, type DomainValues } from './domain.ts'
import { walk } from './strided.ts'
import { allocate, expectTensor, shapeOver, stridesOver, tensorValue } from './tensor-value.ts'

const largest = makeFold((acc, value) => Math.max(acc, value))

export function evalFoldSoftmax([score, ...values]: readonly (EvalValue | null)[], node: Node): readonly TensorValue[] {
  const scores = domainValues([score ?? null, null], node)
  const peaks = largest(scores, -Infinity)
  const weights = exponentials(scores, peaks)
  const overKept = (data: Float64Array): TensorValue => tensorValue('f32', scores.kept, scores.keptShape, data)
  const totals = sumDomain({ ...scores, x: weights })
  return [overKept(peaks), overKept(totals), ...values.map((value) => weightedSum(weights, expectTensor(value), scores.reduced))]
}

function exponentials(scores: DomainValues, peaks: Float64Array): TensorValue {
  const out = tensorValue('f32', scores.axes, scores.shape, allocate(scores.shape))
  const { length, steps, each } = walk(scores.shape, [scores.strides.x, stridesOver(scores.axes, out), scores.strides.result])
  const [xStep = 0, outStep = 0, peakStep = 0] = steps
  each(([x = 0, o = 0, p = 0]) => {
    for (let i = 0; i < length; i++) {
      const peak = peaks[p + i * peakStep] as number
      out.data[o + i * outStep] = Math.exp((scores.x.data[x + i * xStep] as number) - (Number.isFinite(peak) ? peak : 0))
    }
  })
  return out
}

function weightedSum(weights: TensorValue, value: TensorValue, reduced: readonly string[]): TensorValue {
  const axes = mergeAxes([weights.axes, value.axes])
  const shape = shapeOver(axes, [weights, value])
  const kept = axes.filter((axis) => !reduced.includes(axis))
  const keptShape = shape.filter((_, at) => kept.includes(axes[at] as string))
  const out = allocate(keptShape)
  const strides = [stridesOver(axes, weights), stridesOver(axes, value), stridesFor(axes, kept, keptShape)]
  const { length, steps, each } = walk(shape, strides)
  const [weightStep = 0, valueStep = 0, outStep = 0] = steps
  each(([w = 0, v = 0, o = 0]) => {
    for (let i = 0; i < length; i++) {
      const product = (weights.data[w + i * weightStep] as number) * (value.data[v + i * valueStep] as number)
      out[o + i * outStep] = (out[o + i * outStep] as number) + product
    }
  })
  return tensorValue('f32', kept, keptShape, out)
}
