/** Evaluation of the ops that move elements: repeating and reordering axes, renaming, compaction, gathering. */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrAxes, attrString } from '../op.ts'
import type { Packing, TensorType } from '../types.ts'
import { EvalError } from './eval-error.ts'
import { walk } from './strided.ts'
import {
  allocate,
  asTensor,
  elementCount,
  expectInt,
  expectTensor,
  extentOf,
  rowMajor,
  stridesOver,
  tensorValue,
} from './tensor-value.ts'

type Operands = readonly (EvalValue | null)[]
type ExtentOf = (axis: string) => number

export function broadcastTo(x: TensorValue, axes: readonly string[], extent: ExtentOf): TensorValue {
  if (axes.join() === x.axes.join()) return x
  const shape = axes.map((axis) => (x.axes.includes(axis) ? extentOf(x, axis) : extent(axis)))
  const data = allocate(shape)
  const { length, steps, each } = walk(shape, [rowMajor(shape), stridesOver(axes, x)])
  const [outStep = 0, xStep = 0] = steps
  each(([outAt = 0, xAt = 0]) => {
    for (let i = 0; i < length; i++) data[outAt + i * outStep] = x.data[xAt + i * xStep] as number
  })
  return tensorValue(x.dtype, axes, shape, data)
}

export function renameAxis(x: TensorValue, from: string, to: string, extent: ExtentOf): TensorValue {
  if (extentOf(x, from) !== extent(to))
    throw new EvalError(
      `axis ${from} has extent ${extentOf(x, from)} and axis ${to} has ${extent(to)}: one cannot be renamed to the other`,
    )
  const swap = (axes: readonly string[]): string[] => axes.map((axis) => (axis === from ? to : axis))
  const packed = x.packed && { packing: renamePacking(x.packed.packing, swap), mask: x.packed.mask }
  return { ...x, axes: swap(x.axes), ...(packed && { packed }) }
}

const renamePacking = (packing: Packing, swap: (axes: readonly string[]) => string[]): Packing => ({
  ...packing,
  over: swap(packing.over),
  ...(packing.inside && { inside: swap(packing.inside) }),
})

export function evalKeptIndices(operands: Operands, node: Node): TensorValue {
  const m = expectTensor(operands[0])
  const axis = attrString(node.attrs, 'axis')
  const as = attrString(node.attrs, 'as')
  const at = m.axes.indexOf(axis)
  const extent = extentOf(m, axis)
  const inner = elementCount(m.shape.slice(at + 1))
  const lines = elementCount(m.shape.filter((_, i) => i !== at))
  const startOf = (line: number, length: number): number => Math.floor(line / inner) * length * inner + (line % inner)
  const held = Array.from({ length: lines }, (_, line) => {
    const start = startOf(line, extent)
    return Array.from({ length: extent }, (_, i) => i).filter((i) => m.data[start + i * inner] !== 0)
  })
  const longest = held.reduce((most, row) => Math.max(most, row.length), 0)
  const width = operands[1] == null ? longest : expectInt(operands[1])
  const odd = operands[1] == null ? undefined : held.find((row) => row.length !== width)
  if (odd !== undefined) throw new Error(`a row keeps ${odd.length} of axis ${axis}, not ${width}`)
  const shape = m.shape.map((size, i) => (i === at ? width : size))
  const data = allocate(shape)
  for (const [line, row] of held.entries())
    for (const [i, position] of row.entries()) data[startOf(line, width) + i * inner] = position
  return tensorValue(
    'i32',
    m.axes.map((each) => (each === axis ? as : each)),
    shape,
    data,
  )
}

export function evalGather(operands: Operands, node: Node): TensorValue {
  const x = expectTensor(operands[0])
  const gathered = attrAxes(node.attrs)
  const positions = operands.slice(1).map((operand) => asTensor(operand as EvalValue, 'i32'))
  const { axes } = node.results[0]?.type as TensorType
  const shape = axes.map((each) => extentOf(positions.find((one) => one.axes.includes(each)) ?? x, each))
  const data = allocate(shape)
  const strides = rowMajor(x.shape)
  const along = gathered.map((axis) => ({ extent: extentOf(x, axis), stride: strides[x.axes.indexOf(axis)] as number }))
  // A gathered axis is addressed by its positions; when these have it too, it is theirs in the result.
  const rest = stridesOver(axes, x).map((stride, i) => (gathered.includes(axes[i] as string) ? 0 : stride))
  const { length, steps, each } = walk(shape, [rowMajor(shape), rest, ...positions.map((one) => stridesOver(axes, one))])
  each((offsets) => {
    for (let i = 0; i < length; i++) {
      const at = (tensor: number): number => (offsets[tensor] as number) + i * (steps[tensor] as number)
      const source = along.reduce((sum, { extent, stride }, place) => {
        const index = positions[place]?.data[at(place + 2)] as number
        return index >= 0 && index < extent ? sum + index * stride : NaN
      }, at(1))
      if (!Number.isNaN(source)) data[at(0)] = x.data[source] as number
    }
  })
  return tensorValue(x.dtype, axes, shape, data)
}

export function evalPut(operands: Operands, node: Node): TensorValue {
  return putSlice(expectTensor(operands[0]), expectTensor(operands[1]), attrAxes(node.attrs), operands.slice(2).map(expectInt))
}

/** A copy of x with the slice at the positions replaced; x itself when one of them is outside. */
export function putSlice(x: TensorValue, value: TensorValue, axes: readonly string[], positions: readonly number[]): TensorValue {
  if (axes.some((axis, at) => (positions[at] as number) < 0 || (positions[at] as number) >= extentOf(x, axis))) return x
  const data = x.data.slice()
  const own = rowMajor(x.shape)
  const start = axes.reduce((sum, axis, at) => sum + (positions[at] as number) * (own[x.axes.indexOf(axis)] as number), 0)
  const rest = x.axes.filter((axis) => !axes.includes(axis))
  const { length, steps, each } = walk(
    rest.map((axis) => extentOf(x, axis)),
    [stridesOver(rest, x), stridesOver(rest, value)],
  )
  const [xStep = 0, valueStep = 0] = steps
  each(([xAt = 0, valueAt = 0]) => {
    for (let i = 0; i < length; i++) data[start + xAt + i * xStep] = value.data[valueAt + i * valueStep] as number
  })
  return { ...x, data }
}
