/**
 * f16 and bf16 as bits, to and from the bits of f32. Widening is exact; narrowing rounds to nearest, ties to even, overflows to
 * infinity and keeps NaN a NaN (made quiet). Bits are unsigned 32-bit numbers.
 */

export function f16BitsToF32Bits(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const mantissa = half & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0
  if (mantissa === 0) return sign >>> 0
  const shift = Math.clz32(mantissa) - 21 // brings the leading one to bit 10
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0
}

export function f32BitsToF16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 0xff) - 112
  const mantissa = bits & 0x7fffff
  if (exponent === 143) return mantissa === 0 ? sign | 0x7c00 : sign | 0x7e00 | (mantissa >>> 13)
  if (exponent >= 31) return sign | 0x7c00
  if (exponent < -10) return sign
  if (exponent > 0) return sign | roundedShift((exponent << 23) | mantissa, 13)
  return sign | roundedShift(mantissa | 0x800000, 14 - exponent)
}

/** A carry out of the mantissa lands in the exponent, which is what rounding up means there. */
function roundedShift(value: number, shift: number): number {
  const kept = value >>> shift
  const rest = value & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept
}

export const bf16BitsToF32Bits = (bits: number): number => (bits << 16) >>> 0

export function f32BitsToBf16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}
