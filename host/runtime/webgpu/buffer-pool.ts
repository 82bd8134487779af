/**
 * The buffers that an instance made: those in use, and those that wait to be used again. A buffer that nothing asked for in the
 * last calls is destroyed.
 */
import { COPY_DST, COPY_SRC, STORAGE } from './webgpu-flags.ts'

/** Calls after which a buffer that was not used again is destroyed. */
const MAX_AGE = 16
const GRANULE = 256

interface Idle {
  readonly buffer: GPUBuffer
  age: number
}

export class BufferPool {
  readonly #device: GPUDevice
  readonly #idle: Idle[] = []
  readonly #made = new Set<GPUBuffer>()
  /** Of all buffers that were made and not destroyed. */
  bytes = 0

  constructor(device: GPUDevice) {
    this.#device = device
  }

  get count(): number {
    return this.#made.size
  }

  /** The size of the buffer that a request of so many bytes gets: few sizes, so that buffers fit again. */
  sizeFor(bytes: number): number {
    const step = Math.max(GRANULE, 2 ** (Math.ceil(Math.log2(Math.max(bytes, 1))) - 4))
    const size = Math.ceil(Math.max(bytes, 1) / step) * step
    const largest = this.#device.limits.maxBufferSize
    return Math.max(Math.min(size, largest - (largest % 4)), Math.ceil(bytes / 4) * 4)
  }

  take(bytes: number): GPUBuffer {
    const size = this.sizeFor(bytes)
    const at = this.#idle.findIndex(({ buffer }) => buffer.size === size)
    const [idle] = at < 0 ? [] : this.#idle.splice(at, 1)
    if (idle !== undefined) return idle.buffer
    return this.make(size, STORAGE | COPY_SRC | COPY_DST)
  }

  make(size: number, usage: number): GPUBuffer {
    const buffer = this.#device.createBuffer({ size, usage })
    this.#made.add(buffer)
    this.bytes += size
    return buffer
  }

  give(buffer: GPUBuffer): void {
    this.#idle.push({ buffer, age: 0 })
  }

  destroy(buffer: GPUBuffer): void {
    if (!this.#made.delete(buffer)) return
    this.bytes -= buffer.size
    buffer.destroy()
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

  #drop(isOld: (idle: Idle) => boolean): void {
    const kept = this.#idle.filter((idle) => !isOld(idle))
    for (const idle of this.#idle) if (isOld(idle)) this.destroy(idle.buffer)
    this.#idle.splice(0, this.#idle.length, ...kept)
  }
}
