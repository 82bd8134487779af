/** The parts of a packed tensor as arrays, and the dtypes of those that are not its values. */
import type { TensorData } from '../dtype.ts'
import type { DTypeName } from '../manifest.ts'

export interface PackedParts {
  readonly values: TensorData
  readonly words?: Uint32Array
  readonly meta?: Uint32Array
  readonly indices?: Int32Array
  readonly offsets?: Uint32Array
}

export const partDTypes: Readonly<Record<string, DTypeName>> = { words: 'u32', meta: 'u32', indices: 'i32', offsets: 'u32' }
