/**
 * What WebGPU's own copies cannot do: bytes that do not begin or end at a word, copies from buffers that only kernels may read,
 * and filling with something else than zero. One thread makes one word.
 */
import type { ByteRuns } from '../memory.ts'
import type { BoundRegion, Dispatch } from './command-list.ts'

const THREADS = 64
const MAX_GROUPS = 65_535

const MODULE = `
@group(0) @binding(0) var<uniform> given: array<vec4<u32>, 2>;
@group(0) @binding(1) var<storage, read_write> destination: array<u32>;
@group(0) @binding(2) var<storage, read> origin: array<u32>;

@compute @workgroup_size(${THREADS})
fn fill(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let first = given[0].x;
  let words = given[0].y;
  for (var i = id.x; i < words; i += groups.x * ${THREADS}u) {
    destination[first + i] = given[0].z;
  }
}

// Runs of bytes, from and to positions of their own. A word keeps the bytes that belong to no run.
@compute @workgroup_size(${THREADS})
fn copy_runs(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let from_byte = given[0].x;
  let from_stride = given[0].y;
  let to_byte = given[0].z;
  let to_stride = given[0].w;
  let bytes = given[1].x;
  let count = given[1].y;
  let first = to_byte / 4u;
  let words = (to_byte + (count - 1u) * to_stride + bytes + 3u) / 4u - first;
  for (var i = id.x; i < words; i += groups.x * ${THREADS}u) {
    var word = destination[first + i];
    for (var b = 0u; b < 4u; b++) {
      let at = (first + i) * 4u + b;
      if (at < to_byte) { continue; }
      let run = select(0u, min((at - to_byte) / max(to_stride, 1u), count - 1u), count > 1u);
      let inside = at - to_byte - run * to_stride;
      if (inside >= bytes) { continue; }
      let source = from_byte + run * from_stride + inside;
      let value = (origin[source / 4u] >> ((source & 3u) * 8u)) & 0xffu;
      word = (word & ~(0xffu << (b * 8u))) | (value << (b * 8u));
    }
    destination[first + i] = word;
  }
}
`

const groupsFor = (words: number): readonly [number, number] => [Math.max(1, Math.min(MAX_GROUPS, Math.ceil(words / THREADS))), 1]

export function fillWords(to: BoundRegion, firstWord: number, words: number, value: number): Dispatch {
  return {
    kind: 'dispatch',
    pipeline: { module: MODULE, entryPoint: 'fill', constants: {}, storage: ['readwrite'] },
    uniform: Uint32Array.of(firstWord, words, value, 0, 0, 0, 0, 0),
    storage: [to],
    groups: groupsFor(words),
  }
}

/** The bytes of the runs count from the beginnings of the regions. */
export function copyRunsOf(from: BoundRegion, to: BoundRegion, runs: Omit<ByteRuns, 'from' | 'to'>): Dispatch {
  const { fromByte, fromStride, toByte, toStride, bytes, count } = runs
  const words = Math.ceil((toByte + (count - 1) * toStride + bytes) / 4) - Math.floor(toByte / 4)
  return {
    kind: 'dispatch',
    pipeline: { module: MODULE, entryPoint: 'copy_runs', constants: {}, storage: ['readwrite', 'read'] },
    uniform: Uint32Array.of(fromByte, fromStride, toByte, toStride, bytes, count, 0, 0),
    storage: [to, from],
    groups: groupsFor(words),
  }
}
