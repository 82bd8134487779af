/**
 * What a storage format is to a host: the parts it has beside `values` and `offsets`, how long they are, and where the kept
 * entries of a row belong.
 */
import type { FormatSpec } from '../manifest.ts'
import type { PackedParts } from './packed-parts.ts'

/** A stored row, its entries numbered from `first` up to `end`. */
export interface RowOf<F extends FormatSpec = FormatSpec> {
  readonly format: F
  readonly parts: PackedParts
  readonly row: number
  readonly first: number
  readonly end: number
  /** Positions of the row. */
  readonly length: number
}

export interface PartSizes<F extends FormatSpec = FormatSpec> {
  readonly format: F
  readonly rows: number
  readonly length: number
  /** Kept entries of every row, when all rows keep the same number; 0 otherwise. */
  readonly perRow: number
  /** Kept entries of all rows. */
  readonly kept: number
}

/** Called with the number of a kept entry and its position in the row. */
export type Place = (entry: number, position: number) => void

export interface HostFormat<F extends FormatSpec = FormatSpec> {
  /** The numeric fields, in the order in which they are written. */
  readonly fields: readonly string[]
  /** The parts beside `values` and `offsets`. */
  readonly parts: readonly string[]
  /** Those of them that have one element per kept entry, in the order of the entries. */
  readonly perEntry: readonly string[]
  /** Elements of a part of the format. */
  partLength(part: string, sizes: PartSizes<F>): number
  eachEntry(row: RowOf<F>, place: Place): void
}
