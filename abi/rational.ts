/**
 * Exact rational numbers: what ratios, counts and extents are computed in, by the compiler and by the host alike.
 * A value is always reduced and its denominator positive, so equal numbers have equal fields.
 * Nothing here throws except `div` by zero and `pow` outside its limits (RangeError).
 */
export interface Rational {
  readonly n: bigint
  readonly d: bigint
}

/** Exponents beyond this cannot come from a sensible policy, and a literal such as 1e999999999 must not exhaust memory. */
const MAX_EXPONENT = 1100
const MAX_TEXT = 1200
const MAX_POWER_BITS = 65_536

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a < 0n ? -a : a
}

/** n/d in lowest terms. `d` must not be zero. */
export function rational(n: bigint | number, d: bigint | number = 1n): Rational {
  const top = BigInt(n)
  const bottom = BigInt(d)
  if (bottom === 0n) throw new RangeError('division by zero')
  if (bottom === 1n) return { n: top, d: 1n }
  const sign = bottom < 0n ? -1n : 1n
  const divisor = gcd(top, bottom) || 1n
  return { n: (sign * top) / divisor, d: (sign * bottom) / divisor }
}

export const ZERO: Rational = { n: 0n, d: 1n }
export const ONE: Rational = { n: 1n, d: 1n }

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/

function parseDecimal(text: string): Rational | null {
  const match = NUMBER.exec(text)
  if (match === null) return null
  const [, sign, whole = '', fraction = '', exponentText] = match
  if (whole === '' && fraction === '') return null
  const exponent = Number(exponentText ?? '0') - fraction.length
  if (Math.abs(exponent) > MAX_EXPONENT) return null
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  return exponent >= 0 ? rational(digits * 10n ** BigInt(exponent)) : rational(digits, 10n ** BigInt(-exponent))
}

/** Reads `12`, `-0.5`, `1e-4`, `70%`, `70 %`, `7/10`; null for anything else (also for absurdly long or large numbers). */
export function parseRational(text: string): Rational | null {
  const trimmed = text.trim()
  if (trimmed.length > MAX_TEXT) return null
  if (trimmed.endsWith('%')) {
    const value = parseDecimal(trimmed.slice(0, -1).trimEnd())
    return value && div(value, rational(100n))
  }
  const slash = trimmed.indexOf('/')
  if (slash < 0) return parseDecimal(trimmed)
  const top = parseDecimal(trimmed.slice(0, slash).trimEnd())
  const bottom = parseDecimal(trimmed.slice(slash + 1).trimStart())
  return top === null || bottom === null || bottom.n === 0n ? null : div(top, bottom)
}

/** The decimal that JavaScript prints for the number: 0.7 is exactly 7/10. Null for NaN and infinities. */
export const fromNumber = (value: number): Rational | null => (Number.isFinite(value) ? parseDecimal(String(value)) : null)

/** The double itself: 0.7 is 3152519739159347 / 2^52. Null for NaN and infinities. */
export function exactly(value: number): Rational | null {
  if (!Number.isFinite(value)) return null
  let scaled = value
  let power = 0n
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    power++
  }
  return rational(BigInt(scaled), 2n ** power)
}

export const add = (a: Rational, b: Rational): Rational =>
  a.d === b.d ? rational(a.n + b.n, a.d) : rational(a.n * b.d + b.n * a.d, a.d * b.d)
export const sub = (a: Rational, b: Rational): Rational => add(a, neg(b))
export const mul = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d)
/** Throws RangeError when b is zero. */
export const div = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n)
export const neg = (a: Rational): Rational => ({ n: -a.n, d: a.d })
export const abs = (a: Rational): Rational => (a.n < 0n ? neg(a) : a)
export const sign = (a: Rational): -1 | 0 | 1 => (a.n < 0n ? -1 : a.n > 0n ? 1 : 0)
export const isInteger = (a: Rational): boolean => a.d === 1n

/** -1, 0 or 1. */
export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const left = a.n * b.d
  const right = b.n * a.d
  return left < right ? -1 : left > right ? 1 : 0
}
export const equals = (a: Rational, b: Rational): boolean => a.n === b.n && a.d === b.d
export const min = (a: Rational, b: Rational): Rational => (compare(b, a) < 0 ? b : a)
export const max = (a: Rational, b: Rational): Rational => (compare(b, a) > 0 ? b : a)

export function floor(a: Rational): Rational {
  const quotient = a.n / a.d // bigint division truncates
  return { n: quotient * a.d > a.n ? quotient - 1n : quotient, d: 1n }
}
export const ceil = (a: Rational): Rational => neg(floor(neg(a)))
export const trunc = (a: Rational): Rational => ({ n: a.n / a.d, d: 1n })

/** To the nearest integer; a half goes up, towards plus infinity. */
export const roundHalfUp = (a: Rational): Rational => floor(add(a, { n: 1n, d: 2n }))

/** To the nearest integer; a half goes to the even neighbour. */
export function roundHalfEven(a: Rational): Rational {
  const up = roundHalfUp(a)
  return a.d === 2n && up.n % 2n !== 0n ? { n: up.n - 1n, d: 1n } : up
}

/** a to an integer power (negative ones invert). Throws RangeError for 0 to a negative power and for results beyond 65,536 bits. */
export function pow(a: Rational, exponent: Rational): Rational {
  if (!isInteger(exponent)) throw new RangeError('not an integer power')
  const count = exponent.n < 0n ? -exponent.n : exponent.n
  const bits = BigInt(Math.max(a.n.toString(2).length, a.d.toString(2).length))
  const trivial = a.d === 1n && a.n >= -1n && a.n <= 1n
  if (!trivial && bits * count > BigInt(MAX_POWER_BITS)) throw new RangeError('the power is too large')
  const power = trivial ? trivialPower(a.n, count) : { n: a.n ** count, d: a.d ** count }
  return exponent.n < 0n ? div(ONE, power) : power
}

const trivialPower = (base: bigint, count: bigint): Rational =>
  count === 0n ? ONE : { n: base === -1n && count % 2n === 0n ? 1n : base, d: 1n }

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const bitLength = (a: bigint): number => a.toString(2).length

/** The nearest double (ties to even). */
export function toNumber(a: Rational): number {
  const magnitude = a.n < 0n ? -a.n : a.n
  if (magnitude <= SAFE && a.d <= SAFE) return Number(a.n) / Number(a.d)
  if (a.d === 1n) return Number(a.n)
  // A quotient of at least 66 bits with a sticky last bit rounds as the exact value does.
  const shift = 66 - (bitLength(magnitude) - bitLength(a.d))
  const top = shift >= 0 ? magnitude << BigInt(shift) : magnitude
  const bottom = shift >= 0 ? a.d : a.d << BigInt(-shift)
  const quotient = (top / bottom) | (top % bottom === 0n ? 0n : 1n)
  const half = Math.trunc(shift / 2) // in two steps: 2 ** -shift alone may leave the range of doubles
  const scaled = Number(quotient) * 2 ** -half * 2 ** (half - shift)
  return a.n < 0n ? -scaled : scaled
}

/** `7/10`, `4`, `-1/3`; read back by parseRational. */
export const toText = (a: Rational): string => (a.d === 1n ? String(a.n) : `${a.n}/${a.d}`)

export const isRational = (value: unknown): value is Rational =>
  typeof value === 'object' && value !== null && 'n' in value && 'd' in value && typeof value.n === 'bigint'
