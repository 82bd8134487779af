/**
 * The memory of one policy instance in GPU buffers: a block is one of its own, because WebGPU keeps books about whole buffers.
 * Copies and fills are put into the list of the running call; data is uploaded at once.
 */
import { dtypeBytes, encodeData, viewData, type TensorData } from '../../../abi/dtype.ts'
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { DeviceMemory } from '../device/device-memory.ts'
import type { ByteRuns } from '../memory.ts'
import type { ReadRequest, Reading } from '../reading.ts'
import { copyRunsOf, fillWords } from './byte-kernels.ts'
import { CommandList, type BoundRegion } from './command-list.ts'
import type { DeviceContext, DeviceFailure } from './device-context.ts'
import { requireBindable, requireBufferSize } from './device-limits.ts'
import { COPY_DST, COPY_SRC, MAP_MODE_READ, MAP_READ, STORAGE } from './webgpu-flags.ts'

/** Runs shorter than this in number are copied one by one. */
const FEW_RUNS = 32

export class WebgpuMemory extends DeviceMemory<GPUBuffer> {
  readonly alignment = 4
  override readonly maxBinding: number
  readonly context: DeviceContext
  readonly commands: CommandList
  /** What was refused outside of calls; reported by the next one. */
  #uploads: Promise<DeviceFailure | null>[] = []

