/**
 * A `tf.Tensor` on the device as an input of a policy there. TensorFlow.js hands out a copy, so that the tensor may be disposed of
 * once the call was made; the copy is given back with whatever else the call holds.
 */
import type { Tensor } from '@tensorflow/tfjs-core'
import { dtypeBytes, elementCount, type DTypeName } from '../../abi/dtype.ts'
import { areWithin, narrowed, type Elements } from './element-buffers.ts'
import { givenTensor, rangeOf } from './given-tensor.ts'
import type { TensorFlow } from './types.ts'

/** What a policy takes in place of the tensor. */
export interface GivenBuffer {
  readonly buffer: GPUBuffer
  readonly shape: readonly number[]
  readonly dtype: DTypeName
}

/** What to do when a call has ended. */
export type Held = (() => void)[]

interface Lending {
  readonly tensorflow: TensorFlow
  readonly called: string
  readonly name: string
  readonly device: GPUDevice
  readonly held: Held
}

/** Null when the elements are not on the device yet: small ones and new ones TensorFlow.js has in JavaScript's memory. */
export function givenBuffer(lending: Lending, dtype: DTypeName, tensor: Tensor): Promise<GivenBuffer> | null {
  const { tensorflow, device, held } = lending
  const copy = copyOnDevice(tensor)
  if (copy === null) return null
  tensorflow.keep(copy.tensorRef)
  held.push(() => copy.tensorRef.dispose())
  const elements = { buffer: copy.buffer, offset: 0, count: elementCount(tensor.shape) }
  const buffer = dtypeBytes(dtype) === 4 ? copy.buffer : narrowed(device, dtype, elements)
  if (buffer !== copy.buffer) held.push(() => buffer.destroy())
  return checked(lending, dtype, copy.tensorRef, elements).then(() => ({ buffer, shape: tensor.shape, dtype }))
}

function copyOnDevice(tensor: Tensor): { readonly tensorRef: Tensor; readonly buffer: GPUBuffer } | null {
  try {
    const { tensorRef, buffer } = tensor.dataToGPU()
    if (buffer !== undefined) return { tensorRef, buffer }
    tensorRef.dispose()
    return null
  } catch {
    // It says so by throwing; whatever else it may mean, reading the elements says it, too.
    return null
  }
}

/** Throws for a number beyond the dtype; what names it is read only then. */
async function checked({ device, called, name }: Lending, dtype: DTypeName, copy: Tensor, elements: Elements): Promise<void> {
  const range = rangeOf(dtype)
  if (range === null || (await areWithin(device, elements, ...range))) return
  givenTensor(called, name, dtype, copy.shape, await copy.data())
}
