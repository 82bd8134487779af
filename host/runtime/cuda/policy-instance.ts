/** One instance of a policy on a GPU. Implements the public `Policy`. */
import type { DTypeName, TensorSpec } from '../../../abi/manifest.ts'
import { DeviceInstance } from '../device/device-instance.ts'
import type { TensorFields } from '../resident.ts'
import type { DataInput } from '../types.ts'
import type { CudaMemory } from './cuda-memory.ts'
import { DenseTensor } from './dense-tensor.ts'
import { pointerTensor } from './given-pointers.ts'
import { CudaPacked } from './packed-tensor.ts'
import type { CudaDevice, Policy, Tensor } from './types.ts'

export class PolicyInstance extends DeviceInstance<CudaMemory, DenseTensor, CudaPacked> implements Policy {
  get device(): CudaDevice {
    return this.own.context.device
  }

  get stream(): bigint {
    return this.own.stream
  }

  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D> {
    return new DenseTensor(this.own, this.placed(dtype, shape, data))
  }

  finished(): Promise<void> {
    return this.own.idle()
  }

  protected tensorOf(fields: TensorFields): DenseTensor | CudaPacked {
    return fields.kind === 'dense' ? new DenseTensor(this.own, fields) : new CudaPacked(this.own, fields)
  }

  protected given(spec: TensorSpec, value: unknown): DenseTensor | null {
    return pointerTensor(this.own, spec, value)
  }

  protected explained(error: unknown): unknown {
    return error
  }
}
