/** Arithmetic on host scalars, one row per operation: on exact numbers where that has a meaning, else on doubles. */
import type { EspalierError } from './espalier-error.ts'
import { boundedSteps } from './loop-steps.ts'
import * as exact from './rational.ts'
import type { Rational } from './rational.ts'

export type ScalarKind = 'int' | 'ratio' | 'real' | 'bool'
/** int and ratio are exact, real is a double. */
export type ScalarResult = Rational | number | boolean

/** One evaluated scalar: its value, or the reason why it has none; undefined while an extent is missing. */
export type ScalarSlot =
  { readonly kind: ScalarKind; readonly value: ScalarResult } | { readonly failure: EspalierError } | undefined

export interface ScalarOp {
  readonly arity: number
  /** Kind of the result from those of the arguments. */
  readonly kind: (kinds: readonly ScalarKind[]) => ScalarKind
  readonly number: (...args: number[]) => number
  /** Without it the operation is done on doubles. May throw RangeError: no answer. */
  readonly exact?: (...args: Rational[]) => Rational | boolean
}

/** The kind of arithmetic on these: a real among them makes it real, else a ratio makes it a ratio. */
export const joinKinds = (kinds: readonly ScalarKind[]): ScalarKind =>
  kinds.includes('real') ? 'real' : kinds.includes('ratio') ? 'ratio' : 'int'

const one = exact.ONE
const bit = (value: boolean): Rational => exact.rational(Number(value))
const holds = (value: Rational): boolean => value.n !== 0n
const always = (kind: ScalarKind) => (): ScalarKind => kind

const arithmetic = (arity: number, number: ScalarOp['number'], onExact: NonNullable<ScalarOp['exact']>): ScalarOp => ({
  arity,
  kind: joinKinds,
  number,
  exact: onExact,
})
const comparison = (number: (x: number, y: number) => boolean, onExact: (x: Rational, y: Rational) => boolean): ScalarOp => ({
  arity: 2,
  kind: always('bool'),
  number: (x, y) => Number(number(x ?? NaN, y ?? NaN)),
  exact: (x, y) => onExact(x ?? one, y ?? one),
})
const whole = (number: (x: number) => number, onExact: (x: Rational) => Rational): ScalarOp => ({
  arity: 1,
  kind: always('int'),
  number: (x) => number(x ?? NaN),
  exact: (x) => onExact(x ?? one),
})
const real = (number: (x: number) => number): ScalarOp => ({ arity: 1, kind: always('real'), number: (x) => number(x ?? NaN) })
/** Of truth values, which are 0 and 1 here, or bit by bit of whole numbers in two's complement of any length. */
const logic = (onBits: (x: bigint, y: bigint) => bigint): ScalarOp => ({
  arity: 2,
  kind: (kinds) => (kinds.every((kind) => kind === 'int') ? 'int' : 'bool'),
  number: (x, y) => Number(onBits(BigInt(x !== 0), BigInt(y !== 0))),
  exact: (x = one, y = one) => exact.rational(onBits(x.n, y.n)),
})
const bits = (arity: number, exactly: NonNullable<ScalarOp['exact']>): ScalarOp => ({
  arity,
  kind: always('int'),
  number: () => NaN,
  exact: exactly,
})

function ones(x: Rational): Rational {
  if (x.n < 0n) throw new RangeError('a negative number has no number of bits')
  let count = 0n
  for (let rest = x.n; rest !== 0n; rest >>= 1n) count += rest & 1n
  return exact.rational(count)
}

function roundEven(x: number): number {
  const up = Math.round(x)
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up
}

const remainder = (x: Rational, y: Rational): Rational => exact.sub(x, exact.mul(y, exact.trunc(exact.div(x, y))))

