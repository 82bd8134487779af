/**
 * The memory of one policy instance on a device: a block is a buffer of its own, or a part of one that belongs to somebody else.
 * Work is handed to the device in order, and reading waits.
 */
import type { TensorData } from '../../../abi/dtype.ts'
import { problem } from '../../../abi/espalier-error.ts'
import { Memory } from '../memory.ts'
import type { ReadRequest, Reading } from '../reading.ts'
import { BufferPool, type BufferMaker } from './buffer-pool.ts'

/** Where a block is. */
export interface Located<B> {
  readonly buffer: B
  /** First byte in the buffer. */
  readonly byte: number
  readonly what: string
}

interface Block<B> extends Located<B> {
  /** Of a buffer that is not the instance's: what to do when it is no longer used. */
  readonly giveBack: (() => void) | null
  uses: number
}

export abstract class DeviceMemory<B extends { readonly size: number } = { readonly size: number }> extends Memory {
  protected readonly pool: BufferPool<B>
  readonly #blocks = new Map<number, Block<B>>()
  readonly #maxBytes: number
  #largest: { readonly what: string; readonly bytes: number } = { what: 'a buffer', bytes: 0 }
  #next = 1
  #alive = true
  /** Bytes of the instance's own buffers that somebody holds. */
  used = 0

  constructor(policy: string, maker: BufferMaker<B>, maxBytes = Infinity) {
    super(policy)
    this.pool = new BufferPool(maker)
    this.#maxBytes = maxBytes
  }

  /** Does work that has to look into memory. When it fails, what was not handed to the device is forgotten. */
  abstract finish<T>(work: Reading<T>): Promise<T>
  /** Copies of parts of blocks, in JavaScript memory. Needs no call. */
  abstract read(requests: readonly ReadRequest[]): Promise<readonly TensorData[]>
  /** Whether what one stores the other can use where it is. */
  abstract shares(other: DeviceMemory): boolean
  /** Puts something there outside of a call: what the device refuses of it is reported by the next call. */
  abstract upload<T>(make: () => T): T

  get alive(): boolean {
    return this.#alive
  }

  get bytes(): number {
    return this.pool.bytes
  }

  get buffers(): number {
    return this.pool.count
  }

  allocate(bytes: number, what: string): number {
    this.requireAlive()
    this.requireFits(bytes, what)
    const size = this.pool.sizeFor(bytes)
    if (this.used + size > this.#maxBytes) throw problem('ESP4501', { what, bytes, used: this.used, limit: this.#maxBytes })
    if (this.bytes + size > this.#maxBytes) this.pool.trim()
    if (bytes >= this.#largest.bytes) this.#largest = { what, bytes }
    return this.#add({ buffer: this.pool.take(bytes), byte: 0, what, giveBack: null, uses: 1 })
  }

  /** A part of a buffer that belongs to somebody else. */
  borrow(buffer: B, byte: number, what: string, giveBack: () => void): number {
    return this.#add({ buffer, byte, what, giveBack, uses: 1 })
  }

  /** One more use of a block, as a block of `to`, which ends with a release there; null when that cannot use it. */
  lend(block: number, to: DeviceMemory): number | null {
    if (!this.shares(to)) return null
    this.#block(block).uses++
    if (to === (this as DeviceMemory)) return block
    const { buffer, byte } = this.#block(block)
    return to.borrow(buffer, byte, 'a tensor of another instance', () => this.takeBack(block, to))
  }

  release(block: number): void {
    const held = this.#blocks.get(block)
    if (held === undefined || --held.uses > 0) return
    this.#blocks.delete(block)
    if (held.giveBack !== null) return held.giveBack()
    this.used -= held.buffer.size
    this.pool.give(held.buffer)
  }

  shrink(): void {
    // A buffer keeps its size.
  }

  locate(block: number): Located<B> {
    return this.#block(block)
  }

  trim(): void {
    this.pool.trim()
  }

  close(): void {
    this.#alive = false
    for (const { giveBack } of this.#blocks.values()) giveBack?.()
    this.#blocks.clear()
    this.used = 0
    this.pool.close()
  }

  /** What was lent is no longer used there. */
  protected takeBack(block: number, _from: DeviceMemory): void {
    this.release(block)
  }

  /** The largest block since this was last asked: what to name when memory runs out. */
  protected takeLargest(): { readonly what: string; readonly bytes: number } {
    const largest = this.#largest
    this.#largest = { what: 'a buffer', bytes: 0 }
    return largest
  }

  #add(block: Block<B>): number {
    const number = this.#next++
    this.#blocks.set(number, block)
    if (block.giveBack === null) this.used += block.buffer.size
    return number
  }

  #block(block: number): Block<B> {
    const held = this.#blocks.get(block)
    if (held === undefined) throw this.closed()
    return held
  }
}
