/** Values of the reference evaluator. Everything is double precision or exact. */
import type { Rational } from '../../abi/rational.ts'
import type { Block } from './node.ts'
import type { Packing, DType } from './types.ts'

export interface TensorValue {
  readonly kind: 'tensor'
  readonly dtype: DType
  readonly axes: readonly string[]
  readonly shape: readonly number[]
  /** Row-major over `axes`; booleans are 0 and 1. */
  readonly data: Float64Array
  /** Set on a packed value: `data` is the dense decoding, `mask` says which elements are stored. */
  readonly packed?: { readonly packing: Packing; readonly mask: Uint8Array }
}

export interface ScalarValue {
  readonly kind: 'scalar'
  /** int and ratio are exact; real is a double. */
  readonly value: Rational | number | boolean
}

export type EvalValue = TensorValue | ScalarValue

export interface EvalContext {
  /** Extent of an atomic axis. */
  extent(axis: string): number
  /** Evaluates a region with its block parameters bound. */
  run(block: Block, args: readonly EvalValue[]): readonly EvalValue[]
  /** Evaluates a function of the module (for `call`). */
  call(callee: string, args: readonly EvalValue[]): readonly EvalValue[]
}
