/** What a shim for CUDA and its users see of the runtime, beside what all devices have. Types only: see `../types.ts`. */
import type { DTypeName } from '../../../abi/manifest.ts'
import type { DeviceOptions, DevicePackedTensor, DevicePolicy, DeviceTensor, State } from '../device/types.ts'
import type { DataInput, FileSource, Params, TensorLike } from '../types.ts'

/** Elements in device memory, row-major and without gaps; used where they are, so they must stay until the stream has read them. */
export interface PointerTensor<D extends DTypeName = DTypeName> {
  /** Address on the device, a multiple of 16. */
  readonly pointer: bigint
  readonly shape: readonly number[]
  /** May be left out where the entry takes one dtype only. */
  readonly dtype?: D
}

/** A dense tensor in device memory. */
export interface Tensor<D extends DTypeName = DTypeName> extends DeviceTensor<D> {
  /** Address on the device; valid until the tensor is released, and written by what is in the stream of the policy. */
  readonly pointer: bigint
}

/** A pruned tensor in device memory. */
export interface PackedTensor<D extends DTypeName = DTypeName> extends DevicePackedTensor<D> {
  /** Where the parts are: `values`, and `words`, `meta` or `indices`, and `offsets` unless exact. */
  readonly pointers: Readonly<Record<string, PointerTensor>>
}

/** What an entry takes for a dense input. */
export type TensorInput<D extends DTypeName = DTypeName> = Tensor<D> | TensorLike<D> | PointerTensor<D>
/** What it takes for one without axes. */
export type ScalarInput<D extends DTypeName = DTypeName> = TensorInput<D> | number | boolean

export type Inputs = Readonly<Record<string, ScalarInput | PackedTensor | undefined>>
export type Outputs = Readonly<Record<string, Tensor | PackedTensor>>

export interface InstanceOptions extends DeviceOptions {
  /** Number of the GPU among those that the driver shows; 0 unless given. */
  readonly device?: number
  /** A `CUstream` or `cudaStream_t` of the device's primary context. Instances share one of their own unless given. */
  readonly stream?: bigint
  /** The kernels compiled for this GPU by nvcc, unless they are beside the CUDA C. What is in no cubin is compiled by NVRTC. */
  readonly cubin?: FileSource
}

/** The GPU of an instance. */
export interface CudaDevice {
  readonly index: number
  readonly name: string
  /** As `9.0`. */
  readonly computeCapability: string
  readonly memoryBytes: number
  readonly multiprocessors: number
}

/** One instance of a compiled policy on a GPU, with its parameters and a state of its own. Calls run in order. */
export interface Policy extends DevicePolicy {
  readonly device: CudaDevice
  /** Where all its work is put, in order. */
  readonly stream: bigint
  /**
   * Runs an entry. `params` overrides parameters for this call and gives the entry's own scalars. Nothing runs unless every
   * name, dtype and shape fits; when it rejects, the state is as it was. Resolves when the work is in the stream: whatever uses
   * the results there comes after it, and reading them waits. Rejects with EspalierError.
   */
  call(entry: string, inputs: Inputs, params?: Params, state?: State): Promise<Outputs>
  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D>
  /** Resolves when everything that is in the stream has been done. */
  finished(): Promise<void>
}
