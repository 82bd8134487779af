/**
 * A GPU with CUDA for tests: an object with the functions of the driver and of NVRTC that the host calls. Memory is ArrayBuffers,
 * kernels are functions of JavaScript, a stream is never done when it is first asked, and everything that was started is recorded.
 */
import type { CudaLibraries } from '../../host/runtime/cuda/cuda-context.ts'
import type { CudaCompiler, CudaDriver } from '../../host/runtime/cuda/functions.ts'

/** Reads the parameters of a kernel in order. */
export class FakeParameters {
  readonly #bytes: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  pointer = (): bigint => this.#bytes.getBigUint64(this.#next(8), true)
  integer = (): number => this.#bytes.getInt32(this.#next(4), true)
  f32 = (): number => this.#bytes.getFloat32(this.#next(4), true)
  f64 = (): number => this.#bytes.getFloat64(this.#next(8), true)

  get rest(): number {
    return this.#bytes.byteLength - this.#at
  }

  #next(size: number): number {
    const at = Math.ceil(this.#at / size) * size
    this.#at = at + size
    return at
  }
}

interface Allocation {
  readonly base: bigint
  readonly size: number
  bytes: Uint8Array | null
}

/** Device memory: what was allocated, in the order of its addresses. */
export class FakeMemory {
  readonly allocations = new Map<bigint, Allocation>()
  #next = 0x7f00_0000_0000n

  get used(): number {
    return [...this.allocations.values()].reduce((sum, { size }) => sum + size, 0)
  }

  allocate(size: number): bigint {
    const base = this.#next
    this.#next += BigInt(Math.ceil((size + 1) / 512) * 512)
    this.allocations.set(base, { base, size, bytes: null })
    return base
  }

  find(pointer: bigint): Allocation | undefined {
    return [...this.allocations.values()].find(({ base, size }) => pointer >= base && pointer < base + BigInt(size))
  }

  /** The bytes from a pointer on; of what is very large, the first. Throws as a GPU faults. */
  at(pointer: bigint, length?: number): Uint8Array {
    const found = this.find(pointer)
    if (found === undefined) throw new Fault(`0x${pointer.toString(16)} is nowhere`)
    found.bytes ??= new Uint8Array(Math.min(found.size, 2 ** 24)).fill(0xcd)
    const start = Number(pointer - found.base)
    if (start + (length ?? 0) > found.size) throw new Fault(`${length} bytes at 0x${pointer.toString(16)} end outside`)
    return found.bytes.subarray(start, length === undefined ? undefined : start + length)
  }

  f32 = (pointer: bigint): Float32Array => {
    const bytes = this.at(pointer)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  }
  i32 = (pointer: bigint): Int32Array => {
    const bytes = this.at(pointer)
    return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  }
  u32 = (pointer: bigint): Uint32Array => {
    const bytes = this.at(pointer)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  }
}

class Fault extends Error {}

export interface FakeStart {
  readonly entry: string
  readonly blocks: number
  readonly threads: number
  readonly sharedBytes: number
  readonly stream: bigint
  readonly parameters: Uint8Array
}

export type FakeKernel = (parameters: FakeParameters, memory: FakeMemory, start: FakeStart) => void

const STATUS = {
  success: 0,
  invalidValue: 1,
  outOfMemory: 2,
  notFound: 500,
  notReady: 600,
  illegalAddress: 700,
  launchFailed: 719,
} as const
const NAMES: Readonly<Record<number, readonly [string, string]>> = {
  1: ['CUDA_ERROR_INVALID_VALUE', 'invalid argument'],
  2: ['CUDA_ERROR_OUT_OF_MEMORY', 'out of memory'],
  100: ['CUDA_ERROR_NO_DEVICE', 'no CUDA-capable device is detected'],
  700: ['CUDA_ERROR_ILLEGAL_ADDRESS', 'an illegal memory access was encountered'],
  719: ['CUDA_ERROR_LAUNCH_FAILED', 'unspecified launch failure'],
}
const FACTS: Readonly<Record<number, number>> = { 16: 4, 75: 9, 76: 0, 97: 227 * 1024 }

