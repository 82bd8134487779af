/** A packed tensor in device memory. Implements the public `PackedTensor`. */
import type { DTypeName } from '../../../abi/manifest.ts'
import { DevicePacked } from '../device/device-packed.ts'
import type { CudaMemory } from './cuda-memory.ts'
import type { PackedTensor, PointerTensor } from './types.ts'

export class CudaPacked<D extends DTypeName = DTypeName> extends DevicePacked<CudaMemory, D> implements PackedTensor<D> {
  get pointers(): Readonly<Record<string, PointerTensor>> {
    const { memory, blocks } = this.place()
    return Object.fromEntries(
      Object.entries(blocks).map(([name, { dtype, block, length }]) => [
        name,
        { pointer: memory.pointer(block), dtype, shape: [length] },
      ]),
    )
  }
}
