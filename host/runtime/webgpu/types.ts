/** What a shim for WebGPU and its users see of the runtime, beside what all devices have. Types only: see `../types.ts`. */
import type { DTypeName } from '../../../abi/manifest.ts'
import type { DeviceOptions, DevicePackedTensor, DevicePolicy, DeviceTensor, State } from '../device/types.ts'
import type { DataInput, Params, TensorLike } from '../types.ts'

/** A type of WebGPU, where the program has its declarations (TypeScript's `DOM` of later versions, or `@webgpu/types`). */
export type WebGpuType<Name extends string> = typeof globalThis extends { readonly [N in Name]: { readonly prototype: infer T } }
  ? T
  : object

/** Elements in a GPU buffer with usage STORAGE, row-major and without gaps; used where they are. */
export interface BufferTensor<D extends DTypeName = DTypeName> {
  readonly buffer: WebGpuType<'GPUBuffer'>
  readonly shape: readonly number[]
  /** May be left out where the entry takes one dtype only. */
  readonly dtype?: D
  /** First byte, a multiple of 4; 0 unless given. */
  readonly offset?: number
}

/** A dense tensor in a GPU buffer. */
export interface Tensor<D extends DTypeName = DTypeName> extends DeviceTensor<D> {
  /** Where the elements are: usages STORAGE, COPY_SRC and COPY_DST. Whole words of 4 bytes; valid until the tensor is released. */
  readonly buffer: WebGpuType<'GPUBuffer'>
  /** First byte in the buffer. */
  readonly offset: number
}

/** A pruned tensor in GPU buffers. */
export interface PackedTensor<D extends DTypeName = DTypeName> extends DevicePackedTensor<D> {
  /** Where the parts are: `values`, and `words`, `meta` or `indices`, and `offsets` unless exact. */
  readonly buffers: Readonly<Record<string, BufferTensor>>
}

/** What an entry takes for a dense input. */
export type TensorInput<D extends DTypeName = DTypeName> = Tensor<D> | TensorLike<D> | BufferTensor<D>
/** What it takes for one without axes. */
export type ScalarInput<D extends DTypeName = DTypeName> = TensorInput<D> | number | boolean

export type Inputs = Readonly<Record<string, ScalarInput | PackedTensor | undefined>>
export type Outputs = Readonly<Record<string, Tensor | PackedTensor>>

export interface InstanceOptions extends DeviceOptions {
  /** The device to use; it stays the caller's. Without it one is asked for, and belongs to the instance. */
  readonly device?: WebGpuType<'GPUDevice'>
  /** Where a device is asked for: `navigator.gpu`, or what npm `webgpu` gives, unless given. */
  readonly gpu?: WebGpuType<'GPU'>
  /** Limits to ask for: what every device has, all that the adapter offers, or some by name. */
  readonly limits?: 'default' | 'adapter' | Readonly<Record<string, number>>
  /** Features to use: `subgroups` and `shader-f16` where they are offered, unless given. */
  readonly features?: readonly ('subgroups' | 'shader-f16')[]
  readonly powerPreference?: 'low-power' | 'high-performance'
}

/** One instance of a compiled policy on a device, with its parameters and a state of its own. Calls run in order. */
export interface Policy extends DevicePolicy {
  readonly device: WebGpuType<'GPUDevice'>
  /**
   * Runs an entry. `params` overrides parameters for this call and gives the entry's own scalars. Nothing runs unless every
   * name, dtype and shape fits; when it rejects, the state is as it was. Rejects with EspalierError.
   */
  call(entry: string, inputs: Inputs, params?: Params, state?: State): Promise<Outputs>
  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D>
  /** Destroys all buffers of the instance, and the device when it is the instance's: every tensor and state becomes unusable. */
  release(): void
}
