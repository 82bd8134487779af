// The size of every workgroup.
override GROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> threshold_0_words: array<vec4<u32>, 2>;
@group(0) @binding(1) var<storage, read> threshold_0_scores: array<u32>;
@group(0) @binding(2) var<storage, read_write> threshold_0_keep: array<atomic<u32>>;

fn threshold_0_store_keep(at: u32, bits: u32) {
  let word = threshold_0_words[0].w + (at >> 2u);
  let shift = (at & 3u) << 3u;
  let change = ((atomicLoad(&threshold_0_keep[word]) >> shift) ^ bits) & 0xffu;
  atomicXor(&threshold_0_keep[word], change << shift);
}

@compute @workgroup_size(GROUP_SIZE)
fn threshold_0(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let worker = (group.x + group.y * groups.x) * GROUP_SIZE + thread;
  let workers = threshold_0_words[0].x;
  let points = threshold_0_words[0].y;
  let scores_start = threshold_0_words[0].z;
  let columns = bitcast<i32>(threshold_0_words[1].y);
  let limit = bitcast<f32>(threshold_0_words[1].z);
  let extent = u32(columns);
  for (var point = worker; point < points; point += workers) {
    let row = i32(point / extent);
    let column = i32(point % extent);
    let v8 = (row * columns) + column;
    let at = u32(v8);
    let value = decode_f16(half_of_word(threshold_0_scores[scores_start + (at >> 1u)], at));
    threshold_0_store_keep(u32(v8), u32(lt_f32(limit, abs_f32(value))));
  }
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn lt_f32(x: f32, y: f32) -> bool {
  return x < y && !is_nan(x) && !is_nan(y);
}

fn abs_f32(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);
}

// Element `at` of a buffer, out of the word it is in.
fn half_of_word(word: u32, at: u32) -> u32 {
  return (word >> ((at & 1u) << 4u)) & 0xffffu;
}

// --- decode_f16: portable
fn decode_f16(bits: u32) -> f32 {
  let magnitude = bits & 0x7fffu;
  let normal = (magnitude << 13u) + select(0x38000000u, 0x70000000u, magnitude >= 0x7c00u);
  // Below 2^-14 a half counts steps of 2^-24, as 0.5 and what is just above it do.
  let tiny = bitcast<u32>(bitcast<f32>(magnitude | 0x3f000000u) - 0.5f);
  return bitcast<f32>(select(normal, tiny, magnitude < 0x400u) | ((bits & 0x8000u) << 16u));
}
// --- decode_f16: exact-unpack
//| fn decode_f16(bits: u32) -> f32 {
//|   return unpack2x16float(bits).x;
//| }
// --- end
