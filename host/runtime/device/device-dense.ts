/** A dense tensor on a device: what is asked of its elements is read back first. */
import { decodeToFloat32, type DataOf } from '../../../abi/dtype.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { asFloat16, onlyElement, requireOneElement } from '../dense-data.ts'
import { ResidentDense } from '../resident.ts'
import type { Float16ArrayLike } from '../types.ts'
import type { DeviceMemory } from './device-memory.ts'

export class DeviceDense<M extends DeviceMemory = DeviceMemory, D extends DTypeName = DTypeName> extends ResidentDense<M, D> {
  async data(): Promise<DataOf<D>> {
    const { memory, block } = this.place()
    const [data] = await memory.read([{ block, byte: 0, dtype: this.dtype, length: this.size }])
    return data as DataOf<D>
  }

  async toFloat32(): Promise<Float32Array> {
    return decodeToFloat32(this.dtype, await this.data())
  }

  async toFloat16(): Promise<Float16ArrayLike> {
    return asFloat16(this.name, this.dtype, await this.data())
  }

  async item(): Promise<number> {
    requireOneElement(this.name, this.size)
    return onlyElement(this.dtype, await this.data())
  }

  /** The same elements for a call of another instance, or of the own one; null when they are out of its reach. */
  lend(memory: DeviceMemory): DeviceDense | null {
    const { memory: own, block } = this.place()
    const lent = own.lend(block, memory)
    const { name, dtype, shape, axes } = this
    return lent === null ? null : new DeviceDense(memory, { kind: 'dense', name, dtype, shape, axes, block: lent })
  }

  stored(): never {
    throw new Error('elements on a device cannot be read at once')
  }
}
