/**
 * pow of f32 by double arithmetic, so that the logarithm has bits to spare for the exponent: within 1 ulp everywhere,
 * subnormal results included. Special values are those of JavaScript's `**`: x^0 = 1 even for NaN, (±1)^±inf and 1^NaN are
 * NaN, a negative x needs an integral y, and zeros and infinities follow the limits. Written against f64 lanes.
 */
import type { Expr } from '../expr.ts'
import { polynomial, type Lanes } from '../lanes.ts'
import { EXP2_SERIES, LOG2_SERIES } from '../../power-series.ts'

const ROUNDER = 6755399441055744
/** Bits of sqrt(1/2). */
const ROOT_HALF_BITS = 0x3fe6a09e667f3bcdn
const EXPONENT_MASK = (1n << 52n) - 1n
/** `base` and `exponent` are floats widened to doubles; the result is to be narrowed again. */
export function pow(l: Lanes, base: Expr, exponent: Expr): Expr {
  const x = l.share(base)
  const y = l.share(exponent)
  const size = l.share(l.abs(x))
  const finite = l.pick(l.lt(size, l.f(Infinity)), log2(l, size), size)
  const logarithm = l.pick(l.eq(size, l.f(0)), l.f(-Infinity), finite)
  // Results beyond 2^±300 are inf or 0 as floats whatever they are exactly.
  const power = exp2(l, l.atLeast(l.atMost(l.mul(y, logarithm), l.f(300)), l.f(-300)))
  const signed = withSign(l, x, y, power)
  return l.pick(l.eq(y, l.f(0)), l.f(1), signed)
}

/** log2 of a normal positive double. */
function log2(l: Lanes, x: Expr): Expr {
  const offset = l.share(l.isub(l.bits(x), l.i(ROOT_HALF_BITS)))
  const mantissa = l.share(l.float(l.iadd(l.and(offset, l.i(EXPONENT_MASK)), l.i(ROOT_HALF_BITS))))
  // The exponent as a double: biased to be positive, under the exponent of 2^52.
  const biased = l.shrU(l.iadd(offset, l.i(1024n << 52n)), 52)
  const k = l.sub(l.float(l.or(biased, l.i(0x433n << 52n))), l.f(2 ** 52 + 1024))
  const s = l.share(l.div(l.sub(mantissa, l.f(1)), l.add(mantissa, l.f(1))))
  const square = l.share(l.mul(s, s))
  return l.add(k, l.mul(s, polynomial(l, square, LOG2_SERIES)))
}

function exp2(l: Lanes, t: Expr): Expr {
  const x = l.share(t)
  const shifted = l.share(l.add(x, l.f(ROUNDER)))
  const f = l.share(l.sub(x, l.sub(shifted, l.f(ROUNDER))))
  const power = l.float(l.shl(l.iadd(l.bits(shifted), l.i(1023)), 52))
  return l.mul(polynomial(l, f, EXP2_SERIES), power)
}

function withSign(l: Lanes, x: Expr, y: Expr, power: Expr): Expr {
  const half = l.share(l.mul(y, l.f(0.5)))
  const whole = l.share(l.eq(l.trunc(y), y))
  const odd = l.both(whole, l.ne(l.trunc(half), half))
  const sign = l.and(l.bits(x), l.i(-(1n << 63n)))
  const value = l.share(power)
  const negated = l.pick(odd, l.float(l.xor(l.bits(value), sign)), value)
  // A negative number has no real power unless y is whole; -inf and -0 have.
  const real = l.either(l.either(l.ge(x, l.f(0)), whole), l.eq(l.abs(x), l.f(Infinity)))
  const defined = l.either(real, l.ne(x, x))
  return l.pick(defined, negated, l.f(NaN))
}
