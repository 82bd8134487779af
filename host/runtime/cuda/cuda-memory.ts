/**
 * The memory of one policy instance on a GPU. Copies and fills are put into the list of the running call; data is put into the stream
 * at once. What is in the stream is done in order, so a block may be used again as soon as it was given back.
 */
import { dtypeBytes, encodeData, viewData, type TensorData } from '../../../abi/dtype.ts'
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { DeviceMemory } from '../device/device-memory.ts'
import type { ByteRuns } from '../memory.ts'
import type { ReadRequest, Reading } from '../reading.ts'
import type { CudaContext } from './cuda-context.ts'
import { outMemory } from './functions.ts'
import { planeCopy } from './plane-copy.ts'
import { WorkList } from './work-list.ts'

export interface CudaBuffer {
  readonly pointer: bigint
  readonly size: number
}

const OUT_OF_MEMORY = 2
/** Indices of kernels are 32 bits wide, with a sign. */
const MOST_ELEMENTS = 2 ** 31 - 1

/** The driver has no memory left. */
class NoMemory extends Error {}

export class CudaMemory extends DeviceMemory<CudaBuffer> {
  readonly alignment = 16
  override readonly maxElements = MOST_ELEMENTS
  readonly context: CudaContext
  readonly stream: bigint
  readonly work: WorkList

  constructor(policy: string, context: CudaContext, stream: bigint, maxBytes?: number) {
    const maker = {
      largest: context.device.memoryBytes,
      make: (size: number) => make(context, size),
      destroy: ({ pointer }: CudaBuffer) => destroy(context, stream, pointer),
    }
    super(policy, maker, maxBytes)
    this.context = context
    this.stream = stream
    this.work = new WorkList(context)
  }

  override requireAlive(): void {
    super.requireAlive()
    this.context.requireDevice()
  }

  requireFits(bytes: number, what: string): void {
    const { memoryBytes } = this.context.device
    if (bytes > memoryBytes) throw problem('ESP4806', { what, bytes, used: this.used })
  }

  /** What waits to be used again is given up before memory is said to have run out. */
  override allocate(bytes: number, what: string): number {
    for (const isLast of [false, true])
      try {
        return super.allocate(bytes, what)
      } catch (error) {
        if (!(error instanceof NoMemory)) throw error
        if (isLast) break
        this.pool.trim()
      }
    throw problem('ESP4806', { what, bytes, used: this.used })
  }

  put(dtype: DTypeName, data: TensorData, what: string): number {
    const block = this.allocate(data.byteLength, what)
    if (data.byteLength > 0) {
      this.context.enter()
      // The driver has read the data when this returns: it is in no memory that a GPU can read.
      const given = data.buffer instanceof ArrayBuffer ? data : data.slice()
      const status = this.context.driver.cuMemcpyHtoDAsync_v2(this.pointer(block), given, data.byteLength, this.stream)
      this.context.ensure(what, status)
    }
    return block
  }

  upload<T>(make: () => T): T {
    return make()
  }

  shares(other: DeviceMemory): boolean {
    return other instanceof CudaMemory && other.context === this.context
  }

  override lend(block: number, to: DeviceMemory): number | null {
    const lent = super.lend(block, to)
    if (lent !== null && to instanceof CudaMemory) this.context.order(this.stream, to.stream)
    return lent
  }

  protected override takeBack(block: number, from: DeviceMemory): void {
    if (from instanceof CudaMemory) this.context.order(from.stream, this.stream)
    super.takeBack(block, from)
  }

  fill(block: number, byte: number, dtype: DTypeName, length: number, value: number): void {
    if (length === 0) return
    const { driver } = this.context
    const element = new DataView(encodeData(dtype, [value]).buffer)
    const at = this.pointer(block) + BigInt(byte)
    const fills = {
      1: () => driver.cuMemsetD8Async(at, element.getUint8(0), length, this.stream),
      2: () => driver.cuMemsetD16Async(at, element.getUint16(0, true), length, this.stream),
      4: () => driver.cuMemsetD32Async(at, element.getUint32(0, true), length, this.stream),
    }
    this.work.transfer(() => this.context.ensure('a fill', fills[dtypeBytes(dtype)]()))
  }

