// The size of every workgroup.
override GROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> prefix_0_words: array<vec4<u32>, 2>;
@group(0) @binding(1) var<storage, read> prefix_0_x: array<f32>;
@group(0) @binding(2) var<storage, read_write> prefix_0_sums: array<f32>;

@compute @workgroup_size(GROUP_SIZE)
fn prefix_0(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let worker = (group.x + group.y * groups.x) * GROUP_SIZE + thread;
  let workers = prefix_0_words[0].x;
  let points = prefix_0_words[0].y;
  let x_start = prefix_0_words[0].z;
  let sums_start = prefix_0_words[0].w;
  let m = bitcast<i32>(prefix_0_words[1].y);
  let start = double(prefix_0_words[1].z, prefix_0_words[1].w);
  for (var point = worker; point < points; point += workers) {
    let row = i32(point);
    let v6 = row * m;
    let end = v6 + m;
    var sum: double = start;
    var i: i32 = v6;
    for (; i < end; i += 1i) {
      let value = prefix_0_x[x_start + u32(i)];
      let v13 = double_add(sum, f32_to_double(value));
      prefix_0_sums[sums_start + u32(i)] = double_to_f32(v13);
      sum = v13;
    }
  }
}

// A value with these bits that no compiler evaluates: infinities and NaN are refused in constant expressions.
fn f32_of_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

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

fn double_is_infinite(x: double) -> bool {
  return all(double_magnitude(x) == vec2<u32>(0u, 0x7ff00000u));
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
