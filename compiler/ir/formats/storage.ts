/**
 * How a tensor type is stored: which buffers, of which dtype and length. One place for the compiler; hosts read the same
 * layout from the manifest (abi/manifest.ts describes it in words).
 */
import type { DType, Format, TensorType } from '../types.ts'

export type PartLength =
  | { readonly kind: 'elements' } // one per element of the tensor
  | { readonly kind: 'kept' } // one per kept element
  | { readonly kind: 'row-words'; readonly bits: number } // u32 words of a bitmap row, padded to words of `bits`
  | { readonly kind: 'kept-words'; readonly bits: number } // u32 words of `bits` bits per kept element, padded per row
  | { readonly kind: 'offsets' } // rows + 1

export interface StoragePart {
  readonly name: string
  readonly dtype: DType
  readonly length: PartLength
}

/** Bits that say which of `m` positions of a group is kept. */
export const positionBits = (m: number): number => Math.max(1, Math.ceil(Math.log2(m)))

export function storageParts(type: TensorType): readonly StoragePart[] {
  if (type.packing === undefined) return [{ name: 'values', dtype: type.dtype, length: { kind: 'elements' } }]
  const values: StoragePart = { name: 'values', dtype: type.dtype, length: { kind: 'kept' } }
  const offsets: StoragePart = { name: 'offsets', dtype: 'u32', length: { kind: 'offsets' } }
  return [...structureParts(type.packing.format), values, ...(type.packing.exact ? [] : [offsets])]
}

function structureParts(format: Format): readonly StoragePart[] {
  switch (format.kind) {
    case 'bitmap':
      return [{ name: 'words', dtype: 'u32', length: { kind: 'row-words', bits: format.width } }]
    case 'nm':
      return [{ name: 'meta', dtype: 'u32', length: { kind: 'kept-words', bits: positionBits(format.m) } }]
    case 'indices':
      return [{ name: 'indices', dtype: 'i32', length: { kind: 'kept' } }]
  }
}
