/**
 * Kernels between what TensorFlow.js stores and what policies store: both in whole words, an element of a tensor always has one
 * to itself. Narrowing rounds as the ABI does, bit by bit, because WGSL leaves rounding and NaN to the device.
 */
import { dtypeBytes, type DTypeName } from '../../abi/dtype.ts'

const HALVES = `
fn rounded(value: u32, shift: u32) -> u32 {
  let kept = value >> shift;
  let rest = value & ((1u << shift) - 1u);
  let half = 1u << (shift - 1u);
  return kept + select(0u, 1u, rest > half || (rest == half && (kept & 1u) == 1u));
}
fn f16_of(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  let mantissa = bits & 0x7fffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u | (mantissa >> 13u); }
  if (magnitude >= 0x47800000u) { return sign | 0x7c00u; }
  if (magnitude < 0x33000000u) { return sign; }
  if (magnitude >= 0x38800000u) { return sign | rounded(magnitude - 0x38000000u, 13u); }
  return sign | rounded(mantissa | 0x800000u, 126u - (magnitude >> 23u));
}
fn bf16_of(bits: u32) -> u32 {
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return (bits >> 16u) | 0x40u; }
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}
fn of_f16(half: u32) -> u32 {
  let sign = (half & 0x8000u) << 16u;
  let exponent = (half >> 10u) & 0x1fu;
  let mantissa = half & 0x3ffu;
  if (exponent == 31u) { return sign | 0x7f800000u | (mantissa << 13u); }
  if (exponent != 0u) { return sign | ((exponent + 112u) << 23u) | (mantissa << 13u); }
  if (mantissa == 0u) { return sign; }
  let shift = countLeadingZeros(mantissa) - 21u;
  return sign | ((113u - shift) << 23u) | (((mantissa << shift) & 0x3ffu) << 13u);
}`

/** An element as the word of a tensor, from the word of a policy that holds it and its first bit. */
const WIDEN: Readonly<Record<DTypeName, string>> = {
  f32: 'word',
  i32: 'word',
  u32: 'word',
  f16: 'of_f16((word >> bit) & 0xffffu)',
  bf16: '((word >> bit) & 0xffffu) << 16u',
  u8: '(word >> bit) & 0xffu',
  i8: 'bitcast<u32>(bitcast<i32>(word << (24u - bit)) >> 24u)',
  bool: 'select(0u, 1u, ((word >> bit) & 0xffu) != 0u)',
}

/** The bits of an element of a policy, from the word of a tensor. */
const NARROW: Readonly<Record<DTypeName, string>> = {
  f32: 'word',
  i32: 'word',
  u32: 'word',
  f16: 'f16_of(word)',
  bf16: 'bf16_of(word)',
  u8: 'word & 0xffu',
  i8: 'word & 0xffu',
  bool: 'select(0u, 1u, word != 0u)',
}

/** Threads of a group; as many groups as one dimension may have take several words each. */
export const GROUP_SIZE = 64

const shader = (declarations: string, body: string): string => `${HALVES}
struct Sizes { count: u32, words: u32, start: u32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> source: array<u32>;
${declarations}
@compute @workgroup_size(${GROUP_SIZE})
fn main(@builtin(global_invocation_id) thread: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var at = thread.x; at < sizes.words; at += groups.x * ${GROUP_SIZE}u) {
${body}
  }
}`

const RESULT = '@group(0) @binding(2) var<storage, read_write> result: array<u32>;'

/** From elements of a policy to words of a tensor. */
export function widening(dtype: DTypeName): string {
  const bits = 8 * dtypeBytes(dtype)
  const [perWord, mask] = [32 / bits, 32 / bits - 1]
  return shader(
    RESULT,
    `    let word = source[sizes.start + at / ${perWord}u];
    let bit = (at & ${mask}u) * ${bits % 32}u;
    result[at] = ${WIDEN[dtype]};`,
  )
}

/** From words of a tensor to elements of a policy. */
export function narrowing(dtype: DTypeName): string {
  const bits = 8 * dtypeBytes(dtype)
  const perWord = 32 / bits
  return shader(
    RESULT,
    `    var packed = 0u;
    for (var i = 0u; i < ${perWord}u && at * ${perWord}u + i < sizes.count; i++) {
      let word = source[sizes.start + at * ${perWord}u + i];
      packed |= (${NARROW[dtype]}) << (i * ${bits % 32}u);
    }
    result[at] = packed;`,
  )
}

/** The first element whose number, as an i32, is not within; the largest u32 when there is none. */
export const rangeCheck = (low: number, high: number): string =>
  shader(
    '@group(0) @binding(2) var<storage, read_write> first: atomic<u32>;',
    `    let value = bitcast<i32>(source[sizes.start + at]);
    if (value < ${low} || value > ${high}) { atomicMin(&first, at); }`,
  )
