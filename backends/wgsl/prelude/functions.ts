/**
 * The mathematical functions of f32. WGSL promises no more than 2^-11 of its own sin, and nothing at infinities; these are
 * within 2 ulp, with the special values of JavaScript's `Math`. pow goes through doubles, which makes it exact to 1 ulp and slow.
 */
import { EXP2_SERIES, LOG2_SERIES } from '../../power-series.ts'

/** A double as a WGSL constant. */
export function doubleLiteral(value: number): string {
  const [low = 0, high = 0] = new Uint32Array(Float64Array.of(value).buffer)
  return `double(0x${low.toString(16)}u, 0x${high.toString(16)}u)`
}

const table = (name: string, values: readonly number[]): string =>
  `const ${name} = array<vec2<u32>, ${values.length}>(\n${values.map((value) => `  ${doubleLiteral(value).replace('double', 'vec2<u32>')},\n`).join('')});`

export const functions = /* wgsl */ `
// x · 2^n in two steps, so that a subnormal result is rounded once.
fn scale_f32(x: f32, n: i32) -> f32 {
  let middle = n >> 1u;
  return x * bitcast<f32>((middle + 127i) << 23u) * bitcast<f32>((n - middle + 127i) << 23u);
}

fn exp_f32(argument: f32) -> f32 {
  if (is_nan(argument)) { return argument; }
  if (argument >= 88.72284f) { return f32_of_bits(0x7f800000u); }
  let x = max(argument, -104.0f);
  let n = round(x * 1.44269504f);
  let r = (x - n * 0.693145751953125f) - n * 1.428606765330187e-6f;
  let tail = ((((0.0013813144760206342f * r + 0.008369418792426586f) * r + 0.04166845604777336f) * r + 0.16666515171527863f) * r + 0.4999999403953552f) * r * r;
  return scale_f32(tail + r + 1.0f, i32(n));
}

fn log_f32(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) == 0u) { return f32_of_bits(0xff800000u); }
  if (bits >= 0x7f800000u) { return select(f32_of_bits(0x7fc00000u), x, bits == 0x7f800000u); }
  let tiny = bits < 0x800000u;
  // Mantissas from sqrt(1/2) to sqrt(2), so that the logarithm is near 0 only near 1.
  let offset = i32(select(bits, bitcast<u32>(f32(bits)), tiny)) - 0x3f3504f3i;
  let k = f32((offset >> 23u) - select(0i, 149i, tiny));
  let f = bitcast<f32>((offset & 0x7fffffi) + 0x3f3504f3i) - 1.0f;
  let square = f * f;
  let low = ((0.12779116f - 0.07646207511425018f * f) * f - 0.1316414326429367f) * f + 0.14199692010879517f;
  let tail = (((low * f - 0.16622769832611084f) * f + 0.2000129371881485f) * f - 0.25000837445259094f) * f + 0.3333333134651184f;
  return k * 0.693145751953125f + (f + (square * f * tail - square * 0.5f + k * 1.428606765330187e-6f));
}

fn tanh_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (is_nan(x) || size < 1e-4f) { return x; }
  let square = x * x;
  if (size < 0.625f) {
    let low = (0.002130907727405429f * square - 0.008165039122104645f) * square + 0.021696072071790695f;
    return x + x * square * (((low * square - 0.05394599586725235f) * square + 0.1333319991827011f) * square - 0.3333333134651184f);
  }
  let far = select(1.0f - 2.0f / (exp_f32(size + size) + 1.0f), 1.0f, size > 20.0f);
  return bitcast<f32>(bitcast<u32>(far) | (bitcast<u32>(x) & 0x80000000u));
}

const two_over_pi = array<u32, 8>(
  0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);

// sin(x + quarter · π/2). The quarter turns in x are counted in whole numbers, from the digits of 2/π that matter for its exponent.
fn sin_quarter_f32(x: f32, quarter: u32) -> f32 {
  let magnitude = bitcast<u32>(x) & 0x7fffffffu;
  if (magnitude >= 0x7f800000u) { return f32_of_bits(0x7fc00000u); }
  if (magnitude < 0x3f490fdbu) { return sin_reduced_f32(x, quarter); }
  var digits = two_over_pi;
  let at = (magnitude >> 23u) - 120u;
  let word = at >> 5u;
  let n = at & 31u;
  let low = (digits[word + 2u] << n) | ((digits[word + 3u] >> 1u) >> (31u - n));
  let middle = (digits[word + 1u] << n) | ((digits[word + 2u] >> 1u) >> (31u - n));
  let high = (digits[word] << n) | ((digits[word + 1u] >> 1u) >> (31u - n));
  let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  let turns = add64(mul_words(mantissa, middle), vec2<u32>(mul_words(mantissa, low).y, mantissa * high));
  // 2^62 is a quarter turn; the nearest number of them is taken off.
  let quarters = (turns.y + 0x20000000u) >> 30u;
  var rest = vec2<u32>(turns.x, turns.y - (quarters << 30u));
  let negative = (rest.y >> 31u) == 1u;
  if (negative) { rest = sub64(vec2<u32>(0u, 0u), rest); }
  let zeros = leading_zeros64(rest);
  let angle = f32(mul_words(shl64(rest, min(zeros, 63u)).y, 0xc90fdaa2u).y) * bitcast<f32>((98u - zeros) << 23u);
  let sign = select(0u, 0x80000000u, negative);
  let reduced = bitcast<f32>(bitcast<u32>(angle) ^ sign);
  if ((bitcast<u32>(x) >> 31u) == 1u) { return sin_reduced_f32(neg_f32(reduced), quarter - quarters); }
  return sin_reduced_f32(reduced, quarter + quarters);
}

// sin(r + quarters · π/2) for |r| <= π/4.
fn sin_reduced_f32(r: f32, quarters: u32) -> f32 {
  let square = r * r;
  var value = r;
  if ((quarters & 1u) == 1u) {
    let low = (2.0643302742248434e-9f * square - 2.75554988228687e-7f) * square + 2.4801580600047872e-5f;
    let tail = (low * square - 0.0013888888877442904f) * square + 0.04166666666659598f;
    value = 1.0f - square * 0.5f + square * square * tail;
  } else if (abs_f32(r) >= 2e-4f) {
    let low = (2.7555279583481705e-6f - 2.4755924397995876e-8f * square) * square - 0.00019841263459961778f;
    value = r + r * square * ((low * square + 0.008333333324618518f) * square - 0.16666666666628022f);
  }
  return bitcast<f32>(bitcast<u32>(value) ^ ((quarters & 2u) << 30u));
}

fn sin_f32(x: f32) -> f32 {
  return sin_quarter_f32(x, 0u);
}

fn cos_f32(x: f32) -> f32 {
  return sin_quarter_f32(x, 1u);
}

${table('log2_series', LOG2_SERIES)}

${table('exp2_series', EXP2_SERIES)}

// log2 of a normal positive double.
fn double_log2(x: double) -> double {
  let offset = sub64(x, ${doubleLiteral(Math.SQRT1_2)});
  let mantissa = add64(vec2<u32>(offset.x, offset.y & 0xfffffu), ${doubleLiteral(Math.SQRT1_2)});
  let one = ${doubleLiteral(1)};
  let s = double_div(double_sub(mantissa, one), double_add(mantissa, one));
  let square = double_mul(s, s);
  var series = log2_series;
  var sum = series[7];
  for (var i = 6i; i >= 0i; i--) { sum = double_add(double_mul(sum, square), series[i]); }
  return double_add(i32_to_double(i32(offset.y) >> 20u), double_mul(s, sum));
}

// 2^x for |x| <= 300.
fn double_exp2(x: double) -> double {
  let whole = round(double_to_f32(x));
  let f = double_sub(x, f32_to_double(whole));
  var series = exp2_series;
  var sum = series[8];
  for (var i = 7i; i >= 0i; i--) { sum = double_add(double_mul(sum, f), series[i]); }
  return double_mul(sum, double(0u, u32(i32(whole) + 1023i) << 20u));
}

// The special values are those of \`**\`: x^0 is 1, (±1)^±inf and 1^NaN are NaN, a negative x needs a whole y.
fn pow_f32(base: f32, exponent: f32) -> f32 {
  let size = bitcast<u32>(base) & 0x7fffffffu;
  let y_size = bitcast<u32>(exponent) & 0x7fffffffu;
  let ordinary = (size != 0u) & (size < 0x7f800000u) & (y_size < 0x7f800000u);
  let x = f32_to_double(bitcast<f32>(select(0x3f800000u, size, ordinary)));
  let y = f32_to_double(select(0.0f, exponent, ordinary));
  // Results beyond 2^±300 are inf or 0 as floats whatever they are exactly.
  let power = double_min(double_max(double_mul(y, double_log2(x)), ${doubleLiteral(-300)}), ${doubleLiteral(300)});
  var bits = bitcast<u32>(double_to_f32(double_exp2(power)));
  let rising = (bitcast<u32>(exponent) >> 31u) == 0u;
  let limit = select(0u, 0x7f800000u, select(size > 0x3f800000u, size != 0u, y_size < 0x7f800000u) == rising);
  bits = select(limit, bits, ordinary);
  let is_whole = (y_size >= 0x4b000000u) | (trunc(exponent) == exponent);
  let is_odd = is_whole & (y_size < 0x4b800000u) & (trunc(exponent * 0.5f) != exponent * 0.5f);
  let negative = (bitcast<u32>(base) >> 31u) == 1u;
  bits |= select(0u, 0x80000000u, negative & is_odd);
  let unreal = negative & ordinary & !is_whole;
  let undecided = (size == 0x3f800000u) & (y_size == 0x7f800000u);
  let undefined = unreal | undecided | (size > 0x7f800000u) | (y_size > 0x7f800000u);
  return f32_of_bits(select(select(bits, 0x7fc00000u, undefined), 0x3f800000u, y_size == 0u));
}

// The remainder of the truncated division, exact, with the sign of x.
fn rem_f32(x: f32, y: f32) -> f32 {
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  if (a >= 0x7f800000u || b > 0x7f800000u || b == 0u) { return f32_of_bits(0x7fc00000u); }
  if (a < b) { return x; }
  let divisor = (b & 0x7fffffu) | select(0u, 0x800000u, b >= 0x800000u);
  let exponent = max(b >> 23u, 1u);
  var rest = ((a & 0x7fffffu) | select(0u, 0x800000u, a >= 0x800000u)) % divisor;
  // A remainder has 24 bits at most, so that a word takes eight more of the quotient at a time.
  for (var left = max(a >> 23u, 1u) - exponent; left > 0u; ) {
    let bits = min(left, 8u);
    rest = (rest << bits) % divisor;
    left -= bits;
  }
  let sign = bitcast<u32>(x) & 0x80000000u;
  if (rest == 0u) { return bitcast<f32>(sign); }
  let shift = min(countLeadingZeros(rest) - 8u, exponent - 1u);
  return bitcast<f32>(sign | (((exponent - shift - 1u) << 23u) + (rest << shift)));
}

// Quotients below 2^20 are exact, whatever a device makes of a division.
fn floordiv_f32(x: f32, y: f32) -> f32 {
  let quotient = div_f32(x, y);
  let is_small = (bitcast<u32>(quotient) & 0x7fffffffu) < 0x49800000u;
  if (!is_small || (bitcast<u32>(y) & 0x7fffffffu) == 0x7f800000u) { return floor(quotient); }
  let rest = rem_f32(x, y);
  let differ = ((bitcast<u32>(rest) ^ bitcast<u32>(y)) >> 31u) == 1u;
  return round(div_f32(x - rest, y)) - f32(f32_to_bool(rest) && differ);
}
`
