/** Arithmetic on IEEE doubles in whole numbers: every result is the exact one rounded to nearest even, subnormals included. */
export const doubleArithmetic = /* wgsl */ `
fn double_is_infinite(x: double) -> bool {
  return all(double_magnitude(x) == vec2<u32>(0u, 0x7ff00000u));
}

fn double_is_zero(x: double) -> bool {
  return is_zero64(double_magnitude(x));
}

fn double_neg(x: double) -> double {
  return double(x.x, x.y ^ 0x80000000u);
}

fn double_abs(x: double) -> double {
  return double(x.x, x.y & 0x7fffffffu);
}

fn double_sign(x: double) -> double {
  return select(double(0u, (x.y & 0x80000000u) | 0x3ff00000u), x, double_is_zero(x) || double_is_nan(x));
}

fn double_sub(x: double, y: double) -> double {
  return double_add(x, double_neg(y));
}

fn double_add(x: double, y: double) -> double {
  let swap = less64(double_magnitude(x), double_magnitude(y));
  let large = select(x, y, swap);
  let a = double_parts(large);
  let b = double_parts(select(y, x, swap));
  let opposite = ((x.y ^ y.y) >> 31u) == 1u;
  let aligned = shr_sticky64(b.mantissa, u32(a.exponent - b.exponent));
  let sum = select(add64(a.mantissa, aligned), sub64(a.mantissa, aligned), opposite);
  let halved = vec2<u32>((sum.x >> 1u) | (sum.y << 31u) | (sum.x & 1u), sum.y >> 1u);
  let carry = sum.y >> 31u;
  let rounded = double_rounded(large.y & 0x80000000u, select(sum, halved, carry == 1u), a.exponent + i32(carry));
  let finite = select(rounded, double(0u, x.y & y.y & 0x80000000u), is_zero64(sum));
  // The larger magnitude is NaN when one of them is.
  let undefined = double_is_nan(large) | (opposite & double_is_infinite(x) & double_is_infinite(y));
  let special = select(large, double(0u, 0x7ff80000u), undefined);
  return select(finite, special, a.exponent == 0x7ff);
}

fn double_mul(x: double, y: double) -> double {
  let sign = (x.y ^ y.y) & 0x80000000u;
  let a = double_normal(x);
  let b = double_normal(y);
  let product = mul_high_sticky64(a.mantissa, shl64(b.mantissa, 1u));
  let rounded = double_rounded(sign, product, a.exponent + b.exponent - 1022);
  let zero = double_is_zero(x) | double_is_zero(y);
  let infinite = double_is_infinite(x) | double_is_infinite(y);
  let undefined = double_is_nan(x) | double_is_nan(y) | (zero & infinite);
  return double_special(rounded, sign, zero, infinite, undefined);
}

// A result, unless it is zero, infinite or undefined: the last that holds counts.
fn double_special(result: double, sign: u32, zero: bool, infinite: bool, undefined: bool) -> double {
  let limited = select(select(result, double(0u, sign), zero), double(0u, sign | 0x7ff00000u), infinite);
  return select(limited, double(0u, 0x7ff80000u), undefined);
}

fn double_div(x: double, y: double) -> double {
  let sign = (x.y ^ y.y) & 0x80000000u;
  let a = double_normal(x);
  let b = double_normal(y);
  // One bit of the quotient a turn, 55 of them; what is left over only says whether it is exact.
  var rest = shr64(a.mantissa, 10u);
  let divisor = shr64(b.mantissa, 10u);
  let below = less64(rest, divisor);
  rest = shl64(rest, u32(below));
  var quotient = vec2<u32>(0u, 0u);
  for (var i = 0; i < 55; i++) {
    let fits = !less64(rest, divisor);
    quotient = shl64(quotient, 1u) | vec2<u32>(u32(fits), 0u);
    rest = shl64(select(rest, sub64(rest, divisor), fits), 1u);
  }
  let mantissa = shl64(quotient, 8u) | vec2<u32>(u32(!is_zero64(rest)), 0u);
  let rounded = double_rounded(sign, mantissa, a.exponent - b.exponent + 1023 - i32(below));
  let zero = double_is_zero(x) | double_is_infinite(y);
  let infinite = double_is_zero(y) | double_is_infinite(x);
  let undefined = double_is_nan(x) | double_is_nan(y) | (zero & infinite);
  return double_special(rounded, sign, zero, infinite, undefined);
}

fn double_sqrt(x: double) -> double {
  let a = double_normal(x);
  let unbiased = a.exponent - 1023;
  // An even exponent, and 54 bits that are taken two at a time; then zeros.
  let odd = u32(unbiased & 1);
  var digits = shl64(shr64(a.mantissa, 10u), 10u + odd);
  var root = vec2<u32>(0u, 0u);
  var rest = vec2<u32>(0u, 0u);
  for (var i = 0; i < 55; i++) {
    rest = shl64(rest, 2u) | vec2<u32>(digits.y >> 30u, 0u);
    digits = shl64(digits, 2u);
    let trial = shl64(root, 2u) | vec2<u32>(1u, 0u);
    let fits = !less64(rest, trial);
    rest = select(rest, sub64(rest, trial), fits);
    root = shl64(root, 1u) | vec2<u32>(u32(fits), 0u);
  }
  let mantissa = shl64(root, 8u) | vec2<u32>(u32(!is_zero64(rest)), 0u);
  let rounded = double_rounded(0u, mantissa, ((unbiased - i32(odd)) >> 1u) + 1023);
  let itself = double_is_zero(x) | double_is_nan(x) | all(x == vec2<u32>(0u, 0x7ff00000u));
  return select(select(rounded, double(0u, 0x7ff80000u), (x.y >> 31u) == 1u), x, itself);
}

// The remainder of the truncated division, with the sign of x.
fn double_rem(x: double, y: double) -> double {
  let a = double_normal(x);
  let b = double_normal(y);
  let divisor = b.mantissa;
  let undefined = (double_exponent(x) == 0x7ff) | double_is_nan(y) | double_is_zero(y);
  var rest = a.mantissa;
  for (var i = select(a.exponent, 0, undefined); i > b.exponent; i--) {
    rest = shl64(select(sub64(rest, divisor), rest, less64(rest, divisor)), 1u);
  }
  rest = select(sub64(rest, divisor), rest, less64(rest, divisor));
  let sign = x.y & 0x80000000u;
  let rounded = double_special(double_rounded(sign, rest, b.exponent), sign, is_zero64(rest), false, undefined);
  let itself = double_is_zero(x) | less64(double_magnitude(x), double_magnitude(y));
  return select(rounded, x, itself & !undefined);
}

fn double_floordiv(x: double, y: double) -> double {
  return double_floor(double_div(x, y));
}
`
