/**
 * A tensor outside the compiler: what tensor files give and take. `data` is row-major; f16 and bf16 are their bits
 * (Uint16Array), bool is one byte per element (0 or 1).
 */
import type { DTypeName } from '../../abi/manifest.ts'

export type TensorData = Float32Array | Uint16Array | Int32Array | Uint32Array | Uint8Array | Int8Array

export interface FileTensor {
  readonly dtype: DTypeName
  readonly shape: readonly number[]
  readonly data: TensorData
}

export const bytesPerElement: Readonly<Record<DTypeName, number>> = { f32: 4, f16: 2, bf16: 2, i32: 4, u32: 4, u8: 1, i8: 1, bool: 1 }

/** Views bytes as elements. The bytes must be aligned to the element size: readers hand out fresh, zero-offset arrays. */
export function tensorData(dtype: DTypeName, bytes: Uint8Array): TensorData {
  const { buffer, byteOffset } = bytes
  const length = bytes.byteLength / bytesPerElement[dtype]
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, length)
    case 'f16':
    case 'bf16':
      return new Uint16Array(buffer, byteOffset, length)
    case 'i32':
      return new Int32Array(buffer, byteOffset, length)
    case 'u32':
      return new Uint32Array(buffer, byteOffset, length)
    case 'i8':
      return new Int8Array(buffer, byteOffset, length)
    case 'u8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, length)
  }
}

export const tensorBytes = ({ data }: FileTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Number of elements; Infinity when the product is not an exact integer. */
export function elementCount(shape: readonly number[]): number {
  if (shape.includes(0)) return 0
  let count = 1
  for (const extent of shape) {
    count *= extent
    if (!Number.isSafeInteger(count)) return Infinity
  }
  return count
}

export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`
