/** Evaluation of `fold_parts`: one fold after the other, over the elements of each part. */
import type { EvalContext, EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrAxes, attrString } from '../op.ts'
import { EvalError } from './eval-error.ts'
import { evalFoldSoftmax } from './fold-softmax.ts'
import { elementCount, expectInt, expectTensor, rowMajor, tensorValue } from './tensor-value.ts'

/** Stands for the summed axes as one. No axis of a policy has this name. */
const RUN = '#run'

export function evalFoldParts(
  [length, ...operands]: readonly (EvalValue | null)[],
  node: Node,
  context: EvalContext,
): readonly TensorValue[] {
  const axes = attrAxes(node.attrs)
  const part = attrString(node.attrs, 'part')
  const extents = axes.map((axis) => context.extent(axis))
  const all = elementCount(extents)
  const size = expectInt(length)
  const run: Node = { ...node, attrs: { axes: [RUN] } }
  const folded = Array.from({ length: context.extent(part) }, (_, p) => {
    const [from, to] = [Math.min(p * size, all), Math.min((p + 1) * size, all)]
    const places = Array.from({ length: to - from }, (_none, i) => positions(from + i, extents))
    return evalFoldSoftmax(
      operands.map((value) => along(expectTensor(value), axes, places)),
      run,
    )
  })
  return node.results.map(({ type }, i) => {
    const parts = folded.map((one) => one[i]!)
    return type.kind === 'tensor' && type.axes.at(-1) === part ? interleaved(part, parts) : stacked(part, parts)
  })
}

/** A place in a row-major row as a position along each of its axes. */
function positions(place: number, extents: readonly number[]): readonly number[] {
  return rowMajor(extents).map((stride, i) => Math.floor(place / stride) % extents[i]!)
}

/** The elements at some positions along axes, as a row over one axis. A tensor that has none of them stays as it is. */
function along(x: TensorValue, axes: readonly string[], places: readonly (readonly number[])[]): TensorValue {
  if (!axes.some((axis) => x.axes.includes(axis))) return x
  const strides = rowMajor(x.shape)
  const strideOf = (axis: string): number => (x.axes.includes(axis) ? strides[x.axes.indexOf(axis)]! : 0)
  const offsets = places.map((place) => place.reduce((sum, index, i) => sum + index * strideOf(axes[i]!), 0))
  const kept = x.axes.filter((axis) => !axes.includes(axis))
  const keptShape = kept.map((axis) => x.shape[x.axes.indexOf(axis)]!)
  const data = new Float64Array(elementCount(keptShape) * places.length)
  for (let row = 0; row < elementCount(keptShape); row++) {
    const first = positions(row, keptShape).reduce((sum, index, i) => sum + index * strideOf(kept[i]!), 0)
    offsets.forEach((offset, i) => (data[row * places.length + i] = x.data[first + offset]!))
  }
  return tensorValue(x.dtype, [...kept, RUN], [...keptShape, places.length], data)
}

function stacked(part: string, parts: readonly TensorValue[]): TensorValue {
  const [first] = parts
  if (first === undefined) throw new EvalError('a fold has at least one part')
  const data = new Float64Array(first.data.length * parts.length)
  parts.forEach((one, p) => data.set(one.data, p * first.data.length))
  return tensorValue('f32', [part, ...first.axes], [parts.length, ...first.shape], data)
}

function interleaved(part: string, parts: readonly TensorValue[]): TensorValue {
  const { axes, shape, data } = stacked(part, parts)
  const [count, size] = [parts.length, data.length / parts.length]
  const turned = Float64Array.from(data, (_, i) => data[(i % count) * size + Math.floor(i / count)]!)
  return tensorValue('f32', [...axes.slice(1), part], [...shape.slice(1), count], turned)
}
