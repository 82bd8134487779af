/**
 * A `tf.Tensor` as an input of a policy: which dtype it stands for, and its elements as that dtype. Everything that can be refused
 * without the elements is refused before they are read.
 */
import type { Tensor } from '@tensorflow/tfjs-core'
import { encodeData, type DTypeName, type TensorData } from '../../abi/dtype.ts'
import { entryError } from './entry-error.ts'
import type { AnyPolicy } from './types.ts'

export type InputSpec = AnyPolicy['manifest']['entries'][number]['inputs'][number]

/** What a policy takes in place of the tensor. */
export interface GivenTensor {
  readonly data: TensorData
  readonly shape: readonly number[]
  readonly dtype: DTypeName
}

/** What a tensor of each dtype can stand for, what needs no conversion first. */
const ACCEPTED: Readonly<Record<string, readonly DTypeName[]>> = {
  float32: ['f32', 'f16', 'bf16'],
  int32: ['i32', 'u32', 'u8', 'i8'],
  bool: ['bool'],
}

/** How many of a dtype's integers fit: those of int32 that are within. */
const RANGES: Readonly<Partial<Record<DTypeName, readonly [low: number, high: number]>>> = {
  u32: [0, 0x7fffffff],
  u8: [0, 255],
  i8: [-128, 127],
}

export const rangeOf = (dtype: DTypeName): readonly [low: number, high: number] | null => RANGES[dtype] ?? null

/** The dtype that a tensor is given as. Throws when the tensor cannot be this input. */
export function dtypeFor(called: string, spec: InputSpec, tensor: Tensor): DTypeName {
  if (tensor.isDisposed) throw entryError(called, `argument '${spec.name}' is a tensor that was disposed`)
  const accepted = ACCEPTED[tensor.dtype] ?? []
  const found = accepted.find((dtype) => spec.dtypes.includes(dtype))
  if (found !== undefined) return found
  const wanted = Object.keys(ACCEPTED).filter((name) => ACCEPTED[name]?.some((dtype) => spec.dtypes.includes(dtype)))
  const help = accepted.length === 0 ? 'policies have no such numbers' : `convert it with tf.cast(x, '${wanted[0] ?? 'float32'}')`
  throw entryError(
    called,
    `argument '${spec.name}' must be a ${wanted.join(' or ')} tensor, but got a ${tensor.dtype} tensor; ${help}`,
  )
}

/** The elements as the dtype; backends hand out what they have, which need not be the array of the tensor's dtype. */
export function givenTensor(
  called: string,
  name: string,
  dtype: DTypeName,
  shape: readonly number[],
  data: ArrayLike<number>,
): GivenTensor {
  const range = rangeOf(dtype)
  if (range !== null) requireRange(called, name, dtype, data, range)
  const isStored = (dtype === 'f32' && data instanceof Float32Array) || (dtype === 'i32' && data instanceof Int32Array)
  return { dtype, shape, data: isStored ? (data as Float32Array | Int32Array) : encodeData(dtype, data) }
}

function requireRange(
  called: string,
  name: string,
  dtype: DTypeName,
  data: ArrayLike<number>,
  [low, high]: readonly [number, number],
): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    if (value < low || value > high)
      throw entryError(called, `argument '${name}' must hold ${dtype} numbers, ${low} to ${high}, but element ${i} is ${value}`)
  }
}
