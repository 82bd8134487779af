/**
 * A GPU as all instances on it share it: its facts, the stream they use unless they are given one, and what went wrong. Uses the primary context, which other libraries in the process use too, and makes it current before each piece of work.
 */
import { problem } from '../../../abi/espalier-error.ts'
import { findDevice } from './device-facts.ts'
import { outMemory, type CudaCompiler, type CudaDriver } from './functions.ts'
import type { Absent } from './open-library.ts'
import type { CudaDevice } from './types.ts'

/** What a process has of CUDA. */
export interface CudaLibraries {
  readonly driver: CudaDriver
  readonly compiler: CudaCompiler | Absent
}

/** Numbers of the driver's interface. */
const NOT_READY = 600
const NON_BLOCKING = 1
const NO_TIMING = 2

/** Statuses after which nothing more can be done in the process with this GPU. */
const FATAL: readonly number[] = [4, 201, 214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999]

/** For so long, in milliseconds, a wait looks at the stream as often as it can. */
const EAGER = 20

const known = new WeakMap<CudaDriver, Map<number, CudaContext>>()

export class CudaContext {
  readonly driver: CudaDriver
  readonly device: CudaDevice
  /** Of one block, for kernels that ask for it. */
  readonly sharedBytes: number
  readonly compiler: CudaCompiler | Absent
  /** As compilers call it: `sm_90`. */
  readonly architecture: string
  readonly #handle: bigint
  #stream: bigint | null = null
  #failure: Error | null = null
  /** Kernels that were started since a stream was last found idle. */
  readonly #running = new Set<string>()

  /** One for each GPU. Throws ESP4901 when there is none of that number. */
  static open({ driver, compiler }: CudaLibraries, policy: string, index: number): CudaContext {
    const contexts = known.get(driver) ?? new Map<number, CudaContext>()
    known.set(driver, contexts)
    const context = contexts.get(index) ?? new CudaContext({ driver, compiler }, policy, index)
    contexts.set(index, context)
    return context
  }

  private constructor({ driver, compiler }: CudaLibraries, policy: string, index: number) {
    const { device, ordinal, architecture, sharedBytes } = findDevice(driver, policy, index)
    this.driver = driver
    this.device = device
    this.sharedBytes = sharedBytes
    this.#handle = this.handle('the context', (out) => driver.cuDevicePrimaryCtxRetain(out, ordinal))
    this.compiler = compiler
    this.architecture = architecture
  }

  /** The stream of all instances that were given none. */
  get stream(): bigint {
    this.enter()
    return (this.#stream ??= this.handle('a stream', (out) => this.driver.cuStreamCreate(out, NON_BLOCKING)))
  }

  /** Makes it current on this thread, where other code may have made another one so. Throws when it has failed. */
  enter(): void {
    this.requireDevice()
    this.ensure('the context', this.driver.cuCtxSetCurrent(this.#handle))
  }

  /** Throws ESP4905 when an earlier failure has made the GPU unusable for the process. */
  requireDevice(): void {
    if (this.#failure !== null) throw this.#failure
  }

  get isUsable(): boolean {
    return this.#failure === null
  }

  /** Throws ESP4905 unless a status is that of success. A fault is that of a kernel that ran, whoever hears of it. */
  ensure(what: string, status: number): void {
    if (status === 0) return
    const { name, meaning } = this.driver.status(status)
    const isFatal = FATAL.includes(status)
    const kernels = [...this.#running].map((kernel) => `\`${kernel}\``).join(' or ')
    const blamed = isFatal && kernels !== '' ? `kernel ${kernels}` : what
    const failure = problem('ESP4905', { what: blamed, reason: `${name} (${meaning})`, isFatal })
    if (isFatal) this.#failure ??= failure
    throw failure
  }

  /** A handle or a pointer that C gives back. */
  handle(what: string, ask: (out: DataView) => number): bigint {
    const out = outMemory()
    this.ensure(what, ask(out))
    return out.getBigUint64(0, true)
  }

  started(kernel: string): void {
    this.#running.add(kernel)
  }

  /** What is in `later` from now on waits for what is in `earlier`. */
  order(earlier: bigint, later: bigint): void {
    if (earlier === later || !this.isUsable) return
    this.enter()
    const event = this.handle('an event', (out) => this.driver.cuEventCreate(out, NO_TIMING))
    this.ensure('an event', this.driver.cuEventRecord(event, earlier))
    this.ensure('an event', this.driver.cuStreamWaitEvent(later, event, 0))
    this.ensure('an event', this.driver.cuEventDestroy_v2(event))
  }

  /** Resolves when everything in the stream is done. Rejects with ESP4905, which names the kernels it may be about. */
  async idle(stream: bigint, isWanted: () => boolean): Promise<void> {
    const start = performance.now()
    while (isWanted()) {
      this.enter()
      const status = this.driver.cuStreamQuery(stream)
      if (status !== NOT_READY) {
        this.ensure('the stream', status)
        this.#running.clear()
        return
      }
      await (performance.now() - start < EAGER ? soon() : later())
    }
  }
}

const soon = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const later = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1))
