/**
 * A tensor outside the compiler: what tensor files give and take. `data` is row-major; f16 and bf16 are their bits
 * (Uint16Array), bool is one byte per element (0 or 1).
 */
import { viewData, type TensorData } from '../../abi/dtype.ts'
import type { DTypeName } from '../../abi/manifest.ts'

export type { TensorData }

export interface FileTensor {
  readonly dtype: DTypeName
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** Views bytes as elements. The bytes must be aligned to the element size: readers hand out fresh, zero-offset arrays. */
export function tensorData(dtype: DTypeName, bytes: Uint8Array, width: number): TensorData {
  return viewData(dtype, bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / width)
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
