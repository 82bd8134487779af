/** Inputs in device memory of the caller, which kernels read where they are. Throws ESP4903 for what they could not read. */
import { dtypeBytes, elementCount } from '../../../abi/dtype.ts'
import { describe, problem } from '../../../abi/espalier-error.ts'
import type { TensorSpec } from '../../../abi/manifest.ts'
import { saidDType } from '../device/said-dtype.ts'
import { readShape } from '../given-input.ts'
import type { CudaMemory } from './cuda-memory.ts'
import { DenseTensor } from './dense-tensor.ts'
import { outMemory } from './functions.ts'

/** The tensor at a pointer; null for what is no pointer. */
export function pointerTensor(memory: CudaMemory, spec: TensorSpec, value: unknown): DenseTensor | null {
  if (typeof value === 'bigint')
    throw problem('ESP4203', { tensor: spec.name, expected: '{ pointer, shape }', got: 'a pointer alone' })
  if (typeof value !== 'object' || value === null || !('pointer' in value)) return null
  const { name } = spec
  const { pointer, shape: given, dtype: said } = value as { pointer: unknown; shape?: unknown; dtype?: unknown }
  const dtype = saidDType(spec, said, 'a device pointer')
  const shape = readShape(name, given)
  const bytes = elementCount(shape) * dtypeBytes(dtype)
  const buffer = { pointer: usable(memory, name, pointer, bytes), size: bytes }
  const block = memory.borrow(buffer, 0, `input \`${name}\``, () => undefined)
  return new DenseTensor(memory, { kind: 'dense', name, dtype, shape, axes: shape.map(() => '*'), block })
}

/** Numbers of the driver's interface. */
const DEVICE_ORDINAL = 9

function usable(memory: CudaMemory, tensor: string, pointer: unknown, bytes: number): bigint {
  const refuse = (got: string, expected: string): Error => problem('ESP4903', { tensor, got, expected })
  if (typeof pointer !== 'bigint' || pointer < 0n || pointer >= 2n ** 64n)
    throw refuse(`is ${describe(pointer)}`, 'be an address as a bigint')
  if (bytes === 0) return pointer
  if (pointer % BigInt(memory.alignment) !== 0n)
    throw refuse(`is 0x${pointer.toString(16)}`, `be a multiple of ${memory.alignment} bytes`)
  const { context } = memory
  context.enter()
  const [base, size, ordinal] = [outMemory(), outMemory(), outMemory()]
  if (pointer === 0n || context.driver.cuMemGetAddressRange_v2(base, size, pointer) !== 0)
    throw refuse(`0x${pointer.toString(16)} is not in device memory`, 'be that of memory of the GPU of the policy')
  if (
    context.driver.cuPointerGetAttribute(ordinal, DEVICE_ORDINAL, pointer) === 0 &&
    ordinal.getInt32(0, true) !== context.device.index
  )
    throw refuse(`is on GPU ${ordinal.getInt32(0, true)}`, `be on the GPU of the policy, ${context.device.index}`)
  const left = base.getBigUint64(0, true) + size.getBigUint64(0, true) - pointer
  if (left < BigInt(bytes)) throw refuse(`has ${left} bytes of its memory behind it`, `have ${bytes} for its shape`)
  return pointer
}
