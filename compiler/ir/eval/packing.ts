/** Evaluation of packing. A packed value is its dense decoding and a mask of what is stored. */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { rowAxes, type Packing, type TensorType } from '../types.ts'
import { EvalError } from './eval-error.ts'
import { broadcastTo } from './movement.ts'
import { walk } from './strided.ts'
import { allocate, asTensor, elementCount, expectInt, expectTensor, extentOf, rowMajor, tensorValue } from './tensor-value.ts'

type Operands = readonly (EvalValue | null)[]

export function evalPack(operands: Operands, node: Node): TensorValue {
  const x = expectTensor(operands[0])
  const m = broadcastTo(asTensor(operands[1] as EvalValue, 'bool'), x.axes, (axis) => extentOf(x, axis))
  const { packing } = node.results[0]?.type as TensorType
  if (packing === undefined) throw new EvalError('pack gives a packed tensor')
  const data = allocate(x.shape)
  const mask = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at++) {
    if (m.data[at] === 0) continue
    mask[at] = 1
    data[at] = x.data[at] as number
  }
  const packed: TensorValue = { ...tensorValue(x.dtype, x.axes, x.shape, data), packed: { packing, mask } }
  if (packing.exact) checkExact(packed, packing, expectInt(operands[2]))
  if (packing.format.kind === 'compact') checkPrefixes(packed, packing)
  return packed
}

/** `exact` is a proof made by the compiler; a row that breaks it is a fault of the compiler, not of the input. */
function checkExact(value: TensorValue, packing: Packing, k: number): void {
  const entry = elementCount((packing.inside ?? []).map((axis) => extentOf(value, axis)))
  const odd = keptOfRows(value, packing).find((count) => count !== k * entry)
  if (odd !== undefined) throw new Error(`a row of an exact packing keeps ${odd / entry} entries, not ${k}`)
}

/** Elements kept in each row. */
function keptOfRows(value: TensorValue, packing: Packing): Float64Array {
  const rows = rowAxes(value.axes, packing)
  const shape = rows.map((axis) => extentOf(value, axis))
  const strides = rowMajor(shape)
  const counts = new Float64Array(elementCount(shape))
  const walked = walk(value.shape, [rowMajor(value.shape), value.axes.map((axis) => strides[rows.indexOf(axis)] ?? 0)])
  const [step = 0, rowStep = 0] = walked.steps
  walked.each(([at = 0, row = 0]) => {
    for (let i = 0; i < walked.length; i++) {
      const kept = value.packed?.mask[at + i * step] as number
      counts[row + i * rowStep] = (counts[row + i * rowStep] as number) + kept
    }
  })
  return counts
}

/** Kept entries of every row. A value without elements does not say: its rows count as empty. */
export function evalRowCounts(x: TensorValue): TensorValue {
  const packing = x.packed?.packing
  if (packing === undefined) throw new EvalError('only a packed tensor has rows of its own length')
  const axes = rowAxes(x.axes, packing)
  const shape = axes.map((axis) => extentOf(x, axis))
  const entry = elementCount((packing.inside ?? []).map((axis) => extentOf(x, axis)))
  const counts = keptOfRows(x, packing).map((count) => (entry === 0 ? 0 : count / entry))
  return tensorValue('i32', axes, shape, counts)
}

/** The format `compact` has no positions: what is kept must be the first entries of a row. */
function checkPrefixes(value: TensorValue, { over }: Packing): void {
  const axis = value.axes.indexOf(over[0] as string)
  const inner = elementCount(value.shape.slice(axis + 1))
  const extent = value.shape[axis] ?? 0
  const mask = value.packed?.mask ?? new Uint8Array()
  for (let at = 0; at < mask.length; at++) {
    const isFirst = Math.floor(at / inner) % extent === 0
    if (mask[at] === 1 && !isFirst && mask[at - inner] === 0) throw new Error('a compact row keeps an entry behind a dropped one')
  }
}
