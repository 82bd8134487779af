// The size of every workgroup.
override GROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> kth_0_words: array<vec4<u32>, 2>;
@group(0) @binding(1) var<storage, read> kth_0_x: array<u32>;
@group(0) @binding(2) var<storage, read_write> kth_0_state: array<u32>;

@compute @workgroup_size(GROUP_SIZE)
fn kth_0(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let worker = group.x + group.y * groups.x;
  let workers = kth_0_words[0].x;
  let points = kth_0_words[0].y;
  let x_start = kth_0_words[0].z;
  let state_start = kth_0_words[0].w;
  let m = bitcast<i32>(kth_0_words[1].y);
  let k = bitcast<i32>(kth_0_words[1].z);
  for (var point = worker; point < points; point += workers) {
    let row = i32(point);
    let v6 = row * m;
    if (thread == 0u) {
      kth_0_state[state_start + u32(row)] = 2147483648u;
    }
    workgroupBarrier();
    storageBarrier();
    var found: u32 = 0u;
    var rounds: u32 = 0u;
    loop {
      let value = kth_0_state[state_start + u32(row)];
      let uniform = team_uniform_bool(thread, value != 0u);
      if (!uniform) { break; }
      let value_2 = kth_0_state[state_start + u32(row)];
      let v20 = found | value_2;
      var above: i32 = 0i;
      let count = u32(max(m, 0i));
      var step: u32 = thread;
      for (; step < count; step += GROUP_SIZE) {
        let i = i32(step);
        let value_3 = kth_0_x[x_start + u32(v6 + i)];
        above = above + i32(value_3 >= v20);
      }
      let above_2 = 0i + team_sum_i32(thread, above);
      workgroupBarrier();
      storageBarrier();
      if (thread == 0u) {
        kth_0_state[state_start + u32(row)] = value_2 >> 1u;
      }
      workgroupBarrier();
      storageBarrier();
      found = select(found, v20, above_2 >= k);
      rounds = rounds + 1u;
    }
    workgroupBarrier();
    storageBarrier();
    if (thread == 0u) {
      kth_0_state[state_start + u32(row)] = found;
    }
  }
}

// --- team operations: portable
var<workgroup> team_words: array<u32, GROUP_SIZE>;
var<workgroup> team_word: u32;

fn team_sum_i32(thread: u32, x: i32) -> i32 {
  var total = x;
  team_words[thread] = bitcast<u32>(x);
  for (var n = GROUP_SIZE; n > 1u; n = (n + 1u) / 2u) {
    workgroupBarrier();
    if (thread < n / 2u) {
      let other = bitcast<i32>(team_words[thread + (n + 1u) / 2u]);
      total = total + other;
      team_words[thread] = bitcast<u32>(total);
    }
  }
  return bitcast<i32>(workgroupUniformLoad(&team_words[0]));
}

fn team_uniform_bool(thread: u32, x: bool) -> bool {
  if (thread == 0u) { team_word = u32(x); }
  return workgroupUniformLoad(&team_word) != 0u;
}
// --- team operations: subgroups
//| var<workgroup> team_words: array<u32, GROUP_SIZE>;
//| var<workgroup> team_word: u32;
//|
//| fn team_sum_i32(thread: u32, x: i32) -> i32 {
//|   let part = subgroupAdd(x);
//|   let size = subgroupAdd(1u);
//|   if (subgroupElect()) { team_words[thread / size] = bitcast<u32>(part); }
//|   workgroupBarrier();
//|   if (thread == 0u) {
//|     var total = part;
//|     for (var i = 1u; i < GROUP_SIZE / size; i++) {
//|       let other = bitcast<i32>(team_words[i]);
//|       total = total + other;
//|     }
//|     team_word = bitcast<u32>(total);
//|   }
//|   return bitcast<i32>(workgroupUniformLoad(&team_word));
//| }
//|
//| fn team_uniform_bool(thread: u32, x: bool) -> bool {
//|   if (thread == 0u) { team_word = u32(x); }
//|   return workgroupUniformLoad(&team_word) != 0u;
//| }
// --- end
