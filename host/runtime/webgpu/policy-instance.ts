/** One instance of a policy on a WebGPU device. Implements the public `Policy`. */
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName, Manifest, TensorSpec } from '../../../abi/manifest.ts'
import { DeviceInstance, type Call, type InstanceFacts } from '../device/device-instance.ts'
import type { TensorFields } from '../resident.ts'
import type { DataInput } from '../types.ts'
import { blamedBuffer } from './blamed-buffer.ts'
import { DenseTensor } from './dense-tensor.ts'
import { bufferTensor } from './given-buffers.ts'
import type { GridLauncher } from './grid-launcher.ts'
import { WebgpuPacked } from './packed-tensor.ts'
import type { Policy, Tensor } from './types.ts'
import { RefusedWork, type WebgpuMemory } from './webgpu-memory.ts'

export interface WebgpuFacts extends InstanceFacts {
  readonly ownsDevice: boolean
}

export class PolicyInstance extends DeviceInstance<WebgpuMemory, DenseTensor, WebgpuPacked> implements Policy {
  readonly #ownsDevice: boolean

  constructor(manifest: Manifest, memory: WebgpuMemory, launcher: GridLauncher, facts: WebgpuFacts) {
    super(manifest, memory, launcher, facts)
    this.#ownsDevice = facts.ownsDevice
  }

  get device(): GPUDevice {
    return this.own.context.device
  }

  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D> {
    return new DenseTensor(this.own, this.placed(dtype, shape, data))
  }

  override release(): void {
    const wasAlive = this.own.alive
    super.release()
    if (wasAlive && this.#ownsDevice) this.device.destroy()
  }

  protected tensorOf(fields: TensorFields): DenseTensor | WebgpuPacked {
    return fields.kind === 'dense' ? new DenseTensor(this.own, fields) : new WebgpuPacked(this.own, fields)
  }

  protected given(spec: TensorSpec, value: unknown): DenseTensor | null {
    return bufferTensor(this.own, spec, value)
  }

  protected async explained(error: unknown, { entry, inputs }: Call): Promise<unknown> {
    if (!(error instanceof RefusedWork)) return error
    const lent = [...inputs.given].map(([name, tensor]) => ({ name, buffer: (tensor as DenseTensor).buffer }))
    return (await blamedBuffer(this.own, lent)) ?? problem('ESP4807', { kernel: entry, place: '', reason: error.message })
  }
}
