/**
 * Times calls on a GPU by events in their stream: from the first piece of work of a call to its end, or every piece for itself. Before
 * the first piece the cache is overwritten, so that inputs come from memory and the host has queued the rest when it begins.
 */
import { outMemory, type CudaDriver, type CudaLaunch } from '../../host/runtime/cuda/functions.ts'

export interface TimedPiece {
  /** The entry point of a kernel, a copy or a fill; of a whole call `call`. */
  readonly name: string
  readonly ms: number
  /** How a kernel was started. */
  readonly blocks?: number
  readonly threads?: number
  readonly sharedBytes?: number
}

type Described = Omit<TimedPiece, 'ms'>
interface Piece {
  readonly what: Described
  readonly start: bigint
  end: bigint | null
}

interface Recording {
  /** Every piece, or all of them as one. */
  readonly each: boolean
  readonly pieces: Piece[]
  stream: bigint
}

/** More than caches hold, and for long enough. */
const OVERWRITTEN = 2 ** 29

const known = new WeakMap<CudaDriver, CudaCallTimer>()

export class CudaCallTimer {
  /** The driver that instances must use to be timed. */
  readonly driver: CudaDriver
  readonly #own: CudaDriver
  readonly #names = new Map<bigint, string>()
  readonly #idle: bigint[] = []
  readonly #bytes: number
  #overwritten: bigint | null = null
  #recording: Recording | null = null

  /** One for each driver. `overwritten`: bytes that are written before a call. */
  static of(driver: CudaDriver, overwritten = OVERWRITTEN): CudaCallTimer {
    const timer = known.get(driver) ?? new CudaCallTimer(driver, overwritten)
    known.set(driver, timer)
    return timer
  }

  private constructor(driver: CudaDriver, bytes: number) {
    this.#own = driver
    this.#bytes = bytes
    this.driver = {
      ...driver,
      launch: (launch, stream) => this.#watch(this.#launched(launch), stream, () => driver.launch(launch, stream)),
      cuMemsetD8Async: (to, value, count, stream) =>
        this.#watch(fill, stream, () => driver.cuMemsetD8Async(to, value, count, stream)),
      cuMemsetD16Async: (to, value, count, stream) =>
        this.#watch(fill, stream, () => driver.cuMemsetD16Async(to, value, count, stream)),
      cuMemsetD32Async: (to, value, count, stream) =>
        this.#watch(fill, stream, () => driver.cuMemsetD32Async(to, value, count, stream)),
      cuMemcpyDtoDAsync_v2: (to, from, bytes, stream) =>
        this.#watch(copy, stream, () => driver.cuMemcpyDtoDAsync_v2(to, from, bytes, stream)),
      cuMemcpy2DAsync_v2: (plane, stream) => this.#watch(copy, stream, () => driver.cuMemcpy2DAsync_v2(plane, stream)),
      cuModuleGetFunction: (out, module, name) => {
        const status = driver.cuModuleGetFunction(out, module, name)
        if (status === 0) this.#names.set(new DataView(out.buffer, out.byteOffset).getBigUint64(0, true), name)
        return status
      },
    }
  }

  /** What is put into a stream from now on belongs to one call. */
  begin({ each = false } = {}): void {
    this.#recording = { each, pieces: [], stream: 0n }
  }

  /** The end of the call. What is returned gives its times, when its stream is done. */
  end(): () => readonly TimedPiece[] {
    const recording = this.#recording
    this.#recording = null
    const [whole] = recording?.pieces ?? []
    if (recording === null || whole === undefined) return () => []
    whole.end ??= this.#mark(recording.stream)
    return () => recording.pieces.map(({ what, start, end }) => ({ ...what, ms: this.#elapsed(start, end ?? start) }))
  }

  /** Milliseconds of the device for one call; `finished` resolves when its stream is done. */
  async time(call: () => Promise<unknown>, finished: () => Promise<unknown>): Promise<number> {
    this.begin()
    let read: () => readonly TimedPiece[]
    try {
      await call()
    } finally {
      read = this.end()
    }
    await finished()
    return read().reduce((sum, { ms }) => sum + ms, 0)
  }

  #watch(what: Described, stream: bigint, act: () => number): number {
    const recording = this.#recording
    if (recording === null || (!recording.each && recording.pieces.length > 0)) return act()
    if (recording.pieces.length === 0) this.#overwrite(stream)
    recording.stream = stream
    const piece: Piece = { what: recording.each ? what : call, start: this.#mark(stream), end: null }
    recording.pieces.push(piece)
    const status = act()
    if (recording.each) piece.end = this.#mark(stream)
    return status
  }

  #launched({ kernel, blocks, threads, sharedBytes }: CudaLaunch): Described {
    return { name: this.#names.get(kernel) ?? 'kernel', blocks, threads, sharedBytes }
  }

  /** A GPU without so much memory left keeps its cache. */
  #overwrite(stream: bigint): void {
    if (this.#overwritten === null) {
      const out = outMemory()
      this.#overwritten = this.#own.cuMemAlloc_v2(out, this.#bytes) === 0 ? out.getBigUint64(0, true) : 0n
    }
    if (this.#overwritten !== 0n)
      this.#require(this.#own.cuMemsetD32Async(this.#overwritten, 0x3f800000, this.#bytes / 4, stream))
  }

  #mark(stream: bigint): bigint {
    const event = this.#idle.pop() ?? this.#event()
    this.#require(this.#own.cuEventRecord(event, stream))
    return event
  }

  #event(): bigint {
    const out = outMemory()
    this.#require(this.#own.cuEventCreate(out, 0))
    return out.getBigUint64(0, true)
  }

  #elapsed(start: bigint, end: bigint): number {
    const out = outMemory(4)
    this.#require(this.#own.cuEventElapsedTime(out, start, end))
    this.#idle.push(start, end)
    return out.getFloat32(0, true)
  }

  #require(status: number): void {
    if (status !== 0) throw new Error(`timing on the GPU failed: ${this.#own.status(status).name}`)
  }
}

const call: Described = { name: 'call' }
const fill: Described = { name: 'fill' }
const copy: Described = { name: 'copy' }
