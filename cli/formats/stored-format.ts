/**
 * What a storage format is to the command line: how rows are laid out in it - written from the description of the ABI, apart
 * from the kernels that do the same - and what can be wrong with a file that claims to hold it.
 */
import type { TensorData } from '../../abi/dtype.ts'
import type { FormatSpec } from '../../abi/manifest.ts'

/** Positions kept in each row, ascending. */
export type Rows = readonly (readonly number[])[]

/** The rows of a tensor from a file. Their sizes and offsets are known to be right, nothing else is. */
export interface ClaimedRows<F extends FormatSpec = FormatSpec> {
  readonly format: F
  readonly parts: Readonly<Record<string, TensorData>>
  /** Positions of a row. */
  readonly length: number
  readonly rows: number
  /** Kept entries of all rows, and of each. A file may claim billions of rows that keep nothing: `countOf` is all there is of them. */
  readonly kept: number
  readonly countOf: (row: number) => number
}

export interface StoredFormat<F extends FormatSpec = FormatSpec> {
  /** The parts beside `values` and `offsets`. */
  encode(rows: Rows, format: F, length: number): Readonly<Record<string, TensorData>>
  /** What does not fit, as a clause; null when every stored entry has a place of its own. */
  problem(rows: ClaimedRows<F>): string | null
}
