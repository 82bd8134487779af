/** A packed tensor in WebAssembly memory. Implements the public `PackedTensor`. */
import { decodeToFloat32, type TensorData } from '../../../abi/dtype.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { packedDense, packedMask, packedRow, rowCounts, rowOffsets } from '../packed-view.ts'
import { ResidentPacked } from '../resident.ts'
import type { HostTensor } from '../types.ts'
import type { PackedTensor } from './types.ts'
import type { WasmMemory } from './wasm-memory.ts'

export class WasmPacked<D extends DTypeName = DTypeName> extends ResidentPacked<WasmMemory, D> implements PackedTensor<D> {
  get parts(): Readonly<Record<string, TensorData>> {
    const { memory, blocks } = this.place()
    return Object.fromEntries(
      Object.entries(blocks).map(([name, { dtype, block, length }]) => [name, memory.view(dtype, block, length)]),
    )
  }

  get offsets(): Uint32Array {
    return rowOffsets(this.#view())
  }

  get counts(): Uint32Array {
    return rowCounts(this.#view())
  }

  row(index: number): HostTensor<D> {
    return packedRow(this.#view(), index)
  }

  dense(): HostTensor<D> {
    return packedDense(this.#view())
  }

  mask(): Uint8Array {
    return packedMask(this.#view())
  }

  toFloat32(): Float32Array {
    return decodeToFloat32(this.dtype, this.dense().data)
  }

  storedParts(): Readonly<Record<string, TensorData>> {
    return this.parts
  }

  #view() {
    const { name, dtype, shape, size, layout, keptPerRow, parts } = this
    return { name, dtype, shape, size, layout, keptPerRow, parts }
  }
}
