/** What a shim for a target on a device and its users see of the runtime, whichever device it is. Types only: see `../types.ts`. */
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
} from '../types.ts'

/** Where an artefact comes from. */
export type ArtifactSource = FileSource

/** A dense tensor on the device of a policy. It stays valid until it is released, or until the policy is. */
export interface DeviceTensor<D extends DTypeName = DTypeName> {
  readonly kind: 'dense'
  readonly dtype: D
  readonly shape: readonly number[]
  /** Names of the axes, outermost first; `*` for extra leading ones. */
  readonly axes: readonly string[]
  /** Number of elements. */
  readonly size: number
  readonly bytes: number
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
export interface DevicePackedTensor<D extends DTypeName = DTypeName> {
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
  readonly released: boolean
  /** Copies of the parts: `values`, and `words`, `meta` or `indices`, and `offsets` unless exact. */
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

export interface DeviceOptions {
  /** Extents that no input shows, such as the layers of a state. */
  readonly sizes?: Sizes
  /** Upper bound of the bytes of all buffers of the instance. */
  readonly maxBytes?: number
  /** Runs calls also on WebAssembly and rejects where the results differ. */
  readonly verify?: ReferencePolicy | VerifyOptions
}

/** One instance of a compiled policy on a device, with its parameters and a state of its own. Calls run in order. */
export interface DevicePolicy {
  readonly name: string
  readonly manifest: Manifest
  /** Bytes and number of all buffers of the instance, and the bytes that tensors and states hold. */
  readonly memory: { readonly bytes: number; readonly used: number; readonly buffers: number }
  /** Sets parameters for the calls that follow. */
  set(params: Params): void
  /** A tensor on the device: passing it to an entry does not copy it. Zeros without data. */
  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): DeviceTensor<D>
  /** A new state, independent of the instance's own, to be passed to calls. */
  state(options?: { readonly sizes?: Sizes }): State
  /** A copy of a variable of the instance's own state. */
  readState(name: string): Promise<HostTensor>
  reset(): Promise<void>
  save(): Promise<SavedState>
  restore(saved: SavedState): Promise<void>
  /** Destroys buffers that are kept for later calls. */
  trim(): void
  /** Destroys all buffers of the instance: every tensor and state becomes unusable. */
  release(): void
}
