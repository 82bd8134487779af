/** A dense tensor in WebAssembly memory. Implements the public `Tensor`. */
import { decodeToFloat32, type DataOf } from '../../../abi/dtype.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { asFloat16, onlyElement, requireOneElement } from '../dense-data.ts'
import { ResidentDense } from '../resident.ts'
import type { Float16ArrayLike } from '../types.ts'
import type { Tensor } from './types.ts'
import type { WasmMemory } from './wasm-memory.ts'

export class DenseTensor<D extends DTypeName = DTypeName> extends ResidentDense<WasmMemory, D> implements Tensor<D> {
  get data(): DataOf<D> {
    const { memory, block } = this.place()
    return memory.view(this.dtype, block, this.size)
  }

  toFloat32(): Float32Array {
    return decodeToFloat32(this.dtype, this.data)
  }

  toFloat16(): Float16ArrayLike {
    return asFloat16(this.name, this.dtype, this.data)
  }

  item(): number {
    requireOneElement(this.name, this.size)
    return onlyElement(this.dtype, this.data)
  }

  stored(): DataOf<D> {
    return this.data
  }
}
