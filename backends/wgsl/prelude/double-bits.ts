/**
 * Whole numbers of 64 bits as `vec2<u32>` (low word, high word), and the two ends of arithmetic on doubles: taking one apart,
 * and rounding a result to nearest even. Between the two a mantissa has its leading one in bit 62 and ten bits to spare below.
 */
export const doubleBits = /* wgsl */ `
// An IEEE double as its bits: low word, high word.
alias double = vec2<u32>;

fn add64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  let low = x.x + y.x;
  return vec2<u32>(low, x.y + y.y + u32(low < x.x));
}

fn sub64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(x.x - y.x, x.y - y.y - u32(x.x < y.x));
}

fn less64(x: vec2<u32>, y: vec2<u32>) -> bool {
  return (x.y < y.y) | ((x.y == y.y) & (x.x < y.x));
}

fn is_zero64(x: vec2<u32>) -> bool {
  return (x.x | x.y) == 0u;
}

// Distances from 0 to 63.
fn shl64(x: vec2<u32>, by: u32) -> vec2<u32> {
  let n = by & 31u;
  let low = x.x << n;
  return select(vec2<u32>(low, (x.y << n) | ((x.x >> 1u) >> (31u - n))), vec2<u32>(0u, low), by >= 32u);
}

// Distances from 0 to 63.
fn shr64(x: vec2<u32>, by: u32) -> vec2<u32> {
  let n = by & 31u;
  let high = x.y >> n;
  return select(vec2<u32>((x.x >> n) | ((x.y << 1u) << (31u - n)), high), vec2<u32>(high, 0u), by >= 32u);
}

// Any distance, of numbers below 2^63. The lowest bit of the result is also set when a bit that was shifted out was.
fn shr_sticky64(x: vec2<u32>, by: u32) -> vec2<u32> {
  let distance = min(by, 63u);
  let kept = shr64(x, distance);
  return vec2<u32>(kept.x | u32(any(shl64(kept, distance) != x)), kept.y);
}

fn leading_zeros64(x: vec2<u32>) -> u32 {
  return select(countLeadingZeros(x.y), 32u + countLeadingZeros(x.x), x.y == 0u);
}

// The product of two words: low, high.
fn mul_words(x: u32, y: u32) -> vec2<u32> {
  let low = (x & 0xffffu) * (y & 0xffffu);
  let middle = (x >> 16u) * (y & 0xffffu) + (low >> 16u);
  let other = (x & 0xffffu) * (y >> 16u) + (middle & 0xffffu);
  return vec2<u32>((other << 16u) | (low & 0xffffu), (x >> 16u) * (y >> 16u) + (middle >> 16u) + (other >> 16u));
}

// The upper 64 bits of a product of 128; the lowest is also set when a bit below was.
fn mul_high_sticky64(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  let low = mul_words(x.x, y.x);
  let cross = add64(mul_words(x.x, y.y), vec2<u32>(low.y, 0u));
  let other = add64(mul_words(x.y, y.x), vec2<u32>(cross.x, 0u));
  let high = add64(add64(mul_words(x.y, y.y), vec2<u32>(cross.y, 0u)), vec2<u32>(other.y, 0u));
  return vec2<u32>(high.x | u32((low.x | other.x) != 0u), high.y);
}

fn double_exponent(x: double) -> i32 {
  return i32((x.y >> 20u) & 0x7ffu);
}

fn double_magnitude(x: double) -> vec2<u32> {
  return vec2<u32>(x.x, x.y & 0x7fffffffu);
}

fn double_is_nan(x: double) -> bool {
  return less64(vec2<u32>(0u, 0x7ff00000u), double_magnitude(x));
}

// A mantissa with 2^62 for the leading one of a normal number, and the biased exponent that goes with it.
struct DoubleParts {
  mantissa: vec2<u32>,
  exponent: i32,
}

fn double_parts(x: double) -> DoubleParts {
  let exponent = double_exponent(x);
  let high = (x.y & 0xfffffu) | select(0u, 0x100000u, exponent != 0);
  return DoubleParts(vec2<u32>(x.x << 10u, (high << 10u) | (x.x >> 22u)), max(exponent, 1));
}

// The same with the leading one in bit 62, of subnormal numbers too; zero stays zero.
fn double_normal(x: double) -> DoubleParts {
  let parts = double_parts(x);
  let shift = leading_zeros64(parts.mantissa) - 1u;
  return DoubleParts(shl64(parts.mantissa, shift), parts.exponent - i32(shift));
}

// The double nearest to a mantissa that is not zero and below 2^63, at an exponent as in DoubleParts.
fn double_rounded(sign: u32, mantissa: vec2<u32>, at: i32) -> double {
  let shift = leading_zeros64(mantissa) - 1u;
  let exponent = at - i32(shift);
  let m = shr_sticky64(shl64(mantissa, shift), u32(max(1 - exponent, 0)));
  let carried = add64(m, vec2<u32>(0x200u, 0u));
  let is_tie = (m.x & 0x3ffu) == 0x200u;
  let low = ((carried.x >> 10u) | (carried.y << 22u)) & select(0xffffffffu, 0xfffffffeu, is_tie);
  // The leading one, and a carry beyond it, count as one in the exponent.
  let high = (carried.y >> 10u) + (u32(max(exponent, 1) - 1) << 20u);
  return select(double(low, high | sign), double(0u, sign | 0x7ff00000u), exponent >= 2047);
}
`
