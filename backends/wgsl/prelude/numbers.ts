/**
 * What WGSL leaves open or has otherwise: integers divided by zero, floats that become integers, and everything about NaN, which
 * an implementation may assume not to exist. NaN, signs and infinities are therefore tested and made on bits.
 */
export const numbers = /* wgsl */ `
// A value with these bits that no compiler evaluates: infinities and NaN are refused in constant expressions.
fn f32_of_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// x - x, which compilers take for 0 whatever x is.
fn minus_itself_f32(x: f32) -> f32 {
  return f32_of_bits(select(0x7fc00000u, 0u, is_finite(x)));
}

// x times a zero of either sign, which compilers take for that zero whatever x is.
fn times_zero_f32(x: f32, zero: f32) -> f32 {
  return f32_of_bits(select(0x7fc00000u, (bitcast<u32>(x) ^ bitcast<u32>(zero)) & 0x80000000u, is_finite(x)));
}

// x / y where x is zero or y, which compilers take for 0 or 1 whatever y is. Infinite y under a zero are not special.
fn settled_div_f32(x: f32, y: f32) -> f32 {
  let undefined = is_nan(y) || (bitcast<u32>(y) & 0x7fffffffu) == 0u || !is_finite(x);
  let sign = (bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u;
  let one = select(0u, 0x3f800000u, (bitcast<u32>(x) & 0x7fffffffu) != 0u);
  return f32_of_bits(select(sign | one, 0x7fc00000u, undefined));
}

fn eq_f32(x: f32, y: f32) -> bool {
  return x == y && !is_nan(x) && !is_nan(y);
}

fn lt_f32(x: f32, y: f32) -> bool {
  return x < y && !is_nan(x) && !is_nan(y);
}

fn le_f32(x: f32, y: f32) -> bool {
  return x <= y && !is_nan(x) && !is_nan(y);
}

fn abs_f32(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);
}

fn neg_f32(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u);
}

// Zeros and NaN are their own sign.
fn sign_f32(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  let itself = magnitude == 0u || magnitude > 0x7f800000u;
  return bitcast<f32>(select((bits & 0x80000000u) | 0x3f800000u, bits, itself));
}

// Devices divide by multiplying with 1 / y, which WGSL does not ask to be right where it is subnormal.
fn div_f32(x: f32, y: f32) -> f32 {
  let scale = select(1.0f, 0.25f, (bitcast<u32>(y) & 0x7fffffffu) >= 0x7e800000u);
  return (x * scale) / (y * scale);
}

fn min_f32(x: f32, y: f32) -> f32 {
  return select(select(min(x, y), y, is_nan(y)), x, is_nan(x));
}

fn max_f32(x: f32, y: f32) -> f32 {
  return select(select(max(x, y), y, is_nan(y)), x, is_nan(x));
}

fn min_u32(x: u32, y: u32) -> u32 {
  return min(x, y);
}

fn max_u32(x: u32, y: u32) -> u32 {
  return max(x, y);
}

fn min_i32(x: i32, y: i32) -> i32 {
  return min(x, y);
}

fn max_i32(x: i32, y: i32) -> i32 {
  return max(x, y);
}

// Integers divided by zero give 0; the lowest one divided by -1 is itself.
fn div_i32(x: i32, y: i32) -> i32 {
  if (y == 0i) { return 0i; }
  if (y == -1i) { return 0i - x; }
  return x / y;
}

fn div_u32(x: u32, y: u32) -> u32 {
  if (y == 0u) { return 0u; }
  return x / y;
}

fn rem_i32(x: i32, y: i32) -> i32 {
  if (y == 0i || y == -1i) { return 0i; }
  return x % y;
}

fn rem_u32(x: u32, y: u32) -> u32 {
  if (y == 0u) { return 0u; }
  return x % y;
}

fn floordiv_i32(x: i32, y: i32) -> i32 {
  let quotient = div_i32(x, y);
  let rest = x - quotient * y;
  return quotient - i32(y != 0i && rest != 0i && (rest ^ y) < 0i);
}

fn f32_to_i32(x: f32) -> i32 {
  if (is_nan(x)) { return 0i; }
  if (x >= 2147483648.0f) { return 2147483647i; }
  if (x <= -2147483648.0f) { return i32(-2147483648); }
  return i32(x);
}

fn f32_to_u32(x: f32) -> u32 {
  if (is_nan(x) || x <= 0.0f) { return 0u; }
  if (x >= 4294967296.0f) { return 4294967295u; }
  return u32(x);
}

fn f32_to_bool(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) != 0u;
}
`
