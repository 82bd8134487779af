/**
 * The functions of CUDA's driver and of NVRTC that the host calls, with the types of their parameters. All of them return a status.
 */

/** What a parameter is to TypeScript. Sizes are exact up to 2^53. */
interface Kinds {
  readonly int: number
  readonly uint: number
  readonly size: number
  /** A pointer or a handle that C gave; 0n is null. */
  readonly handle: bigint
  /** Memory of JavaScript that C reads or writes. */
  readonly memory: ArrayBufferView
  readonly text: string
}
export type ParameterKind = keyof Kinds

export const driverFunctions = {
  cuInit: ['uint'],
  cuDriverGetVersion: ['memory'],
  cuDeviceGetCount: ['memory'],
  cuDeviceGet: ['memory', 'int'],
  cuDeviceGetName: ['memory', 'int', 'int'],
  cuDeviceGetAttribute: ['memory', 'int', 'int'],
  cuDeviceTotalMem_v2: ['memory', 'int'],
  cuDevicePrimaryCtxRetain: ['memory', 'int'],
  cuCtxSetCurrent: ['handle'],
  cuStreamCreate: ['memory', 'uint'],
  cuStreamQuery: ['handle'],
  cuStreamSynchronize: ['handle'],
  cuStreamWaitEvent: ['handle', 'handle', 'uint'],
  cuEventCreate: ['memory', 'uint'],
  cuEventRecord: ['handle', 'handle'],
  cuEventDestroy_v2: ['handle'],
  cuEventElapsedTime: ['memory', 'handle', 'handle'],
  cuMemAlloc_v2: ['memory', 'size'],
  cuMemFree_v2: ['handle'],
  cuMemGetAddressRange_v2: ['memory', 'memory', 'handle'],
  cuMemcpyHtoDAsync_v2: ['handle', 'memory', 'size', 'handle'],
  cuMemcpyDtoHAsync_v2: ['memory', 'handle', 'size', 'handle'],
  cuMemcpyDtoDAsync_v2: ['handle', 'handle', 'size', 'handle'],
  cuMemcpy2DAsync_v2: ['memory', 'handle'],
  cuMemsetD8Async: ['handle', 'uint', 'size', 'handle'],
  cuMemsetD16Async: ['handle', 'uint', 'size', 'handle'],
  cuMemsetD32Async: ['handle', 'uint', 'size', 'handle'],
  cuPointerGetAttribute: ['memory', 'int', 'handle'],
  cuModuleLoadData: ['memory', 'memory'],
  cuModuleGetFunction: ['memory', 'handle', 'text'],
  cuFuncSetAttribute: ['handle', 'int', 'int'],
} as const satisfies Readonly<Record<string, readonly ParameterKind[]>>

/** `nvrtcCompileProgram` takes longer than a program may be held up: it is a method of the library. */
export const compilerFunctions = {
  nvrtcVersion: ['memory', 'memory'],
  nvrtcCreateProgram: ['memory', 'text', 'text', 'int', 'handle', 'handle'],
  nvrtcDestroyProgram: ['memory'],
  nvrtcGetCUBINSize: ['handle', 'memory'],
  nvrtcGetCUBIN: ['handle', 'memory'],
  nvrtcGetProgramLogSize: ['handle', 'memory'],
  nvrtcGetProgramLog: ['handle', 'memory'],
} as const satisfies Readonly<Record<string, readonly ParameterKind[]>>

type Table = Readonly<Record<string, readonly ParameterKind[]>>
type Parameters<P extends readonly ParameterKind[]> = { readonly [I in keyof P]: Kinds[P[I]] }
export type Functions<T extends Table> = { readonly [N in keyof T]: (...parameters: Parameters<T[N]>) => number }

/** How a status is called, and what it means. */
export interface Status {
  readonly name: string
  readonly meaning: string
}

export interface CudaLaunch {
  readonly kernel: bigint
  readonly blocks: number
  readonly threads: number
  readonly sharedBytes: number
  /** All parameters, each at a multiple of its size. */
  readonly parameters: Uint8Array
}

/** `libcuda`. */
export interface CudaDriver extends Functions<typeof driverFunctions> {
  launch(launch: CudaLaunch, stream: bigint): number
  status(status: number): Status
}

/** `libnvrtc`. */
export interface CudaCompiler extends Functions<typeof compilerFunctions> {
  /** Runs beside everything else. */
  compile(program: bigint, options: readonly string[]): Promise<number>
  statusText(status: number): string
}

/** Memory for what C gives back: of its own, so that nothing moves it while it is written. */
export const outMemory = (bytes = 8): DataView => new DataView(new ArrayBuffer(bytes))