export class FakeCuda implements CudaLibraries {
  readonly memory = new FakeMemory()
  readonly starts: FakeStart[] = []
  /** What NVRTC was asked for. */
  readonly compiled: (readonly string[])[] = []
  /** Order that was asked for between streams: later, earlier. */
  readonly waits: (readonly [bigint, bigint])[] = []
  readonly driver: CudaDriver
  readonly compiler: CudaCompiler
  devices = 1
  /** What `cuInit` says. */
  initStatus: number = STATUS.success
  memoryBytes = 2 ** 34
  readonly #kernels: Readonly<Record<string, FakeKernel>>
  readonly #handles = new Map<bigint, string>()
  readonly #events = new Map<bigint, bigint>()
  readonly #times = new Map<bigint, number>()
  /** Milliseconds: each piece of work takes one. */
  #now = 0
  #next = 1n
  #failure: number = STATUS.success
  #isBusy = false

  constructor(kernels: Readonly<Record<string, FakeKernel>>) {
    this.#kernels = kernels
    this.driver = this.#makeDriver()
    this.compiler = this.#makeCompiler()
  }

  #handle(value: string): bigint {
    const handle = this.#next++
    this.#handles.set(handle, value)
    return handle
  }

  /** Does something in a stream, now. A fault is reported by everything that is asked afterwards. */
  #work(run: () => void): number {
    if (this.#failure !== STATUS.success) return this.#failure
    this.#isBusy = true
    this.#now++
    try {
      run()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#failure = STATUS.illegalAddress
    }
    return STATUS.success
  }

  #makeDriver(): CudaDriver {
    const { memory } = this
    const put64 = (out: ArrayBufferView, value: bigint): number => {
      new DataView(out.buffer, out.byteOffset).setBigUint64(0, value, true)
      return STATUS.success
    }
    const put32 = (out: ArrayBufferView, value: number): number => {
      new DataView(out.buffer, out.byteOffset).setInt32(0, value, true)
      return STATUS.success
    }
    const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    const repeat = (pointer: bigint, element: Uint8Array, count: number): number =>
      this.#work(() => {
        const all = memory.at(pointer, element.length * count)
        for (let i = 0; i < count; i++) all.set(element, i * element.length)
      })
    return {
      cuInit: () => this.initStatus,
      cuDriverGetVersion: (out) => put32(out, 13000),
      cuDeviceGetCount: (out) => put32(out, this.devices),
      cuDeviceGet: (out, index) => put32(out, index),
      cuDeviceGetName: (out, _length, device) => {
        bytesOf(out).set(new TextEncoder().encode(`Fake ${device}`))
        return STATUS.success
      },
      cuDeviceGetAttribute: (out, which) => put32(out, FACTS[which] ?? 0),
      cuDeviceTotalMem_v2: (out) => put64(out, BigInt(this.memoryBytes)),
      cuDevicePrimaryCtxRetain: (out, device) => put64(out, BigInt(0x1000 + device)),
      cuCtxSetCurrent: () => this.#failure,
      cuStreamCreate: (out) => put64(out, this.#handle('stream')),
      cuStreamQuery: () => {
        if (this.#failure !== STATUS.success) return this.#failure
        const isBusy = this.#isBusy
        this.#isBusy = false
        return isBusy ? STATUS.notReady : STATUS.success
      },
      cuStreamSynchronize: () => this.#failure,
      cuStreamWaitEvent: (stream, event) => {
        this.waits.push([stream, this.#events.get(event) ?? 0n])
        return STATUS.success
      },
      cuEventCreate: (out) => put64(out, this.#handle('event')),
      cuEventRecord: (event, stream) => {
        this.#events.set(event, stream)
        this.#times.set(event, this.#now)
        return STATUS.success
      },
      cuEventDestroy_v2: () => STATUS.success,
      cuEventElapsedTime: (out, start, end) => {
        const milliseconds = (this.#times.get(end) ?? 0) - (this.#times.get(start) ?? 0)
        new DataView(out.buffer, out.byteOffset).setFloat32(0, milliseconds, true)
        return STATUS.success
      },
      cuMemAlloc_v2: (out, size) =>
        size > this.memoryBytes - memory.used ? STATUS.outOfMemory : put64(out, memory.allocate(size)),
      cuMemFree_v2: (pointer) => (memory.allocations.delete(pointer) ? STATUS.success : STATUS.invalidValue),
      cuMemGetAddressRange_v2: (base, size, pointer) => {
        const found = memory.find(pointer)
        if (found === undefined) return STATUS.invalidValue
        put64(base, found.base)
        return put64(size, BigInt(found.size))
      },
      cuMemcpyHtoDAsync_v2: (to, from, bytes) => this.#work(() => memory.at(to, bytes).set(bytesOf(from).subarray(0, bytes))),
      cuMemcpyDtoHAsync_v2: (to, from, bytes) => this.#work(() => bytesOf(to).set(memory.at(from, bytes))),
      cuMemcpyDtoDAsync_v2: (to, from, bytes) => this.#work(() => memory.at(to, bytes).set(memory.at(from, bytes))),
      cuMemcpy2DAsync_v2: (plane) => {
        const field = (index: number): bigint => new DataView(plane.buffer, plane.byteOffset).getBigUint64(8 * index, true)
        const [width, height] = [Number(field(14)), Number(field(15))]
        return this.#work(() => {
          for (let row = 0n; row < height; row++)
            memory.at(field(11) + row * field(13), width).set(memory.at(field(4) + row * field(6), width))
        })
      },
      cuMemsetD8Async: (to, value, count) => repeat(to, Uint8Array.of(value), count),
      cuMemsetD16Async: (to, value, count) => repeat(to, bytesOf(Uint16Array.of(value)), count),
      cuMemsetD32Async: (to, value, count) => repeat(to, bytesOf(Uint32Array.of(value)), count),
      cuPointerGetAttribute: (out) => put32(out, 0),
      cuModuleLoadData: (out, image) => put64(out, this.#handle(new TextDecoder().decode(bytesOf(image)))),
      cuModuleGetFunction: (out, module, entry) => {
        const names = String(this.#handles.get(module)).split(' ')
        if (!names.includes(kernelOf(entry))) return STATUS.notFound
        return put64(out, this.#handle(names.includes('trap') ? `trap_${entry}` : entry))
      },
      cuFuncSetAttribute: () => STATUS.success,
      launch: ({ kernel, ...start }, stream) => {
        const entry = String(this.#handles.get(kernel))
        const started = { entry, stream, ...start }
        this.starts.push(started)
        if (entry.startsWith('trap_')) {
          this.#failure = STATUS.launchFailed
          return STATUS.success
        }
        return this.#work(() => this.#kernels[kernelOf(entry)]?.(new FakeParameters(start.parameters), memory, started))
      },
      status: (status) => {
        const [name, meaning] = NAMES[status] ?? [`status ${status}`, 'unknown']
        return { name, meaning }
      },
    }
  }

  /** A cubin is the names of its entry points. */
  #makeCompiler(): CudaCompiler {
    const results = new Map<bigint, { readonly source: string; log: string; cubin: string }>()
    const text = (out: ArrayBufferView, value: string): number => {
      new Uint8Array(out.buffer, out.byteOffset).set(new TextEncoder().encode(value))
      return 0
    }
    const size = (out: ArrayBufferView, value: string): number => {
      new DataView(out.buffer, out.byteOffset).setBigUint64(0, BigInt(value.length), true)
      return 0
    }
    return {
      nvrtcVersion: () => 0,
      nvrtcCreateProgram: (out, source) => {
        const handle = this.#handle('program')
        results.set(handle, { source, log: '', cubin: '' })
        new DataView(out.buffer, out.byteOffset).setBigUint64(0, handle, true)
        return 0
      },
      nvrtcDestroyProgram: (out) => Number(!results.delete(new DataView(out.buffer, out.byteOffset).getBigUint64(0, true))),
      nvrtcGetCUBINSize: (program, out) => size(out, results.get(program)?.cubin ?? ''),
      nvrtcGetCUBIN: (program, out) => text(out, results.get(program)?.cubin ?? ''),
      nvrtcGetProgramLogSize: (program, out) => size(out, results.get(program)?.log ?? ''),
      nvrtcGetProgramLog: (program, out) => text(out, results.get(program)?.log ?? ''),
      compile: async (program, options) => {
        this.compiled.push(options)
        const result = results.get(program)
        await Promise.resolve()
        if (result === undefined) return 3
        if (!result.source.includes('__global__')) {
          result.log = 'policy.cu(1): error: expected a declaration\n\n1 error detected\0'
          return 6
        }
        const trap = result.source.includes('trap') ? ['trap'] : []
        result.cubin = [...trap, ...Object.keys(this.#kernels)].join(' ')
        return 0
      },
      statusText: (status) => (status === 6 ? 'NVRTC_ERROR_COMPILATION' : `NVRTC_ERROR_${status}`),
    }
  }
}

/** A kernel by an entry point of its. */
const kernelOf = (entry: string): string => entry.split('__t')[0] ?? ''
