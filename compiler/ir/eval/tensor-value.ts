/**
 * Making and reading tensor values: strides by axis name, storage rounding, and conversions between host scalars and
 * elements. Data is row-major in the order of `axes`.
 */
import { fromNumber, isRational, rational, toNumber, type Rational } from '../../../abi/rational.ts'
import type { EvalValue, ScalarValue, TensorValue } from '../eval-value.ts'
import type { DType, ScalarKind } from '../types.ts'
import { EvalError } from './eval-error.ts'

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)

/** The largest number of elements an evaluation may hold in one tensor: 4 GiB of doubles. */
const MAX_ELEMENTS = 2 ** 29

export function allocate(shape: readonly number[]): Float64Array {
  const count = elementCount(shape)
  if (!(count <= MAX_ELEMENTS)) throw new EvalError(`a tensor of ${shape.join(' x ')} elements is too large to evaluate`)
  return new Float64Array(count)
}

export const tensorValue = (
  dtype: DType,
  axes: readonly string[],
  shape: readonly number[],
  data: Float64Array,
): TensorValue => ({
  kind: 'tensor',
  dtype,
  axes,
  shape,
  data,
})

export const scalarValue = (value: Rational | number | boolean): ScalarValue => ({ kind: 'scalar', value })
export const intValue = (value: number): ScalarValue => scalarValue(rational(value))

export const extentOf = (value: TensorValue, axis: string): number => {
  const extent = value.shape[value.axes.indexOf(axis)]
  if (extent === undefined) throw new EvalError(`no axis ${axis} in [${value.axes.join(', ')}]`)
  return extent
}

/** Distance in elements between neighbours along each axis of `shape`, row-major. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let at = shape.length - 1; at >= 0; at--) {
    strides[at] = step
    step *= shape[at] ?? 1
  }
  return strides
}

/** Strides of a value over other axes: 0 along axes it does not have. */
export function stridesOver(axes: readonly string[], value: TensorValue): number[] {
  const own = rowMajor(value.shape)
  return axes.map((axis) => own[value.axes.indexOf(axis)] ?? 0)
}

/** Extents of `axes`, taken from whichever value has the axis. Throws when two disagree. */
export function shapeOver(axes: readonly string[], values: readonly TensorValue[]): number[] {
  return axes.map((axis) => {
    const extents = values.filter((value) => value.axes.includes(axis)).map((value) => extentOf(value, axis))
    const [first] = extents
    if (first === undefined) throw new EvalError(`nothing binds axis ${axis}`)
    const odd = extents.find((extent) => extent !== first)
    if (odd !== undefined) throw new EvalError(`axis ${axis} has extent ${first} and ${odd}`)
    return first
  })
}

/** A host scalar as a double; truth values are 0 and 1. */
export const scalarNumber = (value: ScalarValue): number =>
  isRational(value.value) ? toNumber(value.value) : Number(value.value)

/** A double as a host scalar of the given kind. Throws EvalError when a whole number or ratio has no such value. */
export function scalarOf(kind: ScalarKind, value: number): ScalarValue {
  if (kind === 'bool') return scalarValue(value !== 0)
  if (kind === 'real') return scalarValue(value)
  const exact = fromNumber(value)
  if (exact === null) throw new EvalError(`${value} is not a ${kind === 'int' ? 'whole number' : 'ratio'}`)
  return scalarValue(exact)
}

export function expectTensor(value: EvalValue | null | undefined): TensorValue {
  if (value?.kind !== 'tensor') throw new EvalError('a tensor is needed here')
  return value
}

export function expectScalar(value: EvalValue | null | undefined): ScalarValue {
  if (value?.kind !== 'scalar') throw new EvalError('a number known to the host is needed here')
  return value
}

/** A host scalar that must be a whole number a double can hold. */
export function expectInt(value: EvalValue | null | undefined): number {
  const number = scalarNumber(expectScalar(value))
  if (!Number.isSafeInteger(number)) throw new EvalError(`${number} is not a whole number`)
  return number
}

/** Operands of an op that takes numbers or tensors alike: a scalar becomes a tensor without axes. */
export const asTensor = (value: EvalValue, dtype: DType): TensorValue =>
  value.kind === 'tensor' ? value : tensorValue(dtype, [], [], Float64Array.of(scalarNumber(value)))
