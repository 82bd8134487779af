/**
 * The buffers that an instance made on a device: those in use, and those that wait to be used again. A buffer that nothing asked
 * for in the last calls is destroyed.
 */

/** How the buffers of a device are made, and how large they may be. */
export interface BufferMaker<B> {
  readonly largest: number
  make(size: number): B
  destroy(buffer: B): void
}

/** Calls after which a buffer that was not used again is destroyed. */
const MAX_AGE = 16
const GRANULE = 256

interface Idle<B> {
  readonly buffer: B
  age: number
}

export class BufferPool<B extends { readonly size: number }> {
  readonly #maker: BufferMaker<B>
  readonly #idle: Idle<B>[] = []
  readonly #made = new Set<B>()
  /** Of all buffers that were made and not destroyed. */
  bytes = 0

  constructor(maker: BufferMaker<B>) {
    this.#maker = maker
  }

  get count(): number {
    return this.#made.size
  }

  /** The size of the buffer that a request of so many bytes gets: few sizes, so that buffers fit again. */
  sizeFor(bytes: number): number {
    const step = Math.max(GRANULE, 2 ** (Math.ceil(Math.log2(Math.max(bytes, 1))) - 4))
    const size = Math.ceil(Math.max(bytes, 1) / step) * step
    const { largest } = this.#maker
    return Math.max(Math.min(size, largest - (largest % 4)), Math.ceil(bytes / 4) * 4)
  }

  take(bytes: number): B {
    const size = this.sizeFor(bytes)
    const at = this.#idle.findIndex(({ buffer }) => buffer.size === size)
    const [idle] = at < 0 ? [] : this.#idle.splice(at, 1)
    return idle?.buffer ?? this.adopt(this.#maker.make(size))
  }

  /** Counts a buffer that was made elsewhere. */
  adopt(buffer: B): B {
    this.#made.add(buffer)
    this.bytes += buffer.size
    return buffer
  }

  give(buffer: B): void {
    this.#idle.push({ buffer, age: 0 })
  }

  destroy(buffer: B): void {
    if (!this.#made.delete(buffer)) return
    this.bytes -= buffer.size
    this.#maker.destroy(buffer)
  }

  /** After each call. */
  grow(): void {
    for (const idle of this.#idle) idle.age++
    this.#drop((idle) => idle.age > MAX_AGE)
  }

  trim(): void {
    this.#drop(() => true)
  }

  close(): void {
    this.#idle.length = 0
    for (const buffer of this.#made) this.destroy(buffer)
  }

  #drop(isOld: (idle: Idle<B>) => boolean): void {
    const kept = this.#idle.filter((idle) => !isOld(idle))
    for (const idle of this.#idle) if (isOld(idle)) this.destroy(idle.buffer)
    this.#idle.splice(0, this.#idle.length, ...kept)
  }
}
