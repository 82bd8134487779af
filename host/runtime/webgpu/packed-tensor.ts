/** A packed tensor in GPU buffers. Implements the public `PackedTensor`. */
import type { DTypeName } from '../../../abi/manifest.ts'
import { DevicePacked } from '../device/device-packed.ts'
import type { BufferTensor, PackedTensor } from './types.ts'
import type { WebgpuMemory } from './webgpu-memory.ts'

export class WebgpuPacked<D extends DTypeName = DTypeName> extends DevicePacked<WebgpuMemory, D> implements PackedTensor<D> {
  get buffers(): Readonly<Record<string, BufferTensor>> {
    const { memory, blocks } = this.place()
    return Object.fromEntries(
      Object.entries(blocks).map(([name, { dtype, block, length }]) => {
        const { buffer, byte } = memory.locate(block)
        return [name, { buffer, offset: byte, dtype, shape: [length] }]
      }),
    )
  }
}
