/**
 * What a generated shim and its users see of every runtime. This file and the target's own are also the text of the declarations
 * that are emitted beside a shim, so they hold types only and import nothing but the manifest's.
 */
import type { DTypeName } from '../../abi/manifest.ts'

/** What a Float16Array is, where the language does not know it yet. */
export interface Float16ArrayLike extends ArrayLike<number> {
  readonly buffer: ArrayBufferLike
  readonly byteOffset: number
  readonly byteLength: number
  readonly [Symbol.toStringTag]: 'Float16Array'
}

/** The array that holds elements of a dtype: f16 and bf16 as their bits, bool as bytes that are 0 or not. */
export interface DataTypes {
  readonly f32: Float32Array
  readonly f16: Uint16Array
  readonly bf16: Uint16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly bool: Uint8Array
}
export type DataOf<D extends DTypeName> = DataTypes[D]
export type TensorData = DataTypes[DTypeName]

/** What may be given as data: the array of the dtype, a Float16Array for f16, or plain numbers, which are converted. */
export interface DataInputs {
  readonly f32: Float32Array | readonly number[]
  readonly f16: Uint16Array | Float16ArrayLike | readonly number[]
  readonly bf16: Uint16Array | readonly number[]
  readonly i32: Int32Array | readonly number[]
  readonly u32: Uint32Array | readonly number[]
  readonly u8: Uint8Array | Uint8ClampedArray | readonly number[]
  readonly i8: Int8Array | readonly number[]
  readonly bool: Uint8Array | Uint8ClampedArray | readonly number[]
}
export type DataInput<D extends DTypeName = DTypeName> = DataInputs[D]

/** A tensor in JavaScript memory; row-major. `dtype` may be left out where the data or the entry says it. */
export interface TensorLike<D extends DTypeName = DTypeName> {
  readonly data: DataInput<D>
  readonly shape: readonly number[]
  readonly dtype?: D
}

/** A copy of a tensor in JavaScript memory. May be passed to an entry again. */
export interface HostTensor<D extends DTypeName = DTypeName> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: DataOf<D>
}

/** A ratio: 0.7 (the decimal as written), '70%' or '7/10'. */
export type Ratio = number | string
export type ParamInput = number | bigint | boolean | string

export type Params = Readonly<Record<string, ParamInput | undefined>>
/** Extents by axis name. */
export type Sizes = Readonly<Record<string, number>>
export type SavedState = Readonly<Record<string, HostTensor>>

/** Where a file comes from. A string or URL is read through fetch, or from the file system where there is one. */
export type FileSource = ArrayBuffer | ArrayBufferView | Response | PromiseLike<Response> | URL | string
