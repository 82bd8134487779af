/** Order, rounding to whole numbers and conversion of IEEE doubles in whole numbers. */
export const doubleFunctions = /* wgsl */ `
fn double_eq(x: double, y: double) -> bool {
  let same = all(x == y) | (double_is_zero(x) & double_is_zero(y));
  return same & !double_is_nan(x) & !double_is_nan(y);
}

fn double_ne(x: double, y: double) -> bool {
  return !double_eq(x, y);
}

fn double_lt(x: double, y: double) -> bool {
  let negative = (x.y >> 31u) == 1u;
  let differ = ((x.y ^ y.y) >> 31u) == 1u;
  let below = select(select(less64(x, y), less64(y, x), negative), negative, differ);
  let both_zero = double_is_zero(x) & double_is_zero(y);
  return below & !both_zero & !double_is_nan(x) & !double_is_nan(y);
}

fn double_le(x: double, y: double) -> bool {
  return double_lt(x, y) | double_eq(x, y);
}

fn double_min(x: double, y: double) -> double {
  return select(x, y, double_is_nan(y) | (double_lt(y, x) & !double_is_nan(x)));
}

fn double_max(x: double, y: double) -> double {
  return select(x, y, double_is_nan(y) | (double_lt(x, y) & !double_is_nan(x)));
}

// What is below the unit, as a mask of the bits of a number from 1 to 2^52.
fn double_fraction_mask(x: double) -> vec2<u32> {
  return sub64(shl64(vec2<u32>(1u, 0u), u32(1075 - double_exponent(x))), vec2<u32>(1u, 0u));
}

fn double_is_whole(x: double) -> bool {
  return double_exponent(x) >= 1075;
}

fn double_trunc(x: double) -> double {
  if (double_is_whole(x)) { return x; }
  if (double_exponent(x) < 1023) { return double(0u, x.y & 0x80000000u); }
  return x & ~double_fraction_mask(x);
}

// The next whole number away from zero, unless it is one.
fn double_away(x: double) -> double {
  if (double_is_whole(x) || double_is_zero(x)) { return x; }
  if (double_exponent(x) < 1023) { return double(0u, (x.y & 0x80000000u) | 0x3ff00000u); }
  let mask = double_fraction_mask(x);
  return add64(x, mask) & ~mask;
}

fn double_floor(x: double) -> double {
  if ((x.y >> 31u) == 1u) { return double_away(x); }
  return double_trunc(x);
}

fn double_ceil(x: double) -> double {
  if ((x.y >> 31u) == 1u) { return double_trunc(x); }
  return double_away(x);
}

fn double_round(x: double) -> double {
  if (double_is_whole(x)) { return x; }
  let exponent = double_exponent(x);
  if (exponent < 1023) {
    let above_half = exponent == 1022 && (x.x | (x.y & 0xfffffu)) != 0u;
    return double(0u, (x.y & 0x80000000u) | select(0u, 0x3ff00000u, above_half));
  }
  let mask = double_fraction_mask(x);
  // Half a unit less one bit, and one bit more where the unit is odd. The unit of 1.x is the lowest bit of the exponent.
  let odd = shr64(x, u32(1075 - exponent)) & vec2<u32>(1u, 0u);
  return add64(add64(x, shr64(mask, 1u)), odd) & ~mask;
}

fn double_of_words(sign: u32, magnitude: u32) -> double {
  if (magnitude == 0u) { return double(0u, 0u); }
  return double_rounded(sign, vec2<u32>(magnitude, 0u), 1023 + 62);
}

fn u32_to_double(x: u32) -> double {
  return double_of_words(0u, x);
}

fn i32_to_double(x: i32) -> double {
  return double_of_words(u32(x) & 0x80000000u, u32(abs(x)));
}

fn bool_to_double(x: bool) -> double {
  return double(0u, select(0u, 0x3ff00000u, x));
}

fn f32_to_double(x: f32) -> double {
  let bits = bitcast<u32>(x);
  let sign = bits & 0x80000000u;
  let exponent = (bits >> 23u) & 0xffu;
  let fraction = bits & 0x7fffffu;
  if (exponent == 255u) { return double(fraction << 29u, sign | 0x7ff00000u | (fraction >> 3u)); }
  if (exponent == 0u) {
    if (fraction == 0u) { return double(0u, sign); }
    return double_rounded(sign, vec2<u32>(fraction, 0u), 1023 - 149 + 62);
  }
  return double(fraction << 29u, sign | ((exponent + 896u) << 20u) | (fraction >> 3u));
}

fn double_to_f32(x: double) -> f32 {
  let sign = x.y & 0x80000000u;
  let exponent = double_exponent(x);
  if (exponent == 2047) { return f32_of_bits(sign | 0x7f800000u | select(0u, 0x400000u, double_is_nan(x))); }
  if (exponent < 800) { return f32_of_bits(sign); }
  // 24 bits and six to spare, in one word.
  var m = shr_sticky64(vec2<u32>(x.x, (x.y & 0xfffffu) | 0x100000u), 23u).x;
  var target_exponent = exponent - 896;
  if (target_exponent >= 255) { return f32_of_bits(sign | 0x7f800000u); }
  if (target_exponent < 1) {
    m = shr_sticky64(vec2<u32>(m, 0u), u32(1 - target_exponent)).x;
    target_exponent = 1;
  }
  let is_tie = (m & 0x3fu) == 0x20u;
  m = ((m + 0x20u) >> 6u) & select(0xffffffffu, 0xfffffffeu, is_tie);
  return f32_of_bits(sign | (m + (u32(target_exponent - 1) << 23u)));
}

// The whole part of the magnitude, 0xffffffff from 2^32 on and 0 for NaN.
fn double_whole_part(x: double) -> u32 {
  let exponent = double_exponent(x);
  if (exponent < 1023 || double_is_nan(x)) { return 0u; }
  if (exponent > 1054) { return 0xffffffffu; }
  return shr64(vec2<u32>(x.x, (x.y & 0xfffffu) | 0x100000u), u32(1075 - exponent)).x;
}

fn double_to_u32(x: double) -> u32 {
  return select(double_whole_part(x), 0u, (x.y >> 31u) == 1u);
}

fn double_to_i32(x: double) -> i32 {
  let whole = double_whole_part(x);
  if ((x.y >> 31u) == 1u) { return i32(0u - min(whole, 0x80000000u)); }
  return i32(min(whole, 0x7fffffffu));
}

fn double_to_bool(x: double) -> bool {
  return !double_is_zero(x);
}
`
