/**
 * Dense results of a call as tensors of TensorFlow.js. Reading copies, because memory of a policy may move; so does taking over what
 * is on the device of both, there. Registering puts the tensors into the scope that is open, all of them or none, and gives back the
 * memory that the results had in the policy.
 */
import type { Tensor } from '@tensorflow/tfjs-core'
import { decodeToFloat32, dtypeBytes, elementCount, type DTypeName, type TensorData } from '../../abi/dtype.ts'
import { areWithin, widened, type Elements } from './element-buffers.ts'
import { entryError } from './entry-error.ts'
import type { ResultDTypes, TensorFlow } from './types.ts'

/** What is used of a result. Elements that are not in JavaScript's memory are asked for and promised; `buffer` may say where they are. */
export interface PolicyResult {
  readonly kind: 'dense' | 'packed'
  readonly dtype: DTypeName
  readonly shape: readonly number[]
  readonly data: TensorData | (() => PromiseLike<TensorData>)
  readonly buffer?: unknown
  readonly offset?: number
  release(): void
}
export type PolicyResults = Readonly<Record<string, PolicyResult>>

/** A dense result that only has to be registered. */
export interface ReadyResult {
  readonly name: string
  makeTensor(tensorflow: TensorFlow): Tensor
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
  dense: readonly ReadyResult[],
): Readonly<Record<string, unknown>> {
  // Inside a scope of their own, the tensors before one that fails are disposed of.
  const tensors = tensorflow.tidy(() => dense.map((result): Tensor => result.makeTensor(tensorflow)))
  for (const [, result] of denseOf(results)) result.release()
  return { ...results, ...Object.fromEntries(dense.map(({ name }, i) => [name, tensors[i]])) }
}

/** A copy of a dense result as TensorFlow.js holds its dtype: halves widened, small integers as int32, bool as 0 and 1. */
export function readResult(called: string, name: string, { dtype, shape }: PolicyResult, data: TensorData): ReadyResult {
  const ready = (values: Float32Array | Int32Array | Uint8Array): ReadyResult => ({
    name,
    makeTensor: (tensorflow) => tensorflow.tensor(values, [...shape], TENSOR_DTYPES[dtype]),
  })
  if (dtype === 'bool') return ready(Uint8Array.from(data, (value) => Number(value !== 0)))
  if (TENSOR_DTYPES[dtype] === 'float32') return ready(decodeToFloat32(dtype, data))
  const beyond = dtype === 'u32' ? data.findIndex((value) => value > MOST) : -1
  if (beyond >= 0)
    throw entryError(called, `element ${beyond} of result '${name}' is ${data[beyond]}, more than an int32 tensor can hold`)
  return ready(Int32Array.from(data))
}

/** Whether TensorFlow.js can hold the result where it is; null for what is not in a buffer. */
export async function fitsOnDevice(device: GPUDevice, result: PolicyResult): Promise<boolean> {
  const elements = elementsOf(result)
  if (elements === null) return false
  return result.dtype !== 'u32' || elements.count === 0 || areWithin(device, elements, 0, MOST)
}

/** A dense result that stays on the device. TensorFlow.js copies it into a buffer of its own. */
export function takenOver(device: GPUDevice, name: string, result: PolicyResult): ReadyResult {
  const { dtype, shape } = result
  return {
    name,
    makeTensor: (tensorflow) => {
      const elements = elementsOf(result)
      if (elements === null || elements.count === 0) return tensorflow.tensor([], [...shape], TENSOR_DTYPES[dtype])
      const { buffer, offset, count } = elements
      const isExact = dtypeBytes(dtype) === 4 && offset === 0 && buffer.size === 4 * count
      const words = isExact ? buffer : widened(device, dtype, elements)
      try {
        const stored = TENSOR_DTYPES[dtype] === 'float32' ? 'float32' : 'int32'
        const tensor = tensorflow.tensor({ buffer: words }, [...shape], stored)
        return dtype === 'bool' ? tensorflow.cast(tensor, 'bool') : tensor
      } finally {
        if (!isExact) words.destroy()
      }
    },
  }
}

/** The largest number of an int32 tensor. */
const MOST = 0x7fffffff

const TENSOR_DTYPES: ResultDTypes = {
  ...{ f32: 'float32', f16: 'float32', bf16: 'float32', bool: 'bool' },
  ...{ i32: 'int32', u32: 'int32', u8: 'int32', i8: 'int32' },
}

function elementsOf({ buffer, offset, shape }: PolicyResult): Elements | null {
  if (typeof buffer !== 'object' || buffer === null || offset === undefined) return null
  return { buffer: buffer as GPUBuffer, offset, count: elementCount(shape) }
}
