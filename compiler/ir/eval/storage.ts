/** Rounding of a double to what a storage dtype can hold. The evaluator's own: independent of the hosts' conversions. */
import type { DType } from '../types.ts'

/** Nearest multiple of 2^quantum, ties to even. Exact: scaling by powers of two loses nothing in this range. */
function toMultiple(x: number, quantum: number): number {
  const scaled = x * 2 ** -quantum
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
  return (up ? floor + 1 : floor) * 2 ** quantum
}

/** To a binary float with `precision` significant bits, exponents from `least`, finite values up to `largest`. */
function toFloat(x: number, precision: number, least: number, largest: number): number {
  if (x === 0 || !Number.isFinite(x)) return x
  const exponent = Math.max(exponentOf(Math.abs(x)), least)
  const rounded = toMultiple(x, exponent - precision + 1)
  if (Math.abs(rounded) > largest) return x > 0 ? Infinity : -Infinity
  return rounded === 0 && x < 0 ? -0 : rounded
}

/** Largest e with 2^e <= x. The logarithm may be off by one near powers of two. */
function exponentOf(x: number): number {
  const guess = Math.floor(Math.log2(x))
  if (2 ** guess > x) return guess - 1
  return 2 ** (guess + 1) <= x ? guess + 1 : guess
}

const saturate = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high) + 0

/** What is left of x when stored. f32 stays a double: the evaluator's arithmetic is the double-precision reading. */
export function store(x: number, dtype: DType): number {
  switch (dtype) {
    case 'f32':
      return x
    case 'f16':
      return toFloat(x, 11, -14, 65504)
    case 'bf16':
      return toFloat(x, 8, -126, 3.3895313892515355e38)
    case 'i32':
      return saturate(x, -0x80000000, 0x7fffffff)
    case 'u32':
      return saturate(x, 0, 0xffffffff)
    case 'i8':
      return saturate(x, -128, 127)
    case 'u8':
      return saturate(x, 0, 255)
    case 'bool':
      return Number(x !== 0)
  }
}
