/**
 * exp and tanh in f32 arithmetic. exp: at most 1 ulp off, correct in the subnormal range, inf above 88.73, 0 below -103.98,
 * NaN for NaN. tanh: at most 2 ulp off, exact signs of zero.
 */
import type { Expr } from '../expr.ts'
import { polynomial, type Lanes } from '../lanes.ts'

const LOG2_E = 1.4426950408889634
/** ln 2 in two parts; the first has 15 significant bits, so a product with the exponent is exact. */
const LN2_HIGH = 0.693145751953125
const LN2_LOW = 1.428606765330187e-6
/** 1.5 · 2^23: adding it rounds to an integer and leaves that integer in the low bits. */
const ROUNDER = 12582912
const ROUNDER_BITS = 0x4b400000
/** (e^r - 1 - r) / r² on |r| <= ln 2 / 2, relative error 3e-9. */
const EXP_TAIL = [0.4999999403953552, 0.16666515171527863, 0.04166845604777336, 0.008369418792426586, 0.0013813144760206342]

export function exp(l: Lanes, argument: Expr): Expr {
  // Beyond these the result is 0 or inf, and the exponent still fits two factors.
  const x = l.share(l.atLeast(l.atMost(argument, l.f(89)), l.f(-104)))
  const shifted = l.share(l.add(l.mul(x, l.f(LOG2_E)), l.f(ROUNDER)))
  const n = l.share(l.sub(shifted, l.f(ROUNDER)))
  const r = l.share(l.sub(l.sub(x, l.mul(n, l.f(LN2_HIGH))), l.mul(n, l.f(LN2_LOW))))
  const tail = l.mul(l.mul(r, r), polynomial(l, r, EXP_TAIL))
  const fraction = l.add(l.add(tail, r), l.f(1))
  return scale(l, fraction, l.isub(l.bits(shifted), l.i(ROUNDER_BITS)))
}

/** `x` · 2^n in two steps, so that n may go from -252 to 254 and a subnormal result is rounded once. */
function scale(l: Lanes, x: Expr, n: Expr): Expr {
  const whole = l.share(n)
  const half = l.share(l.shrS(whole, 1))
  const power = (exponent: Expr): Expr => l.float(l.shl(l.iadd(exponent, l.i(127)), 23))
  return l.mul(l.mul(x, power(half)), power(l.isub(whole, half)))
}

/** (tanh x - x) / x³ in x², on |x| < 0.63. */
const TANH_TAIL = [
  -0.3333333134651184, 0.1333319991827011, -0.05394599586725235, 0.021696072071790695, -0.008165039122104645,
  0.002130907727405429,
]

export function tanh(l: Lanes, argument: Expr): Expr {
  const x = l.share(argument)
  const size = l.share(l.abs(x))
  const square = l.share(l.mul(x, x))
  const near = l.add(x, l.mul(l.mul(x, square), polynomial(l, square, TANH_TAIL)))
  const power = exp(l, l.add(size, size))
  const far = l.sub(l.f(1), l.div(l.f(2), l.add(power, l.f(1))))
  const sign = l.and(l.bits(x), l.i(0x80000000 | 0))
  const result = l.share(l.pick(l.lt(size, l.f(0.625)), near, l.float(l.or(l.bits(far), sign))))
  // x³ underflows for a subnormal x, and -0 must stay -0: there tanh x = x.
  return l.pick(l.lt(size, l.f(1e-4)), x, result)
}
