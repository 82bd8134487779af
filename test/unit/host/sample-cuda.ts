/**
 * The sample policy and the one with teams for CUDA: their manifests, and what their kernels do, for a GPU of tests. The text of a
 * module only has to look like one.
 */
import type { Manifest } from '../../../abi/manifest.ts'
import type { FakeKernel } from '../../support/fake-cuda.ts'
import { sampleGridManifest, teamManifest } from './sample-shader.ts'

const onCuda = (manifest: Manifest): Manifest => ({ ...manifest, target: 'cuda', artifact: `${manifest.policy}.cu` })

export const sampleCudaManifest = onCuda(sampleGridManifest)
export const teamCudaManifest = onCuda(teamManifest)
export const sampleCuda = 'extern "C" __global__ void scale(const float *x, float *y, int n, float f, int points) { }'

/** Its rows in shared memory when `sharedWords` says so: this GPU has none, so they are looked at only in memory. */
const totals: FakeKernel = ({ pointer, integer }, { f32, u32 }, { blocks, threads }) => {
  const x = f32(pointer())
  const [a, aLength, b, bLength] = [pointer(), integer(), pointer(), integer()]
  const t = f32(pointer())
  const [n, points, shared] = [integer(), integer(), integer()]
  const workers = blocks * Math.max(1, Math.floor(128 / threads))
  for (let point = 0; point < points; point++) {
    const worker = point % workers
    let total = 0
    for (let i = 0; i < n; i++) total += (x[point * n + i] ?? 0) + (i % 4)
    if (shared === 0) {
      u32(a)[worker * aLength] = 7
      u32(b)[worker * bLength + n - 1] = 7
    }
    t[point] = total
  }
}

export const sampleKernels: Readonly<Record<string, FakeKernel>> = {
  scale: ({ pointer, integer, f32: number }, { f32 }) => {
    const [x, y] = [f32(pointer()), f32(pointer())]
    integer()
    const factor = number()
    for (let i = integer() - 1; i >= 0; i--) y[i] = (x[i] ?? 0) * factor
  },
  double_i32: ({ pointer, integer }, { i32 }) => {
    const [x, y] = [i32(pointer()), i32(pointer())]
    integer()
    for (let i = integer() - 1; i >= 0; i--) y[i] = (x[i] ?? 0) * 2
  },
  pack: ({ pointer, integer }, { f32, u32 }) => {
    const [x, mask, v, o] = [f32(pointer()), u32(pointer()), f32(pointer()), u32(pointer())]
    const [rows, n, k] = [integer(), integer(), integer()]
    const perRow = Math.floor((n + 31) / 32)
    let kept = 0
    o[0] = 0
    for (let r = 0; r < rows; r++) {
      mask.fill(0, r * perRow, (r + 1) * perRow)
      for (let i = 0; i < n; i++) {
        const e = x[r * n + i] ?? 0
        if (k >= 0 ? i >= k : e <= 0) continue
        mask[r * perRow + (i >> 5)]! |= 1 << (i % 32)
        v[kept++] = e
      }
      o[r + 1] = kept
    }
  },
  row_sums: ({ pointer, integer }, { f32, u32 }) => {
    const [v, o, y] = [f32(pointer()), u32(pointer()), f32(pointer())]
    integer()
    for (let row = integer() - 1; row >= 0; row--) y[row] = v.subarray(o[row], o[row + 1]).reduce((sum, e) => sum + e, 0)
  },
  accumulate: ({ pointer, integer }, { f32 }) => {
    const [before, after, x] = [f32(pointer()), f32(pointer()), f32(pointer())]
    const [tokens, n] = [integer(), integer()]
    for (let i = integer() - 1; i >= 0; i--) {
      after[i] = before[i] ?? 0
      for (let t = 0; t < tokens; t++) after[i]! += x[t * n + i] ?? 0
    }
  },
  count_positive: ({ pointer, integer }, { f32, i32 }) => {
    const [x, count] = [f32(pointer()), i32(pointer())]
    for (let i = integer() - 1; i >= 0; i--) if ((x[i] ?? 0) > 0) count[0]!++
  },
  gather_positive: ({ pointer, integer }, { f32 }) => {
    const [x, y] = [f32(pointer()), f32(pointer())]
    const m = integer()
    let at = 0
    for (let i = 0; at < m; i++) if ((x[i] ?? 0) > 0) y[at++] = (x[i] ?? 0) * m
  },
  totals,
  many: ({ pointer, integer }, { f32 }) => {
    const inputs = Array.from({ length: 10 }, () => f32(pointer()))
    const [y, z] = [f32(pointer()), f32(pointer())]
    for (let i = integer() - 1; i >= 0; i--) {
      y[i] = inputs.reduce((sum, input) => sum + (input[i] ?? 0), 0)
      z[i] = -(y[i] ?? 0)
    }
  },
  halves: ({ pointer, integer }, memory) => {
    const [x, h] = [memory.at(pointer()), memory.at(pointer())]
    integer()
    for (let i = integer() - 1; i >= 0; i--) {
      h[2 * i] = x[2 * i] ?? 0
      h[2 * i + 1] = (x[2 * i + 1] ?? 0) + 4
    }
  },
}
