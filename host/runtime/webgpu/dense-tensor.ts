/** A dense tensor in a GPU buffer. Implements the public `Tensor`. */
import type { DTypeName } from '../../../abi/manifest.ts'
import { DeviceDense } from '../device/device-dense.ts'
import type { Tensor } from './types.ts'
import type { WebgpuMemory } from './webgpu-memory.ts'

export class DenseTensor<D extends DTypeName = DTypeName> extends DeviceDense<WebgpuMemory, D> implements Tensor<D> {
  get buffer(): GPUBuffer {
    const { memory, block } = this.place()
    return memory.locate(block).buffer
  }

  get offset(): number {
    const { memory, block } = this.place()
    return memory.locate(block).byte
  }
}
