/** What a shim for WebGPU and its users see of the runtime, beside what all runtimes have. Types only: see `../types.ts`. */
import type { DTypeName, Manifest, PackingSpec } from '../../../abi/manifest.ts'
import type {
  DataInput,
  DataOf,
  FileSource,
  Float16ArrayLike,
  HostTensor,
  Params,
  SavedState,
  Sizes,
  TensorData,
  TensorLike,
} from '../types.ts'

/** A type of WebGPU, where the program has its declarations (TypeScript's `DOM` of later versions, or `@webgpu/types`). */
export type WebGpuType<Name extends string> = typeof globalThis extends { readonly [N in Name]: { readonly prototype: infer T } }
  ? T
  : object

/** Where an artefact comes from. */
export type ArtifactSource = FileSource

/** Elements in a GPU buffer with usage STORAGE, row-major and without gaps; used where they are. */
export interface BufferTensor<D extends DTypeName = DTypeName> {
  readonly buffer: WebGpuType<'GPUBuffer'>
  readonly shape: readonly number[]
  /** May be left out where the entry takes one dtype only. */
  readonly dtype?: D
  /** First byte, a multiple of 4; 0 unless given. */
  readonly offset?: number
}

/** A dense tensor on the device of a policy. It stays valid until it is released, or until the policy is. */
export interface Tensor<D extends DTypeName = DTypeName> {
  readonly kind: 'dense'
  readonly dtype: D
  readonly shape: readonly number[]
  /** Names of the axes, outermost first; `*` for extra leading ones. */
  readonly axes: readonly string[]
  /** Number of elements. */
  readonly size: number
  readonly bytes: number
  /** Where the elements are: usages STORAGE, COPY_SRC and COPY_DST. Whole words of 4 bytes; valid until the tensor is released. */
  readonly buffer: WebGpuType<'GPUBuffer'>
  /** First byte in the buffer. */
  readonly offset: number
  readonly released: boolean
  /** A copy of the elements. */
  data(): Promise<DataOf<D>>
  /** The elements as numbers. */
  toFloat32(): Promise<Float32Array>
  /** An f16 tensor as a Float16Array, where the host has one. */
  toFloat16(): Promise<Float16ArrayLike>
  /** The only element of a tensor of size 1. */
  item(): Promise<number>
  release(): void
}

/** A pruned tensor: the kept elements and where they were. On the device of a policy like a dense one. */
export interface PackedTensor<D extends DTypeName = DTypeName> {
  readonly kind: 'packed'
  readonly dtype: D
  /** Shape and axes of the dense tensor. */
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly packing: PackingSpec
  /** Number of elements of the dense tensor. */
  readonly size: number
  /** Bytes of all parts. */
  readonly bytes: number
  /** Elements kept. */
  readonly kept: number
  /** Elements kept in each row; null when rows differ. */
  readonly keptPerRow: number | null
  /** `kept / size`; 0 for an empty tensor. */
  readonly density: number
  /** Where the parts are: `values`, and `words`, `meta` or `indices`, and `offsets` unless exact. */
  readonly buffers: Readonly<Record<string, BufferTensor>>
  readonly released: boolean
  /** Copies of the parts. */
  parts(): Promise<Readonly<Record<string, TensorData>>>
  /** Entries kept in each row. */
  counts(): Promise<Uint32Array>
  /** The number of the first entry of each row, and behind the last how many there are. */
  offsets(): Promise<Uint32Array>
  /** The entries kept in a row, in order: its count, then what an entry is made of. */
  row(index: number): Promise<HostTensor<D>>
  /** The dense tensor, zeros where nothing was kept. */
  dense(): Promise<HostTensor<D>>
  /** 1 where an element is kept, in the order of the dense tensor. */
  mask(): Promise<Uint8Array>
  /** The dense elements as numbers. */
  toFloat32(): Promise<Float32Array>
  release(): void
}

/** What an entry takes for a dense input. */
export type TensorInput<D extends DTypeName = DTypeName> = Tensor<D> | TensorLike<D> | BufferTensor<D>
/** What it takes for one without axes. */
export type ScalarInput<D extends DTypeName = DTypeName> = TensorInput<D> | number | boolean

