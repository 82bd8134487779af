/** What a shim for WebAssembly and its users see of the runtime, beside what all runtimes have. Types only: see `../types.ts`. */
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

/** A dense tensor in the memory of a policy. It stays valid until it is released, or until the policy is. */
export interface Tensor<D extends DTypeName = DTypeName> {
  readonly kind: 'dense'
  readonly dtype: D
  readonly shape: readonly number[]
  /** Names of the axes, outermost first; `*` for extra leading ones. */
  readonly axes: readonly string[]
  /** Number of elements. */
  readonly size: number
  readonly bytes: number
  /** A view of the elements, made anew each time: a call of the policy may move its memory, so do not keep it. */
  readonly data: DataOf<D>
  readonly released: boolean
  /** The elements as numbers; a copy that outlives the tensor. */
  toFloat32(): Float32Array
  /** A view of an f16 tensor as a Float16Array, where the host has one. */
  toFloat16(): Float16ArrayLike
  /** The only element of a tensor of size 1. */
  item(): number
  release(): void
}

/** A pruned tensor: the kept elements and where they were. Lives in the memory of a policy like a dense one. */
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
  /** Views of the parts, made anew each time: `values`, and `words`, `meta` or `indices`, and `offsets` unless exact. */
  readonly parts: Readonly<Record<string, TensorData>>
  readonly released: boolean
  /** Entries kept in each row; a copy. */
  readonly counts: Uint32Array
  /** The number of the first entry of each row, and behind the last how many there are; a copy. */
  readonly offsets: Uint32Array
  /** The entries kept in a row, in order: its count, then what an entry is made of; a copy. */
  row(index: number): HostTensor<D>
  /** The dense tensor, zeros where nothing was kept; a copy. */
  dense(): HostTensor<D>
  /** 1 where an element is kept, in the order of the dense tensor; a copy. */
  mask(): Uint8Array
  /** The dense elements as numbers; a copy. */
  toFloat32(): Float32Array
  release(): void
}

/** What an entry takes for a dense input. */
export type TensorInput<D extends DTypeName = DTypeName> = Tensor<D> | TensorLike<D>
/** What it takes for one without axes. */
export type ScalarInput<D extends DTypeName = DTypeName> = TensorInput<D> | number | boolean

export type Inputs = Readonly<Record<string, ScalarInput | PackedTensor | undefined>>
export type Outputs = Readonly<Record<string, Tensor | PackedTensor>>

/** The state variables of a policy, with their values. Independent of every other state of the same policy. */
export interface State {
  /** Every variable back to its initial value; extents are forgotten, except those given as sizes. */
  reset(): void
  /** A copy of the variables that have a value. */
  save(): SavedState
  /** Replaces the variables that are given; the others go back to their initial values. */
  restore(saved: SavedState): void
  /** A copy of one variable. */
  read(name: string): HostTensor
  release(): void
}

export interface InstanceOptions {
  /** Extents that no input shows, such as the layers of a state. */
  readonly sizes?: Sizes
  /** Upper bound of the memory of the instance, in bytes. At most, and by default, 4 GiB. */
  readonly maxBytes?: number
}

/** One instance of a compiled policy, with its memory, its parameters and a state of its own. */
export interface Policy {
  readonly name: string
  readonly manifest: Manifest
  /** Bytes of the memory, and of it those that tensors and states hold. */
  readonly memory: { readonly bytes: number; readonly used: number }
  /**
   * Runs an entry. `params` overrides parameters for this call and gives the entry's own scalars. Nothing runs unless every
   * name, dtype and shape fits; when it throws, the state is as it was. Throws EspalierError.
   */
  call(entry: string, inputs: Inputs, params?: Params, state?: State): Outputs
  /** Sets parameters for the calls that follow. */
  set(params: Params): void
  /** A tensor in the memory of the instance: passing it to an entry does not copy it. Zeros without data. */
  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D>
  /** A new state, independent of the instance's own, to be passed to calls. */
  state(options?: { readonly sizes?: Sizes }): State
  /** A copy of a variable of the instance's own state. */
  readState(name: string): HostTensor
  reset(): void
  save(): SavedState
  restore(saved: SavedState): void
  /** Gives up the memory: every tensor and state of the instance becomes unusable. */
  release(): void
}

/** Where the WebAssembly comes from. */
export type ArtifactSource = FileSource | WebAssembly.Module
