/** The dtypes of the ABI on the host: sizes, the typed array that holds each, and conversion to and from numbers. */
import { bf16BitsToF32Bits, f16BitsToF32Bits, f32BitsToBf16Bits, f32BitsToF16Bits } from './half.ts'
import type { DTypeName } from './manifest.ts'

export type { DTypeName }

/** f16 and bf16 as their bits in a Uint16Array, bool as bytes. */
export interface DataTypes {
  readonly f32: Float32Array
  readonly f16: Uint16Array
  readonly bf16: Uint16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly bool: Uint8Array
}
export type DataOf<D extends DTypeName> = DataTypes[D]
export type TensorData = DataTypes[DTypeName]

export const dtypeNames: readonly DTypeName[] = ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool']

const sizes: Readonly<Record<DTypeName, 1 | 2 | 4>> = { f32: 4, f16: 2, bf16: 2, i32: 4, u32: 4, u8: 1, i8: 1, bool: 1 }
export const dtypeBytes = (dtype: DTypeName): 1 | 2 | 4 => sizes[dtype]

const ranges: Readonly<Partial<Record<DTypeName, readonly [low: number, high: number]>>> = {
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
  u8: [0, 255],
  i8: [-128, 127],
}

const arrays = {
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
  i8: Int8Array,
  bool: Uint8Array,
} as const

export const newData = <D extends DTypeName>(dtype: D, length: number): DataOf<D> => new arrays[dtype](length) as DataOf<D>

/** A view; `byteOffset` is a multiple of the element size. */
export const viewData = <D extends DTypeName>(dtype: D, buffer: ArrayBuffer, byteOffset: number, length: number): DataOf<D> =>
  new arrays[dtype](buffer, byteOffset, length) as DataOf<D>

/** Dtypes a typed array can stand for; a Float16Array is f16. Null when it is no typed array of the ABI. */
export function dtypesOf(data: unknown): readonly DTypeName[] | null {
  switch (Object.prototype.toString.call(data)) {
    case '[object Float32Array]':
      return ['f32']
    case '[object Float16Array]':
      return ['f16']
    case '[object Uint16Array]':
      return ['f16', 'bf16']
    case '[object Int32Array]':
      return ['i32']
    case '[object Uint32Array]':
      return ['u32']
    case '[object Int8Array]':
      return ['i8']
    case '[object Uint8Array]':
    case '[object Uint8ClampedArray]':
      return ['u8', 'bool']
    default:
      return null
  }
}

/** Numbers stored as a dtype: floats rounded to nearest even, integers truncated and saturated (NaN is 0), bool by being non-zero. */
export function encodeData<D extends DTypeName>(dtype: D, values: ArrayLike<number>): DataOf<D> {
  const out = newData(dtype, values.length)
  if (dtype === 'f16' || dtype === 'bf16') {
    const narrow = dtype === 'f16' ? f32BitsToF16Bits : f32BitsToBf16Bits
    const cell = new Float32Array(1)
    const bits = new Uint32Array(cell.buffer)
    for (let i = 0; i < values.length; i++) {
      cell[0] = values[i] ?? NaN
      out[i] = narrow(bits[0] ?? 0)
    }
    return out
  }
  const range = ranges[dtype]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    out[i] = dtype === 'bool' ? Number(value !== 0) : range === undefined ? value : Math.min(Math.max(value, range[0]), range[1])
  }
  return out
}

/** Stored elements as numbers. Exact, except that i32 and u32 beyond 2^24 round to the nearest f32. A copy. */
export function decodeToFloat32(dtype: DTypeName, data: TensorData): Float32Array {
  if (dtype !== 'f16' && dtype !== 'bf16')
    return dtype === 'bool' ? Float32Array.from(data, Number).map(truth) : Float32Array.from(data)
  const widen = dtype === 'f16' ? f16BitsToF32Bits : bf16BitsToF32Bits
  const out = new Float32Array(data.length)
  const bits = new Uint32Array(out.buffer)
  for (let i = 0; i < data.length; i++) bits[i] = widen(data[i] ?? 0)
  return out
}

/** The same without exception. */
export const decodeNumbers = (dtype: DTypeName, data: TensorData): Float64Array =>
  Float64Array.from(dtype === 'i32' || dtype === 'u32' ? data : decodeToFloat32(dtype, data))

const truth = (value: number): number => (value === 0 ? 0 : 1)

/** Sets every element of stored data to one number. */
export function fillData(dtype: DTypeName, data: TensorData, value: number): void {
  data.fill(encodeData(dtype, [value])[0] ?? 0)
}

/** The number of elements of a shape; 1 for []. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)