  copyRuns(runs: ByteRuns): void {
    if (runs.bytes === 0 || runs.count === 0) return
    const { driver } = this.context
    const [from, to] = [this.pointer(runs.from) + BigInt(runs.fromByte), this.pointer(runs.to) + BigInt(runs.toByte)]
    const plane = planeCopy(from, to, runs)
    if (plane !== null) {
      this.work.transfer(() => this.context.ensure('a copy', driver.cuMemcpy2DAsync_v2(plane, this.stream)))
      return
    }
    for (let run = 0; run < runs.count; run++) {
      const [source, target] = [from + BigInt(run * runs.fromStride), to + BigInt(run * runs.toStride)]
      this.work.transfer(() =>
        this.context.ensure('a copy', driver.cuMemcpyDtoDAsync_v2(target, source, runs.bytes, this.stream)),
      )
    }
  }

  pointer(block: number): bigint {
    const { buffer, byte } = this.locate(block)
    return buffer.pointer + BigInt(byte)
  }

  async finish<T>(work: Reading<T>): Promise<T> {
    try {
      let answers: readonly TensorData[] = []
      for (;;) {
        const step = work.next(answers)
        await this.#carryOut()
        if (step.done === true) return step.value
        answers = await this.#copies(step.value)
      }
    } catch (error) {
      this.work.clear()
      throw error
    } finally {
      if (this.alive) this.pool.grow()
    }
  }

  async read(requests: readonly ReadRequest[]): Promise<readonly TensorData[]> {
    this.requireAlive()
    return this.#copies(requests)
  }

  /** Resolves when everything that is in the stream has been done. */
  async idle(): Promise<void> {
    this.requireAlive()
    await this.context.idle(this.stream, () => this.alive)
    super.requireAlive()
  }

  /** Puts what is in the list into the stream. */
  async #carryOut(): Promise<void> {
    const compiled = this.work.compiled()
    if (compiled !== null) await compiled
    this.requireAlive()
    this.work.submit(this.stream)
  }

  /** The blocks stay while the stream is waited for, whoever gives them back. */
  async #copies(requests: readonly ReadRequest[]): Promise<readonly TensorData[]> {
    if (requests.length === 0) return []
    for (const { block } of requests) this.lend(block, this)
    try {
      await this.idle()
      this.context.enter()
      return requests.map((request) => this.#copy(request))
    } finally {
      for (const { block } of requests) this.release(block)
    }
  }

  #copy({ block, byte, dtype, length }: ReadRequest): TensorData {
    const buffer = new ArrayBuffer(length * dtypeBytes(dtype))
    if (length > 0) {
      const { driver } = this.context
      const from = this.pointer(block) + BigInt(byte)
      const status = driver.cuMemcpyDtoHAsync_v2(new Uint8Array(buffer), from, buffer.byteLength, this.stream)
      this.context.ensure('reading back', status)
      this.context.ensure('reading back', driver.cuStreamSynchronize(this.stream))
    }
    return viewData(dtype, buffer, 0, length)
  }
}

function make(context: CudaContext, size: number): CudaBuffer {
  context.enter()
  const out = outMemory()
  const status = context.driver.cuMemAlloc_v2(out, size)
  if (status === OUT_OF_MEMORY) throw new NoMemory()
  context.ensure('memory', status)
  return { pointer: out.getBigUint64(0, true), size }
}

/** When nothing in the stream can use it any more. With a GPU that has failed, its memory is gone already. */
function destroy(context: CudaContext, stream: bigint, pointer: bigint): void {
  if (!context.isUsable) return
  context.enter()
  context.ensure('memory', context.driver.cuStreamSynchronize(stream))
  context.ensure('memory', context.driver.cuMemFree_v2(pointer))
}
