/**
 * What a storage format is to the compiler: which numbers it is written with, which buffers say where the kept entries of a
 * row belong, and what it demands of the mask. Lengths are data, so that the host's plan, `explain` and `choose-format` read
 * the same formula. An *entry* is what one position of a row holds: an element, or all elements of the axes inside.
 */
import type { DType, Format } from '../types.ts'

export type PartLength =
  | { readonly kind: 'elements' } // one per element of the tensor
  | { readonly kind: 'kept' } // one per kept entry
  | { readonly kind: 'kept-elements' } // one per element of a kept entry
  | { readonly kind: 'row-words'; readonly bits: number } // u32 words of a bitmap row, padded to words of `bits`
  | { readonly kind: 'kept-words'; readonly bits: number } // u32 words of `bits` bits per kept entry, padded per row
  | { readonly kind: 'offsets' } // rows + 1

export interface StoragePart {
  readonly name: string
  readonly dtype: DType
  readonly length: PartLength
}

/** What must be known of a mask before it can be packed so. */
export type Demand =
  | { readonly kind: 'anything' }
  | { readonly kind: 'exactly'; readonly n: number; readonly of: number } // of every group of the innermost packed axis
  | { readonly kind: 'constant-on'; readonly extents: readonly number[] } // innermost axes that the mask does not have
  | { readonly kind: 'first-of-row' } // nothing kept behind something dropped

export interface StorageFormat<F extends Format = Format> {
  readonly kind: F['kind']
  /** The numeric fields, in the order in which they are written. */
  readonly fields: readonly string[]
  /** How it is written, for messages. */
  readonly form: string
  /** Whether rows that all keep the same number do without offsets. */
  readonly constantRows: boolean
  /** The format with these numbers, as many as it has fields; null when they make no sense. */
  make(numbers: readonly number[]): F | null
  /** The buffers beside `values` and `offsets`. */
  structure(format: F): readonly StoragePart[]
  demands(format: F): Demand
}
