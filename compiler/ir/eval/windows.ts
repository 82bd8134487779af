/** Evaluation of the ops that look along one axis: running sums, windows, shifts and positions. */
import type { EvalContext, EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrString } from '../op.ts'
import type { DType } from '../types.ts'
import { EvalError } from './eval-error.ts'
import { wrapIntegers } from './elementwise.ts'
import { allocate, elementCount, expectInt, expectTensor, tensorValue } from './tensor-value.ts'

type Operands = readonly (EvalValue | null)[]
type Line = (start: number, step: number, extent: number) => void

/** Calls `line` with the place of every line of the value along `axis`. */
function eachLine(value: TensorValue, axis: string, line: Line): void {
  const at = value.axes.indexOf(axis)
  const extent = value.shape[at]
  if (extent === undefined) throw new EvalError(`no axis ${axis} in [${value.axes.join(', ')}]`)
  const step = elementCount(value.shape.slice(at + 1))
  const outer = elementCount(value.shape.slice(0, at))
  for (let block = 0; block < outer; block++)
    for (let inner = 0; inner < step; inner++) line(block * extent * step + inner, step, extent)
}

function resultOf(value: TensorValue, node: Node, data: Float64Array): TensorValue {
  const type = node.results[0]?.type
  const dtype: DType = type?.kind === 'tensor' ? type.dtype : value.dtype
  if (dtype === 'i32' || dtype === 'u32') wrapIntegers(data, dtype === 'u32')
  return tensorValue(dtype, value.axes, value.shape, data)
}

export function evalScan(operands: Operands, node: Node): TensorValue {
  const x = expectTensor(operands[0])
  const exclusive = node.attrs['exclusive'] === true
  const out = allocate(x.shape)
  eachLine(x, attrString(node.attrs, 'axis'), (start, step, extent) => {
    let total = 0
    for (let i = 0, at = start; i < extent; i++, at += step) {
      const before = total
      total += x.data[at] as number
      out[at] = exclusive ? before : total
    }
  })
  return resultOf(x, node, out)
}

export function evalPool(operands: Operands, node: Node): TensorValue {
  const x = expectTensor(operands[0])
  const width = expectInt(operands[1])
  if (width < 1) throw new EvalError(`a window of ${width} elements: it must have at least 1`)
  const kind = attrString(node.attrs, 'kind')
  const before = Math.floor((width - 1) / 2)
  const out = allocate(x.shape)
  eachLine(x, attrString(node.attrs, 'axis'), (start, step, extent) => {
    for (let i = 0; i < extent; i++) {
      const from = Math.max(0, i - before)
      const to = Math.min(extent, i - before + width)
      let acc = kind === 'max' ? -Infinity : 0
      for (let j = from; j < to; j++) {
        const value = x.data[start + j * step] as number
        acc = kind === 'max' ? Math.max(acc, value) : acc + value
      }
      out[start + i * step] = kind === 'mean' ? acc / width : acc
    }
  })
  return resultOf(x, node, out)
}

export function evalShift(operands: Operands, node: Node): TensorValue {
  const x = expectTensor(operands[0])
  const by = expectInt(operands[1])
  const out = allocate(x.shape)
  eachLine(x, attrString(node.attrs, 'axis'), (start, step, extent) => {
    for (let i = Math.max(0, by); i < Math.min(extent, extent + by); i++)
      out[start + i * step] = x.data[start + (i - by) * step] as number
  })
  return resultOf(x, node, out)
}

function holdsAt(which: string, at: number, n: number, extent: number): boolean {
  if (which === 'first') return at < n
  return which === 'last' ? at >= extent - n : n > 0 && at % n === 0
}

export function evalPosition(operands: Operands, node: Node, context: EvalContext): TensorValue {
  const n = expectInt(operands[0])
  const axis = attrString(node.attrs, 'axis')
  const which = attrString(node.attrs, 'which')
  const extent = context.extent(axis)
  const data = Float64Array.from({ length: extent }, (_, at) => Number(holdsAt(which, at, n, extent)))
  return tensorValue('bool', [axis], [extent], data)
}
