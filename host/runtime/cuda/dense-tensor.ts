/** A dense tensor in device memory. Implements the public `Tensor`. */
import type { DTypeName } from '../../../abi/manifest.ts'
import { DeviceDense } from '../device/device-dense.ts'
import type { CudaMemory } from './cuda-memory.ts'
import type { Tensor } from './types.ts'

export class DenseTensor<D extends DTypeName = DTypeName> extends DeviceDense<CudaMemory, D> implements Tensor<D> {
  get pointer(): bigint {
    const { memory, block } = this.place()
    return memory.pointer(block)
  }
}
