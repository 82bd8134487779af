/**
 * f16 and bf16 to and from f32, for a scalar and for four lanes. Bits are the low 16 of an i32, zeros above. Decoding is
 * exact, subnormals, infinities and NaN included; encoding rounds to nearest even, overflows to infinity and keeps NaN a NaN.
 */
import type { Expr } from './expr.ts'
import type { Lanes } from './lanes.ts'

/** What the exponent of an f16 lacks to be that of an f32, in place. */
const REBIAS = (127 - 15) << 23
const SMALLEST_NORMAL_HALF = 2 ** -14
const F32_INFINITY = 0x7f800000

/**
 * A subnormal half is read by giving it the exponent of the smallest normal one and subtracting that number: a multiplication
 * by a power of two would do, but its operand is a subnormal f32, and those are slow on many processors.
 */
export function decodeHalf(l: Lanes, bits: Expr): Expr {
  const half = l.share(bits)
  const size = l.share(l.shl(l.and(half, l.i(0x7fff)), 13))
  const special = l.keep(l.igt(size, l.i(0x0f7fffff)), l.i(REBIAS))
  const normal = l.iadd(l.iadd(size, l.i(REBIAS)), special)
  const subnormal = l.bits(l.sub(l.float(l.iadd(size, l.i(REBIAS + (1 << 23)))), l.f(SMALLEST_NORMAL_HALF)))
  const value = l.pick(l.ilt(size, l.i(1 << 23)), subnormal, normal)
  return l.float(l.or(value, l.shl(l.and(half, l.i(0x8000)), 16)))
}

export function encodeHalf(l: Lanes, value: Expr): Expr {
  const bits = l.share(l.bits(value))
  const size = l.share(l.and(bits, l.i(0x7fffffff)))
  // Half of the last kept bit, less one when that bit is even, carries exactly when rounding up is right.
  const odd = l.and(l.shrU(size, 13), l.i(1))
  const normal = l.shrU(l.iadd(l.iadd(size, l.i(0xfff - REBIAS)), odd), 13)
  // The last bit of 0.5 + x is the last bit of a subnormal half.
  const subnormal = l.isub(l.bits(l.add(l.float(size), l.f(0.5))), l.i(0x3f000000))
  const finite = l.pick(l.ilt(size, l.i(REBIAS + (1 << 23))), subnormal, normal)
  const bounded = l.pick(l.igt(size, l.i(0x477fefff)), l.i(0x7c00), finite)
  const result = l.pick(l.igt(size, l.i(F32_INFINITY)), l.i(0x7e00), bounded)
  return l.or(result, l.and(l.shrU(bits, 16), l.i(0x8000)))
}

export const decodeBrain = (l: Lanes, bits: Expr): Expr => l.float(l.shl(bits, 16))

export function encodeBrain(l: Lanes, value: Expr): Expr {
  const bits = l.share(l.bits(value))
  const high = l.share(l.shrU(bits, 16))
  const rounded = l.shrU(l.iadd(l.iadd(bits, l.i(0x7fff)), l.and(high, l.i(1))), 16)
  const nan = l.igt(l.and(bits, l.i(0x7fffffff)), l.i(F32_INFINITY))
  return l.pick(nan, l.or(high, l.i(0x40)), rounded)
}