export type Inputs = Readonly<Record<string, ScalarInput | PackedTensor | undefined>>
export type Outputs = Readonly<Record<string, Tensor | PackedTensor>>

/** The state variables of a policy, with their values on the device. Independent of every other state of the same policy. */
export interface State {
  /** Every variable back to its initial value; extents are forgotten, except those given as sizes. */
  reset(): Promise<void>
  /** A copy of the variables that have a value. */
  save(): Promise<SavedState>
  /** Replaces the variables that are given; the others go back to their initial values. */
  restore(saved: SavedState): Promise<void>
  /** A copy of one variable. */
  read(name: string): Promise<HostTensor>
  release(): void
}

/** The same policy compiled for WebAssembly: what results are compared with. */
export interface ReferencePolicy {
  readonly manifest: Manifest
  call(entry: string, inputs: Readonly<Record<string, unknown>>, params?: Params, state?: ReferenceState): unknown
  state(options?: { readonly sizes?: Sizes }): ReferenceState
}
export interface ReferenceState {
  restore(saved: SavedState): void
  save(): SavedState
  release(): void
}

export interface VerifyOptions {
  readonly policy: ReferencePolicy
  /** Compares the first call and every n-th after it; 1 unless given. */
  readonly every?: number
  /** Largest difference of f32 results, relative to the largest value of the tensor; 1e-4 unless given. Halves have more. */
  readonly tolerance?: number
}

export interface InstanceOptions {
  /** Extents that no input shows, such as the layers of a state. */
  readonly sizes?: Sizes
  /** Upper bound of the bytes of all buffers of the instance. */
  readonly maxBytes?: number
  /** The device to use; it stays the caller's. Without it one is asked for, and belongs to the instance. */
  readonly device?: WebGpuType<'GPUDevice'>
  /** Where a device is asked for: `navigator.gpu`, or what npm `webgpu` gives, unless given. */
  readonly gpu?: WebGpuType<'GPU'>
  /** Limits to ask for: what every device has, all that the adapter offers, or some by name. */
  readonly limits?: 'default' | 'adapter' | Readonly<Record<string, number>>
  /** Features to use: `subgroups` and `shader-f16` where they are offered, unless given. */
  readonly features?: readonly ('subgroups' | 'shader-f16')[]
  readonly powerPreference?: 'low-power' | 'high-performance'
  /** Runs calls also on WebAssembly and rejects where the results differ. */
  readonly verify?: ReferencePolicy | VerifyOptions
}

/** One instance of a compiled policy on a device, with its parameters and a state of its own. Calls run in order. */
export interface Policy {
  readonly name: string
  readonly manifest: Manifest
  readonly device: WebGpuType<'GPUDevice'>
  /** Bytes and number of all buffers of the instance, and the bytes that tensors and states hold. */
  readonly memory: { readonly bytes: number; readonly used: number; readonly buffers: number }
  /**
   * Runs an entry. `params` overrides parameters for this call and gives the entry's own scalars. Nothing runs unless every
   * name, dtype and shape fits; when it rejects, the state is as it was. Rejects with EspalierError.
   */
  call(entry: string, inputs: Inputs, params?: Params, state?: State): Promise<Outputs>
  /** Sets parameters for the calls that follow. */
  set(params: Params): void
  /** A tensor on the device: passing it to an entry does not copy it. Zeros without data. */
  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D>
  /** A new state, independent of the instance's own, to be passed to calls. */
  state(options?: { readonly sizes?: Sizes }): State
  /** A copy of a variable of the instance's own state. */
  readState(name: string): Promise<HostTensor>
  reset(): Promise<void>
  save(): Promise<SavedState>
  restore(saved: SavedState): Promise<void>
  /** Destroys buffers that are kept for later calls. */
  trim(): void
  /** Destroys all buffers of the instance, and the device when it is the instance's: every tensor and state becomes unusable. */
  release(): void
}
