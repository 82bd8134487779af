/** Inputs in GPU buffers of the caller, which kernels read where they are. */
import { dtypeBytes, elementCount } from '../../../abi/dtype.ts'
import { describe, problem } from '../../../abi/espalier-error.ts'
import type { TensorSpec } from '../../../abi/manifest.ts'
import { saidDType } from '../device/said-dtype.ts'
import { readShape } from '../given-input.ts'
import { DenseTensor } from './dense-tensor.ts'
import type { BufferTensor } from './types.ts'
import type { WebgpuMemory } from './webgpu-memory.ts'
import { STORAGE } from './webgpu-flags.ts'

/** The tensor in a buffer; null for what is no buffer. */
export function bufferTensor(memory: WebgpuMemory, spec: TensorSpec, value: unknown): DenseTensor | null {
  if (!isBufferTensor(value)) return null
  const { name } = spec
  if (isBuffer(value) || value.shape === undefined)
    throw problem('ESP4203', { tensor: name, expected: '{ buffer, shape }', got: 'a GPUBuffer without a shape' })
  const { buffer, offset = 0 } = value
  const dtype = saidDType(spec, value.dtype, 'GPUBuffer')
  const shape = readShape(name, value.shape)
  const bytes = elementCount(shape) * dtypeBytes(dtype)
  requireUsable(name, buffer, offset, bytes)
  const block = memory.borrow(buffer, offset, `input \`${name}\``, () => undefined)
  return new DenseTensor(memory, { kind: 'dense', name, dtype, shape, axes: shape.map(() => '*'), block })
}

const isBuffer = (value: unknown): value is GPUBuffer =>
  typeof value === 'object' && value !== null && 'usage' in value && 'size' in value && 'mapAsync' in value

function isBufferTensor(value: unknown): value is BufferTensor & { readonly buffer: GPUBuffer } {
  if (isBuffer(value)) return true
  return typeof value === 'object' && value !== null && 'buffer' in value && isBuffer(value.buffer) && !('data' in value)
}

/** Throws ESP4803 for what can be known of a buffer before it is used. */
function requireUsable(tensor: string, buffer: GPUBuffer, offset: number, bytes: number): void {
  const refuse = (got: string, expected: string): never => {
    throw problem('ESP4803', { tensor, got, expected })
  }
  if ((buffer.usage & STORAGE) === 0)
    refuse(`was created with usage 0x${buffer.usage.toString(16)}`, 'have been created with GPUBufferUsage.STORAGE')
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % 4 !== 0)
    refuse(`is to be read from byte ${describe(offset)}`, 'be read from a multiple of 4 bytes')
  const words = Math.ceil(bytes / 4) * 4
  const needed = words === bytes ? `${bytes}` : `${words} (${bytes} in whole words)`
  if (offset + words > buffer.size)
    refuse(
      `has ${buffer.size} bytes${offset === 0 ? '' : `, of which ${Math.max(0, buffer.size - offset)} lie behind byte ${offset}`}`,
      `have ${needed} bytes for its shape`,
    )
  if (buffer.mapState !== 'unmapped') refuse(`is ${buffer.mapState === 'mapped' ? 'mapped' : 'being mapped'}`, 'be unmapped')
}