export const scalarOps: Readonly<Record<string, ScalarOp>> = {
  add: arithmetic(
    2,
    (x = 0, y = 0) => x + y,
    (x = one, y = one) => exact.add(x, y),
  ),
  sub: arithmetic(
    2,
    (x = 0, y = 0) => x - y,
    (x = one, y = one) => exact.sub(x, y),
  ),
  mul: arithmetic(
    2,
    (x = 0, y = 0) => x * y,
    (x = one, y = one) => exact.mul(x, y),
  ),
  rem: arithmetic(
    2,
    (x = 0, y = 0) => x % y,
    (x = one, y = one) => remainder(x, y),
  ),
  min: arithmetic(
    2,
    (x = 0, y = 0) => Math.min(x, y),
    (x = one, y = one) => exact.min(x, y),
  ),
  max: arithmetic(
    2,
    (x = 0, y = 0) => Math.max(x, y),
    (x = one, y = one) => exact.max(x, y),
  ),
  neg: arithmetic(
    1,
    (x = 0) => -x,
    (x = one) => exact.neg(x),
  ),
  abs: arithmetic(
    1,
    (x = 0) => Math.abs(x),
    (x = one) => exact.abs(x),
  ),
  sign: arithmetic(
    1,
    (x = 0) => Math.sign(x),
    (x = one) => exact.rational(exact.sign(x)),
  ),
  div: {
    arity: 2,
    kind: (kinds) => (joinKinds(kinds) === 'real' ? 'real' : 'ratio'),
    number: (x = 0, y = 0) => x / y,
    exact: (x = one, y = one) => exact.div(x, y),
  },
  floordiv: {
    arity: 2,
    kind: always('int'),
    number: (x = 0, y = 0) => Math.floor(x / y),
    exact: (x = one, y = one) => exact.floor(exact.div(x, y)),
  },
  pow: {
    arity: 2,
    kind: ([base = 'real', power]) => (power === 'int' ? joinKinds([base]) : 'real'),
    number: (x = 0, y = 0) => x ** y,
    exact: (x = one, y = one) => exact.pow(x, y),
  },
  floor: whole(Math.floor, exact.floor),
  ceil: whole(Math.ceil, exact.ceil),
  round: whole(roundEven, exact.roundHalfEven),
  trunc: whole(Math.trunc, exact.trunc),
  convert_int: whole(Math.trunc, exact.trunc),
  convert_real: real((x) => x),
  sqrt: real(Math.sqrt),
  exp: real(Math.exp),
  log: real(Math.log),
  sin: real(Math.sin),
  cos: real(Math.cos),
  tanh: real(Math.tanh),
  eq: comparison((x, y) => x === y, exact.equals),
  ne: comparison(
    (x, y) => x !== y,
    (x, y) => !exact.equals(x, y),
  ),
  lt: comparison(
    (x, y) => x < y,
    (x, y) => exact.compare(x, y) < 0,
  ),
  le: comparison(
    (x, y) => x <= y,
    (x, y) => exact.compare(x, y) <= 0,
  ),
  gt: comparison(
    (x, y) => x > y,
    (x, y) => exact.compare(x, y) > 0,
  ),
  ge: comparison(
    (x, y) => x >= y,
    (x, y) => exact.compare(x, y) >= 0,
  ),
  and: logic((x, y) => x & y),
  or: logic((x, y) => x | y),
  xor: logic((x, y) => x ^ y),
  not: { arity: 1, kind: always('bool'), number: (x = 0) => Number(x === 0), exact: (x = one) => !holds(x) },
  shl: bits(2, (x = one, y = one) => exact.rational(x.n << (y.n & 31n))),
  shr: bits(2, (x = one, y = one) => exact.rational(x.n >> (y.n & 31n))),
  popcount: bits(1, (x = one) => ones(x)),
  steps: whole(Math.trunc, boundedSteps),
  isnan: { arity: 1, kind: always('bool'), number: (x = 0) => Number(Number.isNaN(x)), exact: () => false },
}

export const toDouble = (value: ScalarResult): number => (typeof value === 'object' ? exact.toNumber(value) : Number(value))
export const toExact = (value: ScalarResult): Rational | null =>
  typeof value === 'object' ? value : typeof value === 'boolean' ? bit(value) : null
