/** The memory that one call takes. What nobody keeps is given back at its end, however it ends. */
import type { Arena } from './arena.ts'

export class Transaction {
  private readonly arena: Arena
  private readonly owned = new Set<number>()

  constructor(arena: Arena) {
    this.arena = arena
  }

  allocate(bytes: number, what: string): number {
    const at = this.arena.allocate(bytes, what)
    this.owned.add(at)
    return at
  }

  /** True when the block was taken by this call and nobody has kept it yet. */
  owns(at: number): boolean {
    return this.owned.has(at)
  }

  /** From now on the block belongs to somebody else. */
  keep(at: number): void {
    this.owned.delete(at)
  }

  /** Gives a block back before the end. */
  release(at: number): void {
    if (this.owned.delete(at)) this.arena.release(at)
  }

  end(): void {
    for (const at of this.owned) this.arena.release(at)
    this.owned.clear()
  }
}
