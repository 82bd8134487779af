/**
 * f16 and bf16 in whole numbers: exact when widened, NaN, infinities and subnormals included; to nearest even when narrowed,
 * which the conversions that WGSL has do not promise.
 */
import { EXACT_UNPACK } from '../../../abi/shader-variants.ts'

export const half = /* wgsl */ `
// Element \`at\` of a buffer, out of the word it is in.
fn half_of_word(word: u32, at: u32) -> u32 {
  return (word >> ((at & 1u) << 4u)) & 0xffffu;
}

fn byte_of_word(word: u32, at: u32) -> u32 {
  return (word >> ((at & 3u) << 3u)) & 0xffu;
}

// --- decode_f16: portable
fn decode_f16(bits: u32) -> f32 {
  let magnitude = bits & 0x7fffu;
  let normal = (magnitude << 13u) + select(0x38000000u, 0x70000000u, magnitude >= 0x7c00u);
  // Below 2^-14 a half counts steps of 2^-24, as 0.5 and what is just above it do.
  let tiny = bitcast<u32>(bitcast<f32>(magnitude | 0x3f000000u) - 0.5f);
  return bitcast<f32>(select(normal, tiny, magnitude < 0x400u) | ((bits & 0x8000u) << 16u));
}
// --- decode_f16: ${EXACT_UNPACK}
//| fn decode_f16(bits: u32) -> f32 {
//|   return unpack2x16float(bits).x;
//| }
// --- end

fn encode_f16(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u | ((magnitude >> 13u) & 0x3ffu); }
  if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; }
  if (magnitude >= 0x38800000u) { return sign | ((magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13u) & 1u)) >> 13u); }
  if (magnitude < 0x33000000u) { return sign; }
  let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  let shift = 126u - (magnitude >> 23u);
  let kept = mantissa >> shift;
  let rest = mantissa & ((1u << shift) - 1u);
  let middle = 1u << (shift - 1u);
  return sign | (kept + u32(rest > middle || (rest == middle && (kept & 1u) == 1u)));
}

fn decode_bf16(bits: u32) -> f32 {
  return bitcast<f32>(bits << 16u);
}

fn encode_bf16(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return (bits >> 16u) | 0x40u; }
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}

// Keys of 16-bit floats, in the order of the numbers, their negatives or their magnitudes; 0 for NaN. -0 is 0.
fn half_key_size(half: u32, infinity: u32) -> u32 {
  let size = half & 0x7fffu;
  return select(size + 1u, 0u, size > infinity);
}

fn half_key_value(half: u32, infinity: u32) -> u32 {
  let size = half & 0x7fffu;
  return select(select(0x8001u + size, 0x8001u - size, (half & 0x8000u) != 0u), 0u, size > infinity);
}

fn half_key_negative(half: u32, infinity: u32) -> u32 {
  return half_key_value(half ^ 0x8000u, infinity);
}

fn decode_i8(bits: u32) -> i32 {
  return i32(bits << 24u) >> 24u;
}
`
