/** The WGSL of `webgpu-baseline.mjs`. Every kernel covers a whole number of workgroups in a grid of two dimensions. */

const index = (perGroup) => `(wg.y * groups.x + wg.x) * ${perGroup}u + at`
const INPUTS = `@builtin(workgroup_id) wg: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) at: u32`

const kernel = (element, threads, body) => `
@group(0) @binding(0) var<storage, read> src: array<${element}>;
@group(0) @binding(1) var<storage, read_write> dst: array<${element}>;
@compute @workgroup_size(${threads}) fn main(${INPUTS}) {
${body}
}`

/** Each thread of a workgroup takes `loads` elements, a workgroup's width apart, all read before the first is written. */
function copy(element, threads, loads, through = (value) => value) {
  const places = Array.from({ length: loads }, (_, k) => k)
  return kernel(
    element,
    threads,
    [
      `  let i = ${index(threads * loads)};`,
      ...places.map((k) => `  let v${k} = src[i + ${k * threads}u];`),
      ...places.map((k) => `  dst[i + ${k * threads}u] = ${through(`v${k}`)};`),
    ].join('\n'),
  )
}

const halves = (value) => `pack2x16float(unpack2x16float(${value}) * vec2f(1.0))`
const halves4 = (value) => `vec4u(${['x', 'y', 'z', 'w'].map((part) => halves(`${value}.${part}`)).join(', ')})`

const READ = kernel(
  'vec4u',
  256,
  `  let i = ${index(1024)};
  let v = src[i] ^ src[i + 256u] ^ src[i + 512u] ^ src[i + 768u];
  if ((v.x ^ v.y ^ v.z ^ v.w) == 0x12345678u) { dst[0] = v; }`,
)

const bytes = { u32: 4, vec4u: 16 }
const row = (what, element, threads, loads, through) => ({
  what,
  code: copy(element, threads, loads, through),
  bytesPerGroup: bytes[element] * threads * loads,
  ways: 2,
})

export const COPIES = [
  row('copy, vec4u, 1 a thread, groups of 64', 'vec4u', 64, 1),
  row('copy, vec4u, 1 a thread, groups of 256', 'vec4u', 256, 1),
  row('copy, vec4u, 4 a thread, groups of 64', 'vec4u', 64, 4),
  row('copy, vec4u, 4 a thread, groups of 256', 'vec4u', 256, 4),
  row('copy, u32, 1 a thread, groups of 256', 'u32', 256, 1),
  row('copy, u32, 4 a thread, groups of 256', 'u32', 256, 4),
  row('copy through f32, halves in u32, 1 a thread', 'u32', 256, 1, halves),
  row('copy through f32, halves in u32, 4 a thread', 'u32', 256, 4, halves),
  row('copy through f32, halves in vec4u, 1 a thread', 'vec4u', 256, 1, halves4),
  { what: 'read, vec4u, 4 a thread, groups of 256', code: READ, bytesPerGroup: 16 * 1024, ways: 1 },
]

/** Finite halves throughout, so that copies through f32 give the same bits. */
export const FILL = `
@group(0) @binding(0) var<storage, read_write> dst: array<vec4u>;
@compute @workgroup_size(256) fn main(${INPUTS}) {
  let i = ${index(256)};
  let h = i * 2654435761u;
  dst[i] = (vec4u(h, h ^ 0x9e3779b9u, h * 31u, ~h) & vec4u(0x3bff3bffu)) | vec4u(0x04000400u);
}`

export const NOTHING = `
@group(0) @binding(0) var<storage, read_write> dst: array<u32>;
@compute @workgroup_size(32) fn main() { if (dst[1] == 0u) { dst[2] = 1u; } }`

/** For each of 128 invocations: subgroup size, lane, sum of the subgroup's lanes, and sum of the lanes before. */
export const SUBGROUP_ORDER = `
enable subgroups;
@group(0) @binding(0) var<storage, read_write> out: array<vec4u>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) at: u32, @builtin(subgroup_size) size: u32, @builtin(subgroup_invocation_id) lane: u32) {
  out[at] = vec4u(size, lane, subgroupAdd(lane), subgroupExclusiveAdd(1u));
}`

const expression = (value, head = '') => `${head}
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) at: u32) { let x = out[at]; out[at] = u32(${value}); }`
const subgroup = (value) => expression(value, 'enable subgroups;')
const workgroup = (kib) => `
var<workgroup> shared_: array<u32, ${kib * 256}>;
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) at: u32) { shared_[at] = out[at]; workgroupBarrier(); out[at] = shared_[127u - at]; }`
const threads = (count) => `
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(${count})
fn main(@builtin(local_invocation_index) at: u32) { out[at] = at; }`

/** Snippets by name: does each compile here? */
export const PROBES = {
  subgroupAdd: subgroup('subgroupAdd(x)'),
  subgroupExclusiveAdd: subgroup('subgroupExclusiveAdd(x)'),
  subgroupInclusiveAdd: subgroup('subgroupInclusiveAdd(x)'),
  subgroupMax: subgroup('subgroupMax(x)'),
  subgroupAnd: subgroup('subgroupAnd(x)'),
  subgroupBallot: subgroup('subgroupBallot(x > 3u).x'),
  subgroupAny: subgroup('subgroupAny(x > 3u)'),
  subgroupAll: subgroup('subgroupAll(x > 3u)'),
  subgroupElect: subgroup('subgroupElect()'),
  subgroupShuffle: subgroup('subgroupShuffle(x, (x + 1u) % 4u)'),
  subgroupShuffleXor: subgroup('subgroupShuffleXor(x, 1u)'),
  subgroupShuffleUp: subgroup('subgroupShuffleUp(x, 1u)'),
  subgroupBroadcast: subgroup('subgroupBroadcast(x, 1u)'),
  subgroupBroadcastFirst: subgroup('subgroupBroadcastFirst(x)'),
  quadSwapX: subgroup('quadSwapX(x)'),
  'subgroup_id (language)': `
enable subgroups;
requires subgroup_id;
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) at: u32, @builtin(subgroup_id) id: u32) { out[at] = id; }`,
  'subgroup size asked for': `
enable subgroups;
enable subgroup_size_control;
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(128) @subgroup_size(32)
fn main(@builtin(local_invocation_index) at: u32) { out[at] = subgroupAdd(at); }`,
  'shader-f16': expression('f16(x) * 2.0h', 'enable f16;'),
  pack2x16float: expression('pack2x16float(unpack2x16float(x) * 2.0)'),
  dot4U8Packed: expression('dot4U8Packed(x, x)'),
  atomics: `
@group(0) @binding(0) var<storage, read_write> out: array<atomic<u32>>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) at: u32) { atomicAdd(&out[at & 3u], 1u); atomicMax(&out[4], at); }`,
  workgroupUniformLoad: `
var<workgroup> count: u32;
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) at: u32) {
  if (at == 0u) { count = out[0]; }
  let n = workgroupUniformLoad(&count);
  for (var i = 0u; i < n; i++) { workgroupBarrier(); out[at] = i; }
}`,
  '32 KiB of workgroup memory': workgroup(32),
  '48 KiB of workgroup memory': workgroup(48),
  '96 KiB of workgroup memory': workgroup(96),
  'workgroups of 512': threads(512),
  'workgroups of 1024': threads(1024),
}
