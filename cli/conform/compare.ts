/**
 * When an output counts as the expected one. Booleans and integers: element by element, except that masks whose cut lies
 * within rounding (`margin` below 1e-5) may differ in up to 0.1 % of elements (at least 2) as long as every group keeps as
 * many. Floats: relative Frobenius error of at most `rtol`. Public format: docs/conform.md.
 */
import type { DTypeName } from '../../abi/manifest.ts'
import { elementCount, shapeText, type FileTensor } from '../files/tensor.ts'
import { numbersOf } from '../reference-values.ts'

export interface Tolerance {
  /** Smallest relative distance between a kept and a dropped score; null: scores are exact. */
  readonly margin: number | null
  readonly rtol: number
}

export const DEFAULT_RTOL = 1e-4
/** Distances below this are within rounding. */
const CLOSE = 1e-5
const ALLOWED_SHARE = 0.001
const ALLOWED_LEAST = 2

export interface Mismatch {
  readonly what: string
  /** Row-major index of the first difference; null when it is not about an element. */
  readonly first: number | null
  /** Elements that differ. */
  readonly count: number
}

/** Null when `got` is what was expected. */
export function compareTensors(expected: FileTensor, got: FileTensor, tolerance: Tolerance): Mismatch | null {
  const sizes = [elementCount(expected.shape), elementCount(got.shape)]
  const isScalar = sizes.every((size) => size === 1) && (expected.shape.length === 0 || got.shape.length === 0)
  if (!isScalar && shapeText(expected.shape) !== shapeText(got.shape))
    return { what: `shape ${shapeText(got.shape)} instead of ${shapeText(expected.shape)}`, first: null, count: 0 }
  const [a, b] = [numbersOf(expected.dtype, expected.data), numbersOf(got.dtype, got.data)]
  if (expected.dtype === 'bool' || got.dtype === 'bool') return compareMasks(a, b, expected.shape, tolerance.margin)
  return isFloating(expected.dtype) || isFloating(got.dtype) ? compareFloats(a, b, tolerance.rtol) : compareExactly(a, b)
}

const isFloating = (dtype: DTypeName): boolean => dtype === 'f32' || dtype === 'f16' || dtype === 'bf16'

function compareExactly(expected: Float64Array, got: Float64Array): Mismatch | null {
  const wrong = differing(expected, got)
  const first = wrong[0]
  return first === undefined ? null : { what: `${got[first]} instead of ${expected[first]}`, first, count: wrong.length }
}

function compareMasks(
  expected: Float64Array,
  got: Float64Array,
  shape: readonly number[],
  margin: number | null,
): Mismatch | null {
  const wrong = differing(expected, got)
  const first = wrong[0]
  if (first === undefined) return null
  const differs = { first, count: wrong.length }
  const said = `${got[first] === 0 ? 'dropped' : 'kept'} instead of ${got[first] === 0 ? 'kept' : 'dropped'}`
  if (margin === null || margin >= CLOSE) return { what: said, ...differs }
  const allowed = Math.max(ALLOWED_LEAST, Math.floor(ALLOWED_SHARE * expected.length))
  if (wrong.length > allowed) return { what: `${said}; ${allowed} differences would be within rounding`, ...differs }
  const size = groupSize(expected, shape)
  const group = wrong.find((at) => countIn(expected, at, size) !== countIn(got, at, size))
  if (group === undefined) return null
  const counts = `${countIn(got, group, size)} instead of ${countIn(expected, group, size)}`
  return { what: `a group of ${size} elements keeps ${counts}`, ...differs }
}

/**
 * Elements that compete with each other, seen from the expected mask: the shortest blocks of the last axis that all keep
 * the same number, neither none nor all; a whole row; or the whole mask.
 */
export function groupSize(mask: Float64Array, shape: readonly number[]): number {
  const row = shape.at(-1) ?? 1
  for (let size = 2; size <= row; size++) {
    if (row % size !== 0) continue
    const kept = countIn(mask, 0, size)
    if (kept === 0 || kept === size) continue
    if (everyBlock(mask, size, kept)) return size
  }
  return Math.max(1, mask.length)
}

function everyBlock(mask: Float64Array, size: number, kept: number): boolean {
  for (let at = 0; at < mask.length; at += size) if (countIn(mask, at, size) !== kept) return false
  return true
}

/** Elements that hold in the block of `size` around `at`. */
function countIn(mask: Float64Array, at: number, size: number): number {
  const start = at - (at % size)
  let count = 0
  for (let i = start; i < Math.min(start + size, mask.length); i++) count += mask[i] === 0 ? 0 : 1
  return count
}

function compareFloats(expected: Float64Array, got: Float64Array, rtol: number): Mismatch | null {
  let error = 0
  let norm = 0
  let worst = 0
  let first = -1
  let count = 0
  for (let i = 0; i < expected.length; i++) {
    const [x, y] = [expected[i]!, got[i]!]
    if (Object.is(x, y) || x === y) {
      if (Number.isFinite(x)) norm += x * x
      continue
    }
    if (!Number.isFinite(x) || !Number.isFinite(y)) return { what: `${y} instead of ${x}`, first: i, count: 1 }
    norm += x * x
    error += (x - y) ** 2
    count++
    if (Math.abs(x - y) > worst) {
      worst = Math.abs(x - y)
      first = i
    }
  }
  const relative = Math.sqrt(error) / Math.max(Math.sqrt(norm), Number.MIN_VALUE)
  if (error === 0 || relative <= rtol) return null
  const element = `largest difference: ${got[first]} instead of ${expected[first]}`
  return { what: `relative error ${relative.toExponential(2)}, more than ${rtol}; ${element}`, first, count }
}

function differing(expected: Float64Array, got: Float64Array): number[] {
  const wrong: number[] = []
  for (let i = 0; i < expected.length; i++)
    if (expected[i] !== got[i] && !(Number.isNaN(expected[i]) && Number.isNaN(got[i]))) wrong.push(i)
  return wrong
}

/** `[1, 17]` for the row-major index of an element. */
export function indexText(at: number, shape: readonly number[]): string {
  const index: number[] = []
  let rest = at
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!)
    rest = Math.floor(rest / shape[axis]!)
  }
  return shapeText(index)
}
