/**
 * Natural logarithm in f32 arithmetic: at most 1 ulp off, also near 1 and for subnormal arguments; -inf for ±0, NaN below 0
 * and for NaN, inf for inf.
 */
import type { Expr } from '../expr.ts'
import { polynomial, type Lanes } from '../lanes.ts'

const LN2_HIGH = 0.693145751953125
const LN2_LOW = 1.428606765330187e-6
const SMALLEST_NORMAL = 1.1754943508222875e-38
/** Bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)), so that log is near 0 only near 1. */
const ROOT_HALF_BITS = 0x3f3504f3
/** (log(1 + f) - f + f²/2) / f³, relative error of the whole 6e-9. */
const LOG_TAIL = [
  0.3333333134651184, -0.25000837445259094, 0.2000129371881485, -0.16622769832611084, 0.14199692010879517, -0.1316414326429367,
  0.127791166305542, -0.07646207511425018,
]

export function log(l: Lanes, argument: Expr): Expr {
  const x = l.share(argument)
  const tiny = l.share(l.lt(x, l.f(SMALLEST_NORMAL)))
  const normal = l.bits(l.pick(tiny, l.mul(x, l.f(2 ** 23)), x))
  const offset = l.share(l.isub(normal, l.i(ROOT_HALF_BITS)))
  const exponent = l.isub(l.shrS(offset, 23), l.keep(tiny, l.i(23)))
  const mantissa = l.iadd(l.and(offset, l.i(0x7fffff)), l.i(ROOT_HALF_BITS))
  const f = l.share(l.sub(l.float(mantissa), l.f(1)))
  const k = l.share(toFloat(l, exponent))
  const square = l.share(l.mul(f, f))
  const tail = l.sub(l.mul(l.mul(square, f), polynomial(l, f, LOG_TAIL)), l.mul(square, l.f(0.5)))
  const result = l.add(l.mul(k, l.f(LN2_HIGH)), l.add(f, l.add(tail, l.mul(k, l.f(LN2_LOW)))))
  return special(l, x, result)
}

/** A small integer as a float: the bits of 1.5 · 2^23 + n, less 1.5 · 2^23. */
const toFloat = (l: Lanes, n: Expr): Expr => l.sub(l.float(l.iadd(n, l.i(0x4b400000))), l.f(12582912))

function special(l: Lanes, x: Expr, result: Expr): Expr {
  // A NaN is not below inf, so it is passed through with inf.
  const above = l.pick(l.lt(x, l.f(Infinity)), result, x)
  const negative = l.pick(l.lt(x, l.f(0)), l.f(NaN), above)
  return l.pick(l.eq(x, l.f(0)), l.f(-Infinity), negative)
}
