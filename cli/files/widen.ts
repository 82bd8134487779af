/**
 * Dtypes that files have and the language has not: read by conversion to the nearest one that it has. f64 is rounded to
 * f32, 16-bit integers are widened, 64-bit ones narrowed when every value fits.
 */
import type { DTypeName } from '../../abi/manifest.ts'
import { refuse } from '../refusal.ts'
import { tensorData, type TensorData } from './tensor.ts'

/** How elements are stored in a file, little-endian. */
export type StoredDType = DTypeName | 'f64' | 'i16' | 'u16' | 'i64' | 'u64'

export const storedBytes: Readonly<Record<StoredDType, number>> = {
  ...{ f32: 4, f16: 2, bf16: 2, i32: 4, u32: 4, u8: 1, i8: 1, bool: 1 },
  ...{ f64: 8, i16: 2, u16: 2, i64: 8, u64: 8 },
}

export function readAs(stored: StoredDType): DTypeName {
  switch (stored) {
    case 'f64':
      return 'f32'
    case 'i16':
    case 'i64':
      return 'i32'
    case 'u16':
    case 'u64':
      return 'u32'
    default:
      return stored
  }
}

/** Converts the bytes of a whole tensor; `path` and `tensor` are for the message when a value does not fit. */
export function widen(stored: StoredDType, bytes: Uint8Array, path: string, tensor: string): TensorData {
  const { buffer, byteOffset } = bytes
  const length = bytes.byteLength / storedBytes[stored]
  switch (stored) {
    case 'f64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, length))
    case 'i16':
      return Int32Array.from(new Int16Array(buffer, byteOffset, length))
    case 'u16':
      return Uint32Array.from(new Uint16Array(buffer, byteOffset, length))
    case 'i64':
      return narrow(new BigInt64Array(buffer, byteOffset, length), new Int32Array(length), 'i32', path, tensor)
    case 'u64':
      return narrow(new BigUint64Array(buffer, byteOffset, length), new Uint32Array(length), 'u32', path, tensor)
    case 'bool':
      return bytes.map((byte) => (byte === 0 ? 0 : 1))
    default:
      return tensorData(stored, bytes, storedBytes[stored])
  }
}

function narrow<T extends Int32Array | Uint32Array>(
  values: BigInt64Array | BigUint64Array,
  into: T,
  dtype: string,
  path: string,
  tensor: string,
): T {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    into[i] = Number(value)
    if (BigInt(into[i]!) !== value) refuse('ESP5207', { path, tensor, index: i, value: String(value), dtype })
  }
  return into
}

/** Reverses the bytes of every element in place: big-endian files. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}
