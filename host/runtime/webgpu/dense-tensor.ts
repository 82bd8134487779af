/** A dense tensor on a device. Implements the public `Tensor`. */
import { decodeToFloat32, type DataOf } from '../../../abi/dtype.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { asFloat16, onlyElement, requireOneElement } from '../dense-data.ts'
import { ResidentDense } from '../resident.ts'
import type { Float16ArrayLike } from '../types.ts'
import type { DeviceMemory } from './device-memory.ts'
import type { Tensor } from './types.ts'

export class DenseTensor<D extends DTypeName = DTypeName> extends ResidentDense<DeviceMemory, D> implements Tensor<D> {
  get buffer(): GPUBuffer {
    const { memory, block } = this.place()
    return memory.locate(block).buffer
  }

  get offset(): number {
    const { memory, block } = this.place()
    return memory.locate(block).byte
  }

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

  /** The same elements for a call of another instance, or of the own one; null when they are on another device. */
  lend(memory: DeviceMemory): DenseTensor<D> | null {
    const { memory: own, block } = this.place()
    const lent = lendBlock(own, block, this.bytes, memory)
    const { name, dtype, shape, axes } = this
    return lent === null ? null : new DenseTensor(memory, { kind: 'dense', name, dtype, shape, axes, block: lent })
  }

  stored(): never {
    throw new Error('elements on a device cannot be read at once')
  }
}

/** One more use of a block, as a block of `to`; null when that is on another device. */
export function lendBlock(own: DeviceMemory, block: number, bytes: number, to: DeviceMemory): number | null {
  if (own.context !== to.context) return null
  own.retain(block)
  if (own === to) return block
  const { buffer, byte } = own.locate(block)
  return to.borrow(buffer, byte, bytes, 'a tensor of another instance', () => own.release(block))
}
