/**
 * Work that must look into memory now and then. It yields what it has to know and is resumed with the answers, so that the same
 * work runs at once where memory can be read at once, and waits where it cannot.
 */
import type { DataOf, TensorData } from '../../abi/dtype.ts'
import type { DTypeName } from '../../abi/manifest.ts'

export interface ReadRequest {
  readonly block: number
  readonly byte: number
  readonly dtype: DTypeName
  readonly length: number
}

/** Each answer is valid until the next request. */
export type Reading<T> = Generator<readonly ReadRequest[], T, readonly TensorData[]>

export function* read<D extends DTypeName>(block: number, dtype: D, length: number): Reading<DataOf<D>> {
  const [data] = yield [{ block, byte: 0, dtype, length }]
  return data as DataOf<D>
}

/** Nothing is read, but everything that was done so far has succeeded when this returns. */
export function* settled(): Reading<void> {
  yield []
}
