/**
 * One vocabulary for scalars and vectors: code written against `Lanes` does the same IEEE operations in the same order on
 * an `f32`, on the lanes of an `f32x4`, on an `f64` or on the lanes of an `f64x2`, so all of them give the same bits.
 * A mask is an i32 that is 0 or 1 for scalars, and all ones or all zeros per lane for vectors. Every operand is used once:
 * share what is needed twice.
 */
import { f32, f64, i32, i64, op, select, vectorF32, vectorF64, vectorI32, vectorI64, type Expr, type WasmType } from './expr.ts'
import type { FunctionWriter } from './writer.ts'

export type FloatShape = 'f32' | 'f32x4' | 'f64' | 'f64x2'

const INTEGERS = { f32: 'i32', f32x4: 'i32x4', f64: 'i64', f64x2: 'i64x2' } as const

type Unary = (x: Expr) => Expr
type Binary = (x: Expr, y: Expr) => Expr

export interface Lanes {
  readonly shape: FloatShape
  readonly vector: boolean
  readonly type: WasmType
  share: Unary
  /** Float and integer constants. */
  f(value: number): Expr
  i(value: number | bigint): Expr
  add: Binary
  sub: Binary
  mul: Binary
  div: Binary
  abs: Unary
  sqrt: Unary
  trunc: Unary
  iadd: Binary
  isub: Binary
  and: Binary
  or: Binary
  xor: Binary
  shl(x: Expr, bits: number): Expr
  shrU(x: Expr, bits: number): Expr
  shrS(x: Expr, bits: number): Expr
  /** Float comparisons; false for NaN except `ne`. */
  eq: Binary
  ne: Binary
  lt: Binary
  le: Binary
  gt: Binary
  ge: Binary
  /** Integer comparisons, signed. */
  ieq: Binary
  ilt: Binary
  igt: Binary
  both: Binary
  either: Binary
  /** `x` where the mask holds, else `y`; both are evaluated. */
  pick(mask: Expr, x: Expr, y: Expr): Expr
  /** `x` where the mask holds, else zero: `x` is an integer constant. */
  keep(mask: Expr, x: Expr): Expr
  /** The smaller of x and a constant, and the larger; a NaN x stays NaN. */
  atMost(x: Expr, limit: Expr): Expr
  atLeast(x: Expr, limit: Expr): Expr
  /** The same bits as an integer, and back. */
  bits: Unary
  float: Unary
}

export function lanesOf(writer: FunctionWriter, shape: FloatShape): Lanes {
  const integer = INTEGERS[shape]
  const vector = shape === 'f32x4' || shape === 'f64x2'
  const whole = vector ? 'v128' : integer
  const on =
    (prefix: string, name: string): Binary =>
    (x, y) =>
      op(`${prefix}.${name}`, x, y)
  const one =
    (prefix: string, name: string): Unary =>
    (x) =>
      op(`${prefix}.${name}`, x)
  const shift = (name: string) => (x: Expr, bits: number) => op(`${integer}.${name}`, x, shiftCount(integer, bits))
  return {
    shape,
    vector,
    type: vector ? 'v128' : (shape as WasmType),
    share: (x) => writer.share(x),
    f: (value) => constant(writer, shape, value),
    i: (value) => constant(writer, integer, value),
    add: on(shape, 'add'),
    sub: on(shape, 'sub'),
    mul: on(shape, 'mul'),
    div: on(shape, 'div'),
    abs: one(shape, 'abs'),
    sqrt: one(shape, 'sqrt'),
    trunc: one(shape, 'trunc'),
    iadd: on(integer, 'add'),
    isub: on(integer, 'sub'),
    and: on(whole, 'and'),
    or: on(whole, 'or'),
    xor: on(whole, 'xor'),
    shl: shift('shl'),
    shrU: shift('shr_u'),
    shrS: shift('shr_s'),
    eq: on(shape, 'eq'),
    ne: on(shape, 'ne'),
    lt: on(shape, 'lt'),
    le: on(shape, 'le'),
    gt: on(shape, 'gt'),
    ge: on(shape, 'ge'),
    ieq: on(integer, 'eq'),
    ilt: on(integer, 'lt_s'),
    igt: on(integer, 'gt_s'),
    ...masks(vector, shape, integer),
    bits: vector ? (x) => x : one(integer, 'reinterpret'),
    float: vector ? (x) => x : one(shape, 'reinterpret'),
  }
}

function masks(
  vector: boolean,
  shape: FloatShape,
  integer: string,
): Pick<Lanes, 'both' | 'either' | 'pick' | 'keep' | 'atMost' | 'atLeast'> {
  if (vector)
    return {
      both: (x, y) => op('v128.and', x, y),
      either: (x, y) => op('v128.or', x, y),
      pick: (mask, x, y) => op('v128.bitselect', x, y, mask),
      keep: (mask, x) => op('v128.and', mask, x),
      atMost: (x, limit) => op(`${shape}.pmin`, x, limit),
      atLeast: (x, limit) => op(`${shape}.pmax`, x, limit),
    }
  return {
    both: (x, y) => op('i32.and', x, y),
    either: (x, y) => op('i32.or', x, y),
    pick: select,
    keep: (mask, x) => select(mask, x, integer === 'i64' ? i64(0n) : i32(0)),
    atMost: (x, limit) => op(`${shape}.min`, x, limit),
    atLeast: (x, limit) => op(`${shape}.max`, x, limit),
  }
}

/** Vector shifts count in i32; a scalar i64 shifts by an i64. */
const shiftCount = (integer: string, bits: number): Expr => (integer === 'i64' ? i64(BigInt(bits)) : i32(bits))

function constant(writer: FunctionWriter, shape: FloatShape | 'i32' | 'i32x4' | 'i64' | 'i64x2', value: number | bigint): Expr {
  switch (shape) {
    case 'f32':
      return f32(Number(value))
    case 'f64':
      return f64(Number(value))
    case 'i32':
      return i32(Number(value))
    case 'i64':
      return i64(BigInt(value))
    default:
      return writer.share(vectorConstant(shape, value))
  }
}

function vectorConstant(shape: 'f32x4' | 'i32x4' | 'f64x2' | 'i64x2', value: number | bigint): Expr {
  switch (shape) {
    case 'f32x4':
      return vectorF32(Number(value))
    case 'i32x4':
      return vectorI32(Number(value))
    case 'f64x2':
      return vectorF64(Number(value))
    case 'i64x2':
      return vectorI64(BigInt(value))
  }
}

/** The polynomial c0 + c1 x + c2 x² + …, by Horner's rule. `x` is used many times: share it before. */
export function polynomial(lanes: Lanes, x: Expr, coefficients: readonly number[]): Expr {
  const [last = 0, ...rest] = [...coefficients].reverse()
  return rest.reduce<Expr>((sum, c) => lanes.add(lanes.mul(sum, x), lanes.f(c)), lanes.f(last))
}
