/**
 * What users of `espalier/tfjs` see. This file is also the text of its declarations, so it holds types only and imports nothing
 * but TensorFlow.js's. Policies are known by what they are made of: every shim has its own copy of the runtime's types.
 */
import type * as tf from '@tensorflow/tfjs-core'

/** What is used of TensorFlow.js: `@tensorflow/tfjs-core` itself, or `@tensorflow/tfjs`. */
export type TensorFlow = Pick<typeof tf, 'Tensor' | 'tensor' | 'cast' | 'tidy' | 'keep' | 'backend' | 'getBackend' | 'ready'>

/** The dtype of a `tf.Tensor` that holds a result of a dtype of the policy. */
export interface ResultDTypes {
  readonly f32: 'float32'
  readonly f16: 'float32'
  readonly bf16: 'float32'
  readonly i32: 'int32'
  readonly u32: 'int32'
  readonly u8: 'int32'
  readonly i8: 'int32'
  readonly bool: 'bool'
}

/** A dense result. Its rank is not part of the type: entries map over extra leading axes. */
export type ResultTensor<D extends keyof ResultDTypes> = tf.Tensor & { readonly dtype: ResultDTypes[D] }

/** What is used of an instance of a compiled policy, whichever target it was compiled for. */
export interface AnyPolicy {
  readonly manifest: {
    readonly policy: string
    readonly entries: readonly {
      readonly name: string
      readonly inputs: readonly {
        readonly name: string
        readonly dtypes: readonly (keyof ResultDTypes)[]
        readonly packing: object | null
      }[]
    }[]
  }
  /** Of a policy for WebGPU: its `GPUDevice`. */
  readonly device?: unknown
  /** Results, or a promise of them. */
  call(entry: string, inputs: Readonly<Record<string, unknown>>, params?: object, state?: object): unknown
}

/** Members that instances have; the other methods that answer with an object of results are their entries. */
type Member =
  | (
      | 'name'
      | 'manifest'
      | 'memory'
      | 'device'
      | 'call'
      | 'set'
      | 'tensor'
      | 'state'
      | 'readState'
      | 'reset'
      | 'save'
      | 'restore'
      | 'trim'
    )
  | 'release'

type Dense = { readonly kind: 'dense'; readonly dtype: keyof ResultDTypes }

/** An input that may be dense may be a `tf.Tensor`; everything that the policy itself takes stays possible. */
type Given<F> = [Extract<F, Dense>] extends [never] ? F : F | tf.Tensor
type GivenInputs<I> = I extends object ? { readonly [N in keyof I]: Given<I[N]> } : I
type Arguments<A extends readonly unknown[]> = { [I in keyof A]: I extends '0' ? GivenInputs<A[I]> : A[I] }

/** A dense result becomes a `tf.Tensor`; a packed one stays what it is. */
type Result<F> = F extends { readonly kind: 'dense'; readonly dtype: infer D extends keyof ResultDTypes } ? ResultTensor<D> : F
type Results<O> = { readonly [N in keyof O]: Result<O[N]> }

type AnyInputs = Readonly<Record<string, unknown>>
type AnyParams = Readonly<Record<string, number | bigint | boolean | string | undefined>>
type AnyResults = Readonly<Record<string, unknown>>

type MethodNames<P> = {
  [K in keyof P]: K extends Member
    ? never
    : P[K] extends (...args: never[]) => infer O
      ? Awaited<O> extends object
        ? K
        : never
      : never
}[keyof P]

type Later<M> = M extends (...args: infer A) => infer O ? (...args: Arguments<A>) => Promise<Results<Awaited<O>>> : never
type Now<M> = M extends (...args: infer A) => infer O
  ? O extends PromiseLike<unknown>
    ? never
    : (...args: Arguments<A>) => Results<O>
  : never

/** The entries of a policy on tensors. An instance whose type shows no entry has them all, untyped. */
export type TensorEntries<P> = [MethodNames<P>] extends [never]
  ? Readonly<Record<string, (inputs: AnyInputs, params?: AnyParams, state?: object) => Promise<AnyResults>>>
  : { readonly [K in MethodNames<P>]: Later<P[K]> }

/** The same without promises. An entry of a policy that answers with promises is not there. */
export type SyncTensorEntries<P> = [MethodNames<P>] extends [never]
  ? Readonly<Record<string, (inputs: AnyInputs, params?: AnyParams, state?: object) => AnyResults>>
  : { readonly [K in MethodNames<P>]: Now<P[K]> }

export interface OnTensorsOptions {
  /**
   * Refuses calls whose elements would leave the device: when the backend is not `webgpu`, or the policy is not on its device.
   * Otherwise they are read and written through JavaScript's memory there.
   */
  readonly keepOnDevice?: boolean
}

export interface OnTensors {
  /**
   * The entries of a policy as functions on `tf.Tensor` that promise their results: for every TensorFlow.js backend and every
   * target. Elements stay on the device where the backend `webgpu` and the policy share one. Calls of one result of this function
   * run in the order they were made.
   */
  <P extends AnyPolicy>(policy: P, tensorflow: TensorFlow, options?: OnTensorsOptions): TensorEntries<P>
}

export interface OnTensorsSync {
  /**
   * The same as functions that return their results, usable inside `tf.tidy`: for a policy that answers at once (WebAssembly), on
   * a backend whose data can be read at once (`cpu`, `wasm`, `webgl`).
   */
  <P extends AnyPolicy>(policy: P, tensorflow: TensorFlow): SyncTensorEntries<P>
}

/** A `GPUDevice`, where the program has declarations of WebGPU. */
type WebGpuDevice = typeof globalThis extends { readonly GPUDevice: { readonly prototype: infer T } } ? T : object

/** How a policy is loaded for each target that it was built for: `load` of a shim, or a function that calls it. */
export interface Loaders<W, G> {
  readonly wasm?: () => PromiseLike<W>
  /** Is given the device of the backend; nothing where the backend has none. */
  readonly wgsl?: (on: { readonly device?: WebGpuDevice }) => PromiseLike<G>
}

export interface LoadFor {
  /**
   * Loads a policy for the target that fits the backend in use: on `webgpu` the one for WebGPU, on the backend's own device, so that
   * elements need not leave it; on the others the one for WebAssembly. Where there is only one, that.
   */
  <W extends AnyPolicy = never, G extends AnyPolicy = never>(tensorflow: TensorFlow, loaders: Loaders<W, G>): Promise<W | G>
}
