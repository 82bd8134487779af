/**
 * sin and cos of f32 by double arithmetic: correctly rounded but for about one argument in 10^5, where they are 1 ulp off,
 * over the whole range. NaN for infinities and NaN; sin keeps the sign of zero. Written against f64 lanes.
 */
import type { Expr } from '../expr.ts'
import { polynomial, type Lanes } from '../lanes.ts'

/** Arguments below this are reduced with two parts of π/2; larger ones go through `reduceLarge`. */
export const LARGE = 2 ** 20

const TWO_OVER_PI = 0.6366197723675814
/** π/2 in two parts; the first has 32 significant bits, so a product with a 20-bit quotient is exact. */
const HALF_PI_HIGH = 1.5707963267341256
const HALF_PI_LOW = 6.077100506506192e-11
/** 1.5 · 2^52, as ROUNDER in exp. */
const ROUNDER = 6755399441055744
const SIN_TAIL = [
  -0.16666666666628022, 0.008333333324618518, -0.00019841263459961778, 2.7555279583481705e-6, -2.4755924397995876e-8,
]
const COS_TAIL = [0.04166666666659598, -0.0013888888877442904, 2.4801580600047872e-5, -2.75554988228687e-7, 2.0643302742248434e-9]

/** sin(x) for quarter 0, cos(x) for quarter 1. */
export function sinCos(l: Lanes, argument: Expr, quarter: 0 | 1): Expr {
  const x = l.share(argument)
  const shifted = l.share(l.add(l.mul(x, l.f(TWO_OVER_PI)), l.f(ROUNDER)))
  const n = l.share(l.sub(shifted, l.f(ROUNDER)))
  const r = l.sub(l.sub(x, l.mul(n, l.f(HALF_PI_HIGH))), l.mul(n, l.f(HALF_PI_LOW)))
  return reduced(l, r, l.iadd(l.bits(shifted), l.i(quarter)))
}

/** sin(r + q π/2) for |r| <= π/4; only the low two bits of `q` matter. */
export function reduced(l: Lanes, remainder: Expr, quarters: Expr): Expr {
  const r = l.share(remainder)
  const q = l.share(quarters)
  const square = l.share(l.mul(r, r))
  // As a product with r: a sum would turn -0 into 0.
  const sin = l.mul(r, l.add(l.mul(square, polynomial(l, square, SIN_TAIL)), l.f(1)))
  const cos = l.add(l.sub(l.f(1), l.mul(square, l.f(0.5))), l.mul(l.mul(square, square), polynomial(l, square, COS_TAIL)))
  const value = l.pick(l.ieq(l.and(q, l.i(1)), l.i(0)), sin, cos)
  return l.float(l.xor(l.bits(value), l.shl(l.and(q, l.i(2)), 62)))
}
