/**
 * The memory of one policy instance and who holds what in it. Tensors own blocks: released by hand, when their owner is
 * collected, or all at once when the instance is released.
 */
import { viewData, type DataOf, type TensorData } from '../../abi/dtype.ts'
import { problem } from '../../abi/espalier-error.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import { Heap } from './heap.ts'

export class Arena {
  private heap: Heap | null
  private readonly policy: string
  private readonly registry: FinalizationRegistry<Holding>

  constructor(policy: string, maxBytes?: number) {
    this.policy = policy
    this.heap = new Heap(maxBytes)
    this.registry = new FinalizationRegistry((holding) => this.drop(holding))
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

  allocate(bytes: number, what: string): number {
    return this.open().allocate(bytes, what)
  }

  release(at: number): void {
    this.heap?.release(at)
  }

  shrink(at: number, bytes: number): void {
    this.heap?.shrink(at, bytes)
  }

  view<D extends DTypeName>(dtype: D, at: number, length: number): DataOf<D> {
    return viewData(dtype, this.open().memory.buffer, at, length)
  }

  /** Copies stored elements to an address. */
  write(dtype: DTypeName, at: number, data: TensorData): void {
    this.view(dtype, at, data.length).set(data)
  }

  copy(from: number, to: number, bytes: number): void {
    new Uint8Array(this.open().memory.buffer).copyWithin(to, from, from + bytes)
  }

  /** Makes `owner` the holder of blocks: they are released with it at the latest. */
  hold(owner: WeakKey, addresses: readonly number[]): Holding {
    const holding: Holding = { addresses, released: false }
    this.registry.register(owner, holding, holding)
    return holding
  }

  drop(holding: Holding): void {
    if (holding.released) return
    holding.released = true
    this.registry.unregister(holding)
    for (const at of holding.addresses) this.release(at)
  }

  close(): void {
    this.heap = null
  }

  /** Throws ESP4503 when the instance, or what is held, was released. */
  check(holding: Holding, what: string): void {
    if (this.heap === null) throw this.closed()
    if (holding.released) throw problem('ESP4503', { what })
  }

  private open(): Heap {
    if (this.heap === null) throw this.closed()
    return this.heap
  }

  private closed(): Error {
    return problem('ESP4503', { what: `the instance of policy \`${this.policy}\`` })
  }
}

/** Blocks that live as long as their owner. */
export interface Holding {
  readonly addresses: readonly number[]
  released: boolean
}
