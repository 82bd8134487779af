/**
 * The memory of one policy instance as a call sees it, wherever it is: blocks, each known by a number, and who holds them.
 * Tensors own blocks: released by hand, when their owner is collected, or all at once when the instance is released.
 */
import type { TensorData } from '../../abi/dtype.ts'
import { problem } from '../../abi/espalier-error.ts'
import type { DTypeName } from '../../abi/manifest.ts'

/** Blocks that live as long as their owner. */
export interface Holding {
  readonly blocks: number[]
  released: boolean
}

/** Equally long runs of bytes, equally far from each other on both sides. The two blocks differ. */
export interface ByteRuns {
  readonly from: number
  readonly fromByte: number
  readonly fromStride: number
  readonly to: number
  readonly toByte: number
  readonly toStride: number
  readonly bytes: number
  readonly count: number
}

export abstract class Memory {
  /** What a kernel is given starts at a multiple of this many bytes of its block. */
  abstract readonly alignment: number
  /** A kernel can tell so many elements of one buffer apart. */
  readonly maxElements: number = Infinity
  /** A kernel can be given so many bytes of one buffer. */
  readonly maxBinding: number = Infinity
  abstract readonly alive: boolean
  readonly policy: string
  private readonly registry: FinalizationRegistry<Holding>

  constructor(policy: string) {
    this.policy = policy
    this.registry = new FinalizationRegistry((holding) => this.drop(holding))
  }

  /** Throws, naming `what`, when no block can have that many bytes. */
  abstract requireFits(bytes: number, what: string): void
  /** A block of at least that many bytes, whose content is undefined. */
  abstract allocate(bytes: number, what: string): number
  /** A block with a copy of the data. */
  abstract put(dtype: DTypeName, data: TensorData, what: string): number
  abstract release(block: number): void
  /** Gives back the end of a block, where that is possible. */
  abstract shrink(block: number, bytes: number): void
  abstract fill(block: number, byte: number, dtype: DTypeName, length: number, value: number): void
  abstract copyRuns(runs: ByteRuns): void

  copy(from: number, fromByte: number, to: number, toByte: number, bytes: number): void {
    if (bytes > 0) this.copyRuns({ from, fromByte, fromStride: 0, to, toByte, toStride: 0, bytes, count: 1 })
  }

  /** Makes `owner` the holder of blocks: they are released with it at the latest. */
  hold(owner: WeakKey, blocks: readonly number[]): Holding {
    const holding: Holding = { blocks: [...blocks], released: false }
    this.registry.register(owner, holding, holding)
    return holding
  }

  /** One more block for the same owner. */
  holdToo(holding: Holding, block: number): void {
    holding.blocks.push(block)
  }

  drop(holding: Holding): void {
    if (holding.released) return
    holding.released = true
    this.registry.unregister(holding)
    for (const block of holding.blocks) this.release(block)
  }

  /** Throws ESP4503 when the instance, or what is held, was released. */
  check(holding: Holding, what: string): void {
    this.requireAlive()
    if (holding.released) throw problem('ESP4503', { what })
  }

  requireAlive(): void {
    if (!this.alive) throw this.closed()
  }

  protected closed(): Error {
    return problem('ESP4503', { what: `the instance of policy \`${this.policy}\`` })
  }
}
