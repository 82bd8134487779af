/**
 * The allocator of a policy's memory: best fit over a list of free blocks in address order, joined with their neighbours when they
 * are freed. Blocks are 16-byte aligned; the first 1 KiB is never used, so a pointer is never 0. Equal sequences of
 * requests give equal addresses, and memory grows only when no free block is large enough.
 */
import { problem } from '../../../abi/espalier-error.ts'

const ALIGNMENT = 16
const RESERVED = 1024
const PAGE = 65_536
export const MEMORY_LIMIT = 65_536 * PAGE

interface FreeBlock {
  at: number
  size: number
}

export class Heap {
  readonly memory: WebAssembly.Memory
  private readonly limit: number
  private readonly free: FreeBlock[] = []
  private readonly live = new Map<number, number>()
  private end: number

  /** @param maxBytes upper bound of the memory, rounded down to whole pages */
  constructor(maxBytes: number = MEMORY_LIMIT) {
    const pages = Math.max(1, Math.min(65_536, Math.floor(maxBytes / PAGE)))
    this.limit = pages * PAGE
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 })
    this.end = this.memory.buffer.byteLength
    this.free.push({ at: RESERVED, size: this.end - RESERVED })
  }

  get bytes(): number {
    return this.end
  }

  get used(): number {
    let used = 0
    for (const size of this.live.values()) used += size
    return used
  }

  /** Address of a block of at least `bytes`. Throws ESP4501 with `what` when memory cannot grow that far. */
  allocate(bytes: number, what: string): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT)
    const index = this.bestFit(size) ?? this.grow(size, what, bytes)
    const block = this.free[index] as FreeBlock
    const at = block.at
    if (block.size === size) this.free.splice(index, 1)
    else this.free[index] = { at: at + size, size: block.size - size }
    this.live.set(at, size)
    return at
  }

  /** Gives a block back. Its owner must forget the address: it may be another block's by the next allocation. */
  release(at: number): void {
    const size = this.live.get(at)
    if (size === undefined) return
    this.live.delete(at)
    this.insert(at, size)
  }

  /** Gives back the end of a block that needs only `bytes`. */
  shrink(at: number, bytes: number): void {
    const size = this.live.get(at)
    const needed = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT)
    if (size === undefined || needed >= size) return
    this.live.set(at, needed)
    this.insert(at + needed, size - needed)
  }

  private bestFit(size: number): number | null {
    let best: number | null = null
    let bestSize = Infinity
    for (const [i, block] of this.free.entries()) {
      if (block.size < size || block.size >= bestSize) continue
      best = i
      bestSize = block.size
    }
    return best
  }

  private grow(size: number, what: string, bytes: number): number {
    const last = this.free.at(-1)
    const tail = last !== undefined && last.at + last.size === this.end ? last.size : 0
    const target = Math.ceil((this.end - tail + size) / PAGE) * PAGE
    if (target > this.limit || !this.tryGrow((target - this.end) / PAGE))
      throw problem('ESP4501', { what, bytes, used: this.used, limit: this.limit })
    const added = target - this.end
    const from = this.end
    this.end = target
    this.insert(from, added)
    return this.free.length - 1
  }

  private tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages)
      return true
    } catch {
      return false
    }
  }

  private insert(at: number, size: number): void {
    let low = 0
    let high = this.free.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.free[middle] as FreeBlock).at < at) low = middle + 1
      else high = middle
    }
    this.free.splice(low, 0, { at, size })
    this.joinWithNext(low)
    if (low > 0) this.joinWithNext(low - 1)
  }

  private joinWithNext(index: number): void {
    const block = this.free[index]
    const next = this.free[index + 1]
    if (block === undefined || next === undefined || block.at + block.size !== next.at) return
    block.size += next.size
    this.free.splice(index + 1, 1)
  }
}