  constructor(policy: string, context: DeviceContext, maxBytes?: number) {
    const { device } = context
    const maker = {
      largest: device.limits.maxBufferSize,
      make: (size: number) => device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST }),
      destroy: (buffer: GPUBuffer) => buffer.destroy(),
    }
    super(policy, maker, maxBytes)
    this.context = context
    // What is bound begins at an aligned byte before the first one.
    this.maxBinding = device.limits.maxStorageBufferBindingSize - device.limits.minStorageBufferOffsetAlignment
    this.commands = new CommandList(context)
  }

  override get bytes(): number {
    return super.bytes + this.commands.bytes
  }

  override get buffers(): number {
    return super.buffers + (this.commands.bytes > 0 ? 1 : 0)
  }

  override requireAlive(): void {
    super.requireAlive()
    this.context.requireDevice(this.policy)
  }

  requireFits(bytes: number, what: string): void {
    requireBufferSize(this.context.device, bytes, what)
  }

  put(dtype: DTypeName, data: TensorData, what: string): number {
    const block = this.allocate(data.byteLength, what)
    const { buffer } = this.locate(block)
    const whole = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    const words = data.byteLength - (data.byteLength % 4)
    const { queue } = this.context.device
    if (words > 0) queue.writeBuffer(buffer, 0, whole, 0, words)
    if (words < data.byteLength) {
      const last = new Uint8Array(4)
      last.set(whole.subarray(words))
      queue.writeBuffer(buffer, words, last)
    }
    return block
  }

  upload<T>(make: () => T): T {
    const { value, failure } = this.context.scoped(make)
    this.#uploads.push(failure)
    return value
  }

  shares(other: DeviceMemory): boolean {
    return other instanceof WebgpuMemory && other.context === this.context
  }

  fill(block: number, byte: number, dtype: DTypeName, length: number, value: number): void {
    const bytes = Math.ceil((length * dtypeBytes(dtype)) / 4) * 4
    if (bytes === 0) return
    const { buffer, byte: base } = this.locate(block)
    const elements = encodeData(dtype, new Array<number>(4 / dtypeBytes(dtype)).fill(value))
    const word = new Uint32Array(elements.buffer)[0] ?? 0
    if (word === 0) this.commands.add({ kind: 'clear', buffer, byte: base + byte, bytes })
    else {
      const { region, rest } = this.region(block, byte, bytes)
      this.commands.add(fillWords(region, rest / 4, bytes / 4, word))
    }
  }

  copyRuns(runs: ByteRuns): void {
    const { from, fromByte, fromStride, to, toByte, toStride, bytes, count } = runs
    if (bytes === 0 || count === 0) return
    const [source, target] = [this.locate(from), this.locate(to)]
    const inWords = [fromByte, fromStride, toByte, toStride, bytes].every((value) => value % 4 === 0)
    if (inWords && count <= FEW_RUNS && (source.buffer.usage & COPY_SRC) !== 0) {
      for (let run = 0; run < count; run++)
        this.commands.add({
          kind: 'copy',
          ...{ from: source.buffer, fromByte: source.byte + fromByte + run * fromStride },
          ...{ to: target.buffer, toByte: target.byte + toByte + run * toStride, bytes },
        })
      return
    }
    const read = this.region(from, fromByte, (count - 1) * fromStride + bytes)
    const written = this.region(to, toByte, (count - 1) * toStride + bytes)
    const placed = { fromByte: read.rest, fromStride, toByte: written.rest, toStride, bytes, count }
    this.commands.add(copyRunsOf(read.region, written.region, placed))
  }

  /** A part of a block as it can be bound, and how many bytes before it are bound too. */
  region(block: number, byte: number, bytes: number): { readonly region: BoundRegion; readonly rest: number } {
    const { rest, ...region } = this.#around(block, byte, bytes)
    requireBindable(this.context.device, region.size, this.locate(block).what)
    return { region, rest }
  }

  /** The same in windows of so many bytes. */
  windows(
    block: number,
    byte: number,
    bytes: number,
    size: number,
  ): { readonly regions: readonly BoundRegion[]; readonly rest: number } {
    const { rest, buffer, offset, size: whole } = this.#around(block, byte, bytes)
    const regions = Array.from({ length: Math.ceil(whole / size) }, (_, i) => ({
      buffer,
      offset: offset + i * size,
      size: Math.min(size, whole - i * size),
    }))
    return { regions, rest }
  }

  #around(block: number, byte: number, bytes: number): BoundRegion & { readonly rest: number } {
    const { buffer, byte: base } = this.locate(block)
    const start = base + byte
    const offset = start - (start % this.context.device.limits.minStorageBufferOffsetAlignment)
    const size = Math.max(4, Math.ceil((start - offset + bytes) / 4) * 4)
    return { buffer, offset, size: Math.min(size, buffer.size - offset), rest: start - offset }
  }

  async finish<T>(work: Reading<T>): Promise<T> {
    try {
      let answers: readonly TensorData[] = []
      for (;;) {
        const { value: step, failure } = this.context.scoped(() => work.next(answers))
        const reads = step.done === true ? [] : step.value
        const read = await this.#carryOut(reads, failure)
        if (step.done === true) return step.value
        answers = read
      }
    } catch (error) {
      this.commands.clear()
      throw error
    } finally {
      this.pool.grow()
    }
  }

  async read(requests: readonly ReadRequest[]): Promise<readonly TensorData[]> {
    return this.#carryOut(requests, Promise.resolve(null))
  }

  override close(): void {
    this.commands.destroy()
    super.close()
  }

  /** Submits what is in the list, then reads. */
  async #carryOut(reads: readonly ReadRequest[], earlier: Promise<DeviceFailure | null>): Promise<readonly TensorData[]> {
    const compiled = this.commands.compiled()
    if (compiled !== null) await this.wait(compiled)
    this.requireAlive()
    const { value: staging, failure } = this.context.scoped(() => {
      this.commands.submit()
      return this.#stage(reads)
    })
    try {
      const uploads = this.#uploads.splice(0)
      const mapped = staging === null ? null : this.wait(staging.buffer.mapAsync(MAP_MODE_READ))
      mapped?.catch(() => undefined)
      for (const refused of await this.wait(Promise.all([...uploads, earlier, failure]))) this.#report(refused)
      await mapped
      this.requireAlive()
      return staging === null ? reads.map(({ dtype }) => viewData(dtype, new ArrayBuffer(0), 0, 0)) : views(staging, reads)
    } finally {
      if (staging !== null && this.alive) this.pool.destroy(staging.buffer)
    }
  }

  /** The promise, unless the instance is released or its device lost before it settles. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    try {
      return await this.context.wait(this.policy, promise)
    } finally {
      super.requireAlive()
    }
  }

  /** Copies what is asked for to where JavaScript can read it; null when it is nothing. */
  #stage(reads: readonly ReadRequest[]): Staging | null {
    const starts: number[] = []
    let total = 0
    for (const { dtype, length } of reads) {
      starts.push(total)
      total += wordBytes(dtype, length)
    }
    if (total === 0) return null
    const buffer = this.pool.adopt(this.context.device.createBuffer({ size: total, usage: MAP_READ | COPY_DST }))
    const encoder = this.context.device.createCommandEncoder()
    for (const [i, { block, byte, dtype, length }] of reads.entries()) {
      const { buffer: from, byte: base } = this.locate(block)
      const bytes = wordBytes(dtype, length)
      if (bytes > 0) encoder.copyBufferToBuffer(from, base + byte, buffer, starts[i] ?? 0, bytes)
    }
    this.context.device.queue.submit([encoder.finish()])
    return { buffer, starts }
  }

  #report(failure: DeviceFailure | null): void {
    if (failure === null) return
    if (failure.kind === 'out-of-memory') {
      const largest = this.takeLargest()
      this.pool.trim()
      throw problem('ESP4806', { ...largest, used: this.used })
    }
    throw new RefusedWork(failure.message)
  }
}

/** WebGPU refused what a call submitted: because of a buffer that it was given, or because of a defect. */
export class RefusedWork extends Error {}

interface Staging {
  readonly buffer: GPUBuffer
  readonly starts: readonly number[]
}

const wordBytes = (dtype: DTypeName, length: number): number => Math.ceil((length * dtypeBytes(dtype)) / 4) * 4

function views({ buffer, starts }: Staging, reads: readonly ReadRequest[]): readonly TensorData[] {
  const copy = buffer.getMappedRange().slice(0)
  buffer.unmap()
  return reads.map(({ dtype, length }, i) => viewData(dtype, copy, starts[i] ?? 0, length))
}
