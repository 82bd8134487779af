/**
 * Dense results of a call as tensors of TensorFlow.js. Reading copies, because memory of a policy may move; registering puts the
 * tensors into the scope that is open, all of them or none, and gives back the memory that the results had in the policy.
 */
import type { Tensor } from '@tensorflow/tfjs-core'
import { decodeToFloat32, type DTypeName, type TensorData } from '../../abi/dtype.ts'
import { entryError } from './entry-error.ts'
import type { ResultDTypes, TensorFlow } from './types.ts'

/** What is used of a result. Elements that are not in JavaScript's memory are asked for and promised. */
interface PolicyResult {
  readonly kind: 'dense' | 'packed'
  readonly dtype: DTypeName
  readonly shape: readonly number[]
  readonly data: TensorData | (() => PromiseLike<TensorData>)
  release(): void
}
export type PolicyResults = Readonly<Record<string, PolicyResult>>

interface ReadResult {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: ResultDTypes[DTypeName]
  readonly values: Float32Array | Int32Array | Uint8Array
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

export function releaseAll(results: PolicyResults): void {
  for (const result of Object.values(results)) result.release()
}

export const denseOf = (results: PolicyResults): readonly (readonly [string, PolicyResult])[] =>
  Object.entries(results).filter(([, result]) => result.kind === 'dense')

/** The results with tensors for the dense ones; packed ones are what they were. */
export function registered(
  tensorflow: TensorFlow,
  results: PolicyResults,
  dense: readonly ReadResult[],
): Readonly<Record<string, unknown>> {
  // Inside a scope of their own, the tensors before one that fails are disposed of.
  const tensors = tensorflow.tidy(() =>
    dense.map(({ values, shape, dtype }): Tensor => tensorflow.tensor(values, [...shape], dtype)),
  )
  for (const [, result] of denseOf(results)) result.release()
  return { ...results, ...Object.fromEntries(dense.map(({ name }, i) => [name, tensors[i]])) }
}

/** A copy of a dense result as TensorFlow.js holds its dtype: halves widened, small integers as int32, bool as 0 and 1. */
export function readResult(called: string, name: string, { dtype, shape }: PolicyResult, data: TensorData): ReadResult {
  if (dtype === 'bool') return { name, shape, dtype: 'bool', values: Uint8Array.from(data, (value) => Number(value !== 0)) }
  if (dtype === 'f32' || dtype === 'f16' || dtype === 'bf16')
    return { name, shape, dtype: 'float32', values: decodeToFloat32(dtype, data) }
  const beyond = dtype === 'u32' ? data.findIndex((value) => value > 0x7fffffff) : -1
  if (beyond >= 0)
    throw entryError(called, `element ${beyond} of result '${name}' is ${data[beyond]}, more than an int32 tensor can hold`)
  return { name, shape, dtype: 'int32', values: Int32Array.from(data) }
}
