/** Between tensors in storage form and the doubles of the reference evaluator. */
import type { DeclaredAxis } from '../abi/axes.ts'
import { encodeData, newData, type TensorData } from '../abi/dtype.ts'
import type { Binding } from '../abi/extents.ts'
import { bf16BitsToF32Bits, f16BitsToF32Bits } from '../abi/half.ts'
import type { DTypeName } from '../abi/manifest.ts'
import type { PackedParts } from '../abi/formats/packed-parts.ts'
import { decodeMask, decodePacked, entryLength, rowCount } from '../abi/packed.ts'
import type { EvalValue, TensorValue } from '../compiler/ir/eval-value.ts'
import type { FuncParam } from '../compiler/ir/node.ts'
import type { Packing, TensorType } from '../compiler/ir/types.ts'
import { elementCount } from './files/tensor.ts'
import { packParts } from './pack-parts.ts'
import type { RunTensor } from './runner.ts'

/** Elements, and for a packed tensor which of them are stored. */
export interface Values {
  readonly data: Float64Array
  readonly mask: Uint8Array | null
}

export function valuesOf(tensor: RunTensor): Values {
  if (tensor.kind === 'dense') return { data: numbersOf(tensor.dtype, tensor.data), mask: null }
  const parts = tensor.parts as unknown as PackedParts
  const decoded = newData(tensor.dtype, elementCount(tensor.shape))
  decodePacked(tensor.layout, parts, decoded)
  return { data: numbersOf(tensor.dtype, decoded), mask: decodeMask(tensor.layout, parts) }
}

/** Exact for every dtype. */
export function numbersOf(dtype: DTypeName, data: TensorData): Float64Array {
  if (dtype === 'bool') return Float64Array.from(data as Uint8Array, (byte) => (byte === 0 ? 0 : 1))
  if (dtype !== 'f16' && dtype !== 'bf16') return Float64Array.from(data)
  const widen = dtype === 'f16' ? f16BitsToF32Bits : bf16BitsToF32Bits
  const floats = new Float32Array(1)
  const bits = new Uint32Array(floats.buffer)
  const out = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) {
    bits[0] = widen(data[i]!)
    out[i] = floats[0]!
  }
  return out
}

/** The elements of one leading index; inputs without leading axes are shared, and of an empty leading axis there are zeros. */
export function sliceOf(whole: Values, { mapped, leading, extents }: Binding, index: number, param: FuncParam): Values {
  if (!mapped.has(param.name)) return whole
  const size = (param.type as TensorType).axes.reduce((product, axis) => product * (extents.get(axis) ?? 0), 1)
  if (elementCount(leading) === 0)
    return { data: new Float64Array(size), mask: whole.mask === null ? null : new Uint8Array(size) }
  const [start, end] = [index * size, (index + 1) * size]
  return { data: whole.data.subarray(start, end), mask: whole.mask?.subarray(start, end) ?? null }
}

export function tensorValueOf(param: FuncParam, { data, mask }: Values, extents: ReadonlyMap<string, number>): TensorValue {
  const { dtype, axes, packing } = param.type as TensorType
  const shape = axes.map((axis) => extents.get(axis) ?? 0)
  const base = { kind: 'tensor' as const, dtype, axes, shape, data }
  return packing === undefined || mask === null ? base : { ...base, packed: { packing, mask } }
}

/** A scalar result is a tensor without axes. */
export function asTensorValue(value: EvalValue | undefined): TensorValue {
  if (value?.kind === 'tensor') return value
  const number = value === undefined || typeof value.value === 'object' ? NaN : Number(value.value)
  return { kind: 'tensor', dtype: 'f32', axes: [], shape: [], data: Float64Array.of(number) }
}

/** The results of one output for all leading indices, at least one of them, under its declared axes; `packing` is how to lay it out. */
export function joined(
  axes: readonly DeclaredAxis[],
  values: readonly TensorValue[],
  leading: readonly number[],
  packing?: Packing,
): RunTensor {
  const first = values[0]!
  const count = elementCount(leading)
  const data = new Float64Array(first.data.length * count)
  const mask = new Uint8Array(first.packed === undefined ? 0 : data.length)
  values.slice(0, count).forEach((value, i) => {
    data.set(value.data, i * first.data.length)
    if (value.packed !== undefined) mask.set(value.packed.mask, i * first.data.length)
  })
  const extents = new Map(first.axes.map((axis, i) => [axis, first.shape[i] ?? 0]))
  const shape = [...leading, ...axes.map(({ atoms }) => atoms.reduce((product, atom) => product * (extents.get(atom) ?? 0), 1))]
  const stored = encodeData(first.dtype, data)
  if (first.packed === undefined) return { kind: 'dense', dtype: first.dtype, shape, data: stored }
  return packedTensor(first, packing ?? first.packed.packing, { shape, data: stored, mask, leading })
}

interface PackedContent {
  readonly shape: readonly number[]
  readonly data: TensorData
  readonly mask: Uint8Array
  readonly leading: readonly number[]
}

function packedTensor(value: TensorValue, packing: Packing, { shape, data, mask, leading }: PackedContent): RunTensor {
  const { format, exact, over, inside } = packing
  const among = (axes: readonly string[]): boolean[] => [
    ...leading.map(() => false),
    ...value.axes.map((axis) => axes.includes(axis)),
  ]
  const dims = [...leading, ...value.shape]
  const layout = { format, exact, dims, over: among(over), ...(inside && { inside: among(inside) }) }
  const parts = packParts(value.dtype, data, mask, layout)
  const perRow = rowCount(layout) * entryLength(layout)
  const keptPerRow = exact ? (perRow === 0 ? 0 : parts['values']!.length / perRow) : null
  const spec = { format, over, ...(inside && { inside }), exact }
  return { kind: 'packed', dtype: value.dtype, shape, packing: spec, layout, parts, keptPerRow }
}
