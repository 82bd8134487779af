/** A packed tensor on a device: what is asked of its parts is read back first. */
import { decodeToFloat32, dtypeBytes, type TensorData } from '../../../abi/dtype.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { packedDense, packedMask, packedRow, rowCounts, rowOffsets, type PackedView } from '../packed-view.ts'
import { ResidentPacked, type PartBlock } from '../resident.ts'
import type { HostTensor } from '../types.ts'
import type { DeviceMemory } from './device-memory.ts'

export class DevicePacked<M extends DeviceMemory = DeviceMemory, D extends DTypeName = DTypeName> extends ResidentPacked<M, D> {
  /** Whose parts these are. */
  #lender: DevicePacked | null = null

  async parts(): Promise<Readonly<Record<string, TensorData>>> {
    const { memory, blocks } = this.place()
    const entries = Object.entries(blocks)
    const data = await memory.read(entries.map(([, { block, dtype, length }]) => ({ block, byte: 0, dtype, length })))
    return Object.fromEntries(entries.map(([name, { dtype }], i) => [name, data[i] ?? emptyOf(dtype)]))
  }

  async counts(): Promise<Uint32Array> {
    return rowCounts(await this.#view())
  }

  async offsets(): Promise<Uint32Array> {
    return rowOffsets(await this.#view())
  }

  async row(index: number): Promise<HostTensor<D>> {
    return packedRow(await this.#view(), index)
  }

  async dense(): Promise<HostTensor<D>> {
    return packedDense(await this.#view())
  }

  async mask(): Promise<Uint8Array> {
    return packedMask(await this.#view())
  }

  async toFloat32(): Promise<Float32Array> {
    return decodeToFloat32(this.dtype, (await this.dense()).data)
  }

  /** The same parts for a call of another instance, or of the own one; null when they are out of its reach. */
  lend(memory: DeviceMemory): DevicePacked | null {
    const { memory: own, blocks } = this.place()
    if (!own.shares(memory)) return null
    const lent: Record<string, PartBlock> = {}
    for (const [name, part] of Object.entries(blocks)) {
      const block = own.lend(part.block, memory)
      if (block !== null) lent[name] = { ...part, block }
    }
    const { name, dtype, shape, axes, packing, layout } = this
    const tensor = new DevicePacked(memory, { kind: 'packed', name, dtype, shape, axes, packing, layout, blocks: lent })
    tensor.#lender = this
    return tensor
  }

  protected override makeOffsets(memory: M): PartBlock {
    if (this.#lender === null) return super.makeOffsets(memory)
    const part = this.#lender.equalOffsets()
    const block = this.#lender.place().memory.lend(part.block, memory)
    if (block === null) return super.makeOffsets(memory)
    this.holdToo(block)
    return { ...part, block }
  }

  storedParts(): never {
    throw new Error('parts on a device cannot be read at once')
  }

  async #view(): Promise<PackedView<D>> {
    const { name, dtype, shape, size, layout, keptPerRow } = this
    return { name, dtype, shape, size, layout, keptPerRow, parts: await this.parts() }
  }
}

const emptyOf = (dtype: DTypeName): TensorData => (dtypeBytes(dtype) === 4 ? new Uint32Array(0) : new Uint8Array(0))
