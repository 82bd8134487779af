/** `dense`: a plain tensor, one value per element. In types it is the absence of a packing. */
import type { DType } from '../types.ts'
import type { StoragePart } from './format.ts'

export const densePart = (dtype: DType): StoragePart => ({ name: 'values', dtype, length: { kind: 'elements' } })
