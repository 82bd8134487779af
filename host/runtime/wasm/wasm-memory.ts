/** The WebAssembly memory of one policy instance: a block is an address, and everything can be read at once. */
import { fillData, viewData, type DataOf, type TensorData } from '../../../abi/dtype.ts'
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { Memory, type ByteRuns } from '../memory.ts'
import type { Reading } from '../reading.ts'
import { Heap, MEMORY_LIMIT } from './heap.ts'

export class WasmMemory extends Memory {
  readonly alignment = 1
  private heap: Heap | null

  constructor(policy: string, maxBytes?: number) {
    super(policy)
    this.heap = new Heap(maxBytes)
  }

  get alive(): boolean {
    return this.heap !== null
  }

  get memory(): WebAssembly.Memory {
    return this.open().memory
  }

  get bytes(): number {
    return this.heap?.bytes ?? 0
  }

  get used(): number {
    return this.heap?.used ?? 0
  }

  requireFits(bytes: number, what: string): void {
    if (bytes >= MEMORY_LIMIT) throw problem('ESP4502', { what, expected: `${MEMORY_LIMIT} bytes`, got: `${bytes} bytes` })
  }

  allocate(bytes: number, what: string): number {
    return this.open().allocate(bytes, what)
  }

  /** Growing the memory detaches views of it, so data that is such a view is copied by its address. */
  put(dtype: DTypeName, data: TensorData, what: string): number {
    const inside = data.buffer === this.memory.buffer
    const { byteOffset, byteLength } = data
    const at = this.allocate(byteLength, what)
    if (inside) this.copy(0, byteOffset, at, 0, byteLength)
    else this.view(dtype, at, data.length).set(data)
    return at
  }

  release(block: number): void {
    this.heap?.release(block)
  }

  shrink(block: number, bytes: number): void {
    this.heap?.shrink(block, bytes)
  }

  view<D extends DTypeName>(dtype: D, address: number, length: number): DataOf<D> {
    return viewData(dtype, this.memory.buffer, address, length)
  }

  fill(block: number, byte: number, dtype: DTypeName, length: number, value: number): void {
    fillData(dtype, this.view(dtype, block + byte, length), value)
  }

  copyRuns({ from, fromByte, fromStride, to, toByte, toStride, bytes, count }: ByteRuns): void {
    const all = new Uint8Array(this.memory.buffer)
    for (let run = 0; run < count; run++) {
      const start = from + fromByte + run * fromStride
      all.copyWithin(to + toByte + run * toStride, start, start + bytes)
    }
  }

  /** Does work that has to look into memory, without waiting. */
  finish<T>(work: Reading<T>): T {
    let answers: readonly TensorData[] = []
    for (;;) {
      const step = work.next(answers)
      if (step.done === true) return step.value
      answers = step.value.map(({ block, byte, dtype, length }) => this.view(dtype, block + byte, length))
    }
  }

  close(): void {
    this.heap = null
  }

  private open(): Heap {
    if (this.heap === null) throw this.closed()
    return this.heap
  }
}
