/** The memory that one call takes. What nobody keeps is given back at its end, however it ends. */
import type { TensorData } from '../../abi/dtype.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import type { Memory } from './memory.ts'

export class Transaction {
  private readonly memory: Memory
  private readonly owned = new Set<number>()

  constructor(memory: Memory) {
    this.memory = memory
  }

  allocate(bytes: number, what: string): number {
    return this.own(this.memory.allocate(bytes, what))
  }

  /** A block with a copy of the data. */
  put(dtype: DTypeName, data: TensorData, what: string): number {
    return this.own(this.memory.put(dtype, data, what))
  }

  own(block: number): number {
    this.owned.add(block)
    return block
  }

  /** True when the block was taken by this call and nobody has kept it yet. */
  owns(block: number): boolean {
    return this.owned.has(block)
  }

  /** From now on the block belongs to somebody else. */
  keep(block: number): void {
    this.owned.delete(block)
  }

  end(): void {
    for (const block of this.owned) this.memory.release(block)
    this.owned.clear()
  }
}
