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
  let width = u32(clamp(1075 - double_exponent(x), 0, 52));
  return sub64(shl64(vec2<u32>(1u, 0u), width), vec2<u32>(1u, 0u));
}

// The whole number below the magnitude that \`add\` makes larger. Below 1 it is 0, or 1 where that is said.
fn double_to_whole(x: double, add: vec2<u32>, is_one: bool) -> double {
  let rounded = add64(x, add) & ~double_fraction_mask(x);
  let small = double(0u, (x.y & 0x80000000u) | select(0u, 0x3ff00000u, is_one));
  let exponent = double_exponent(x);
  return select(select(rounded, small, exponent < 1023), x, exponent >= 1075);
}

fn double_trunc(x: double) -> double {
  return double_to_whole(x, vec2<u32>(0u, 0u), false);
}

// Away from zero where that is wanted, towards it otherwise.
fn double_directed(x: double, away: bool) -> double {
  let add = select(vec2<u32>(0u, 0u), double_fraction_mask(x), away);
  return double_to_whole(x, add, away & !double_is_zero(x));
}

fn double_floor(x: double) -> double {
  return double_directed(x, (x.y >> 31u) == 1u);
}

fn double_ceil(x: double) -> double {
  return double_directed(x, (x.y >> 31u) == 0u);
}

fn double_round(x: double) -> double {
  let exponent = double_exponent(x);
  let above_half = (exponent == 1022) & ((x.x | (x.y & 0xfffffu)) != 0u);
  // Half a unit less one bit, and one bit more where the unit is odd. The unit of 1.x is the lowest bit of the exponent.
  let odd = shr64(x, u32(clamp(1075 - exponent, 0, 52))) & vec2<u32>(1u, 0u);
  return double_to_whole(x, add64(shr64(double_fraction_mask(x), 1u), odd), above_half);
}

// A whole number below 2^32 with a sign, exactly.
fn double_of_word(sign: u32, magnitude: u32) -> double {
  let shift = countLeadingZeros(magnitude);
  let fraction = (magnitude << (shift & 31u)) << 1u;
  let high = sign | ((1054u - shift) << 20u) | (fraction >> 12u);
  return select(double(fraction << 20u, high), double(0u, 0u), magnitude == 0u);
}

fn u32_to_double(x: u32) -> double {
  return double_of_word(0u, x);
}

fn i32_to_double(x: i32) -> double {
  return double_of_word(u32(x) & 0x80000000u, u32(abs(x)));
}

fn bool_to_double(x: bool) -> double {
  return double(0u, select(0u, 0x3ff00000u, x));
}

fn f32_to_double(x: f32) -> double {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  // Brings the leading one of a subnormal number to where it is in others.
  let shift = select(0u, countLeadingZeros(magnitude) - 8u, magnitude < 0x800000u);
  let fraction = (magnitude << (shift & 31u)) & 0x7fffffu;
  let exponent = select(max(magnitude >> 23u, 1u) + 896u - shift, 0x7ffu, magnitude >= 0x7f800000u);
  let high = (bits & 0x80000000u) | (exponent << 20u) | (fraction >> 3u);
  return select(double(fraction << 29u, high), double(0u, bits), magnitude == 0u);
}

fn double_to_f32(x: double) -> f32 {
  let sign = x.y & 0x80000000u;
  let exponent = double_exponent(x);
  // 24 bits and six to spare, in one word.
  let mantissa = shr_sticky64(vec2<u32>(x.x, (x.y & 0xfffffu) | 0x100000u), 23u).x;
  let lost = u32(clamp(897 - exponent, 0, 31));
  let m = (mantissa >> lost) | u32(((mantissa >> lost) << lost) != mantissa);
  let is_tie = (m & 0x3fu) == 0x20u;
  let rounded = ((m + 0x20u) >> 6u) & select(0xffffffffu, 0xfffffffeu, is_tie);
  // The leading one counts as one in the exponent.
  let finite = rounded + (u32(max(exponent - 896, 1) - 1) << 23u);
  let large = select(0x7f800000u, 0x7fc00000u, double_is_nan(x));
  return f32_of_bits(sign | select(finite, large, exponent >= 1151));
}

// The whole part of the magnitude, 0xffffffff from 2^32 on and 0 for NaN.
fn double_whole_part(x: double) -> u32 {
  let exponent = double_exponent(x);
  let whole = shr64(vec2<u32>(x.x, (x.y & 0xfffffu) | 0x100000u), u32(clamp(1075 - exponent, 0, 63))).x;
  let limited = select(whole, 0xffffffffu, exponent > 1054);
  return select(limited, 0u, (exponent < 1023) | double_is_nan(x));
}

fn double_to_u32(x: double) -> u32 {
  return select(double_whole_part(x), 0u, (x.y >> 31u) == 1u);
}

fn double_to_i32(x: double) -> i32 {
  let whole = double_whole_part(x);
  return select(i32(min(whole, 0x7fffffffu)), i32(0u - min(whole, 0x80000000u)), (x.y >> 31u) == 1u);
}

fn double_to_bool(x: double) -> bool {
  return !double_is_zero(x);
}
`
