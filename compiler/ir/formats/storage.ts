/**
 * How a tensor type is stored: which buffers, of which dtype and length. One place for the compiler; hosts read the same
 * layout from the manifest (abi/manifest.ts describes it in words).
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { DType, Packing, TensorType } from '../types.ts'
import { densePart } from './dense.ts'
import type { PartLength, StoragePart } from './format.ts'
import { formats } from './formats.ts'

export function storageParts(type: TensorType): readonly StoragePart[] {
  return type.packing === undefined ? [densePart(type.dtype)] : packedParts(type.packing, type.dtype)
}

function packedParts(packing: Pick<Packing, 'format' | 'exact'>, dtype: DType): readonly StoragePart[] {
  const values: StoragePart = { name: 'values', dtype, length: { kind: 'kept-elements' } }
  const offsets: StoragePart = { name: 'offsets', dtype: 'u32', length: { kind: 'offsets' } }
  return [...formats[packing.format.kind].structure(packing.format), values, ...(packing.exact ? [] : [offsets])]
}

/** Sizes of a packed tensor as numbers. */
export interface StoredSizes {
  readonly rows: number
  /** Positions of a row. */
  readonly length: number
  /** Kept entries of a row; the mean when rows differ. */
  readonly kept: number
  /** Elements of an entry. */
  readonly entry: number
}

/** Bytes of all parts; null stands for the dense tensor. */
export function storageBytes(packing: Pick<Packing, 'format' | 'exact'> | null, dtype: DType, sizes: StoredSizes): number {
  const parts = packing === null ? [densePart(dtype)] : packedParts(packing, dtype)
  return parts.reduce((sum, part) => sum + partElements(part.length, sizes) * dtypeBytes(part.dtype), 0)
}

function partElements(length: PartLength, { rows, length: positions, kept, entry }: StoredSizes): number {
  switch (length.kind) {
    case 'elements':
      return rows * positions * entry
    case 'kept':
      return rows * kept
    case 'kept-elements':
      return rows * kept * entry
    case 'row-words':
      return rows * Math.ceil(positions / length.bits) * (length.bits / 32)
    case 'kept-words':
      return rows * Math.ceil((kept * length.bits) / 32)
    case 'offsets':
      return rows + 1
  }
}
