/** What every tensor file format offers: names, dtypes and shapes from the headers, data on request. */
import type { DTypeName } from '../../abi/manifest.ts'
import { elementCount, type TensorData } from './tensor.ts'
import type { StoredDType } from './widen.ts'

/** A tensor that is still in its file. */
export interface StoredTensor {
  readonly dtype: DTypeName
  /** What the file has; differs from `dtype` when reading converts. */
  readonly stored: StoredDType
  readonly shape: readonly number[]
  /** The part that `leading` indices of the first axes select; in range, checked by `readTensor`. */
  read(leading: readonly number[]): TensorData
}

export interface TensorFile {
  readonly path: string
  readonly names: readonly string[]
  readonly metadata: ReadonlyMap<string, string>
  tensor(name: string): StoredTensor | null
  close(): void
}

/** Elements that leading indices select: they are contiguous in row-major order. */
export function leadingRange(leading: readonly number[], shape: readonly number[]): { offset: number; length: number } {
  const length = elementCount(shape.slice(leading.length))
  const offset = leading.reduce((sum, index, axis) => sum + index * elementCount(shape.slice(axis + 1)), 0)
  return { offset, length }
}
