// The size of every workgroup.
override GROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> row_max_0_words: array<vec4<u32>, 3>;
@group(0) @binding(1) var<storage, read> row_max_0_x: array<u32>;
@group(0) @binding(2) var<storage, read_write> row_max_0_largest: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> row_max_0_scratch: array<u32>;
// Above 1: scratch is in workgroup memory.
override row_max_0_local_words: u32 = 1u;
var<workgroup> row_max_0_scratch_local: array<u32, row_max_0_local_words>;

fn row_max_0_store_largest(at: u32, bits: u32) {
  let word = row_max_0_words[0].w + (at >> 2u);
  let shift = (at & 3u) << 3u;
  let change = ((atomicLoad(&row_max_0_largest[word]) >> shift) ^ bits) & 0xffu;
  atomicXor(&row_max_0_largest[word], change << shift);
}

fn load_row_max_0_scratch(at: u32) -> u32 {
  if (row_max_0_local_words > 1u) { return row_max_0_scratch_local[at]; }
  return row_max_0_scratch[at];
}

fn store_row_max_0_scratch(at: u32, bits: u32) {
  if (row_max_0_local_words > 1u) { row_max_0_scratch_local[at] = bits; } else { row_max_0_scratch[at] = bits; }
}

@compute @workgroup_size(GROUP_SIZE)
fn row_max_0(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let worker = group.x + group.y * groups.x;
  let workers = row_max_0_words[0].x;
  let points = row_max_0_words[0].y;
  let x_start = row_max_0_words[0].z;
  let copy_start = select(row_max_0_words[1].x + worker * row_max_0_words[1].y, 0u, row_max_0_local_words > 1u);
  let m = bitcast<i32>(row_max_0_words[1].w);
  let lowest = bitcast<f32>(row_max_0_words[2].x);
  for (var point = worker; point < points; point += workers) {
    let row = i32(point);
    let v7 = row * m;
    var best: f32 = f32_of_bits(0xff800000u);
    let count = u32(max(m, 0i));
    var step: u32 = thread;
    for (; step < count; step += GROUP_SIZE) {
      let i = i32(step);
      let at = u32(v7 + i);
      let value = decode_f16(half_of_word(row_max_0_x[x_start + (at >> 1u)], at));
      store_row_max_0_scratch(copy_start + u32(i), bitcast<u32>(value));
      best = max_f32(best, value);
    }
    let best_2 = max_f32(lowest, team_max_f32(thread, best));
    workgroupBarrier();
    storageBarrier();
    let count_2 = u32(max(m, 0i));
    var step_2: u32 = thread;
    for (; step_2 < count_2; step_2 += GROUP_SIZE) {
      let j = i32(step_2);
      let value_2 = bitcast<f32>(load_row_max_0_scratch(copy_start + u32(j)));
      row_max_0_store_largest(u32(v7 + j), u32(eq_f32(value_2, best_2)));
    }
    workgroupBarrier();
    storageBarrier();
  }
}

// A value with these bits that no compiler evaluates: infinities and NaN are refused in constant expressions.
fn f32_of_bits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn eq_f32(x: f32, y: f32) -> bool {
  return x == y && !is_nan(x) && !is_nan(y);
}

fn max_f32(x: f32, y: f32) -> f32 {
  return select(select(max(x, y), y, is_nan(y)), x, is_nan(x));
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

// --- team operations: portable
var<workgroup> team_words: array<u32, GROUP_SIZE>;

fn team_max_f32(thread: u32, x: f32) -> f32 {
  var total = x;
  team_words[thread] = bitcast<u32>(x);
  for (var n = GROUP_SIZE; n > 1u; n = (n + 1u) / 2u) {
    workgroupBarrier();
    if (thread < n / 2u) {
      let other = bitcast<f32>(team_words[thread + (n + 1u) / 2u]);
      total = max_f32(total, other);
      team_words[thread] = bitcast<u32>(total);
    }
  }
  return bitcast<f32>(workgroupUniformLoad(&team_words[0]));
}
// --- team operations: subgroups
//| var<workgroup> team_words: array<u32, GROUP_SIZE>;
//| var<workgroup> team_word: u32;
//|
//| fn team_max_f32(thread: u32, x: f32) -> f32 {
//|   let part = select(subgroupMax(x), f32_of_bits(0x7fc00000u), subgroupAny(is_nan(x)));
//|   let size = subgroupAdd(1u);
//|   if (subgroupElect()) { team_words[thread / size] = bitcast<u32>(part); }
//|   workgroupBarrier();
//|   if (thread == 0u) {
//|     var total = part;
//|     for (var i = 1u; i < GROUP_SIZE / size; i++) {
//|       let other = bitcast<f32>(team_words[i]);
//|       total = max_f32(total, other);
//|     }
//|     team_word = bitcast<u32>(total);
//|   }
//|   return bitcast<f32>(workgroupUniformLoad(&team_word));
//| }
// --- end
