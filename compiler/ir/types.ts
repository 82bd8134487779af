/**
 * Types of IR values. At policy and sparse level a value is a tensor with named *atomic* axes (a factored axis has been
 * replaced by its factors, outermost first) or a host scalar; at kernel level it is a machine value or a buffer.
 */

/** How elements are stored. f16, bf16, u8 and i8 are storage only: arithmetic on them is f32, f32, u32 and i32. */
export type DType = 'f32' | 'f16' | 'bf16' | 'i32' | 'u32' | 'u8' | 'i8' | 'bool'

export type Format =
  | { readonly kind: 'bitmap'; readonly width: number }
  | { readonly kind: 'nm'; readonly n: number; readonly m: number }
  | { readonly kind: 'indices' }
  | { readonly kind: 'csr' }
  | { readonly kind: 'block'; readonly r: number; readonly c: number }
  | { readonly kind: 'compact' }
export type FormatOf<K extends Format['kind']> = Extract<Format, { readonly kind: K }>

/**
 * How a packed tensor is laid out: a row holds the kept entries of the axes in `over` (flattened row-major), an entry all
 * elements of the axes `inside` it (row-major; none: one element), and rows run over the other axes, in order. `exact`: every
 * row keeps the same number, so rows have constant size.
 */
export interface Packing {
  readonly format: Format
  readonly over: readonly string[]
  readonly inside?: readonly string[]
  readonly exact: boolean
}

/** Axes that rows of a packed tensor run over. */
export const rowAxes = (axes: readonly string[], { over, inside = [] }: Packing): readonly string[] =>
  axes.filter((axis) => !over.includes(axis) && !inside.includes(axis))

export interface TensorType {
  readonly kind: 'tensor'
  readonly dtype: DType
  readonly axes: readonly string[] // atomic, outermost first; row-major
  readonly packing?: Packing
}

/** A number known to the host before anything is launched: a parameter, an extent, or arithmetic on those. Exact unless `real`. */
export type ScalarKind = 'int' | 'ratio' | 'real' | 'bool'
export interface ScalarType {
  readonly kind: 'scalar'
  readonly scalar: ScalarKind
}

export type MachineDType = 'f32' | 'f64' | 'i32' | 'u32' | 'i64' | 'bool'
/** Kernel level: a value in registers; `lanes` > 1 is a SIMD vector. */
export interface MachineType {
  readonly kind: 'machine'
  readonly dtype: MachineDType
  readonly lanes: number
}

/**
 * Kernel level: memory passed to a kernel. Never aliased with another buffer of the same call unless both are read only.
 * `scratch` belongs to what works on one point of a grid; nothing is in it when a point starts. Of a `lane` buffer, each element is
 * touched by one iteration alone of every spread loop of a team, all of which run over the same range: where they are spread in
 * the same way, an element is one thread's, and may be a register.
 */
export interface BufferType {
  readonly kind: 'buffer'
  readonly dtype: DType
  readonly access: 'read' | 'write' | 'readwrite' | 'scratch' | 'lane'
}

export type Type = TensorType | ScalarType | MachineType | BufferType

export const tensor = (dtype: DType, axes: readonly string[]): TensorType => ({ kind: 'tensor', dtype, axes })
export const scalar = (kind: ScalarKind): ScalarType => ({ kind: 'scalar', scalar: kind })
export const machine = (dtype: MachineDType, lanes = 1): MachineType => ({ kind: 'machine', dtype, lanes })

/** The dtype arithmetic on a stored dtype happens in. */
export function computeDType(dtype: DType): 'f32' | 'i32' | 'u32' | 'bool' {
  switch (dtype) {
    case 'f32':
    case 'f16':
    case 'bf16':
      return 'f32'
    case 'u8':
    case 'u32':
      return 'u32'
    case 'i8':
    case 'i32':
      return 'i32'
    case 'bool':
      return 'bool'
  }
}

export const isFloat = (dtype: DType): boolean => computeDType(dtype) === 'f32'
