/**
 * Kernels in the form for teams of a few lanes of a subgroup, on a device whose subgroups have four: rows in registers at lengths on
 * both sides of what chunks and words hold, rows that share words where they meet. A host takes these forms for wider subgroups only,
 * so they are launched here by hand. The search for a threshold takes the software driver minutes to compile:
 * `test/gpu/differences.mjs` runs it.
 */
import { expect, test } from 'vitest'
import { teamFormName, teamShapes, withTeam } from '../../abi/shader-teams.ts'
import { withLanes } from '../../abi/shader-variants.ts'
import { emitWgsl } from '../../backends/wgsl/emit.ts'
import type { Func } from '../../compiler/ir/node.ts'
import { moduleOf } from '../support/evaluate-text.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { runGrid, type GridArg } from '../support/run-grid.ts'

/** Of each row: bits of the positive ones, their values side by side, how many, and the last of them that has a positive one before. */
const POSITIVE = `kernel positive_0(%0 x: read f16[], %1 bits: readwrite u32[], %2 kept: readwrite f16[], %3 starts: read i32[], %4 counts: readwrite i32[], %5 ranked: readwrite i32[], %6 row: lane f32[], %7 rows: i32, %8 n: i32, %9 words: i32) {
  %10 = constant() {value = 0, dtype = "i32", lanes = 1} : i32
  %11 = constant() {value = 0, dtype = "f32", lanes = 1} : f32
  points(%7) {team = true} { (%12 r: i32)
    %13 = mul(%12, %8) : i32
    lanes(%10, %8) {combine = []} { (%14 i: i32)
      %15 = add(%13, %14) : i32
      %16 = load(%0, %15) {lanes = 1} : f32
      store(%6, %14, %16)
    }
    %17 = mul(%12, %9) : i32
    store_bits(%1, %17, %8) {width = 64} { (%18 i: i32)
      %19 = load(%6, %18) {lanes = 1} : f32
      %20 = gt(%19, %11) : machine bool
      yield %20
    }
    %21 = load(%3, %12) {lanes = 1} : i32
    %22 = compact(%2, %21, %10, %8) {raw = false} : i32 { (%23 i: i32)
      %24 = load(%6, %23) {lanes = 1} : f32
      %25 = gt(%24, %11) : machine bool
      yield %25, %24
    }
    %26 = tally(%10, %8) : i32 { (%27 i: i32)
      %28 = load(%6, %27) {lanes = 1} : f32
      %29 = gt(%28, %11) : machine bool
      yield %29
    } { (%30 i: i32, %31 holds: machine bool, %32 before: i32)
      %33 = add(%13, %30) : i32
      store(%5, %33, %32)
    }
    once() {types = []} {
      store(%4, %12, %22)
    }
  }
}`

const LANES = 4
const GROUP = 32

async function run(device: GPUDevice, text: string, chunks: number, args: readonly GridArg[], points: number) {
  const kernel = moduleOf(text).funcs[0] as Func
  const source = emitWgsl([kernel])
  expect([...teamShapes(source).keys()]).toEqual([kernel.name])
  const module = withTeam(withLanes(source, new Set(device.features)), { threads: LANES, chunks })
  const groups = [Math.ceil(points / (2 * (GROUP / LANES))), 1] as const
  return runGrid(device, module, kernel, args, { points, groupSize: GROUP, groups, teams: GROUP / LANES })
}

const half = (x: number): number => ({ [-2]: 0xc000, [-1]: 0xbc00, 0: 0, 1: 0x3c00, 2: 0x4000, 3: 0x4200 })[x] ?? 0

describeGpu('teams of lanes', () => {
  const device = useDevice('everything')

  test('the form is named after the neighbours of a lane', () => {
    expect(teamFormName({ width: 8, chunked: true })).toBe('lanes-of-8')
  })

  test.each([
    [1, 1],
    [31, 1],
    [32, 1],
    [33, 2],
    [100, 4],
    [128, 4],
  ])('rows of %i halves in %i chunks: bits, values, counts, ranks', { timeout: 60_000 }, async (n, chunks) => {
    const rows = 37
    const values = Array.from({ length: rows * n }, (_, i) => ((i * 7919) % 6) - 2)
    const words = Math.ceil(n / 64) * 2
    const perRow = Array.from({ length: rows }, (_, r) => values.slice(r * n, (r + 1) * n))
    const kept = perRow.map((row) => row.filter((x) => x > 0))
    const starts = kept.map((_, r) => kept.slice(0, r).reduce((sum, row) => sum + row.length, 0))
    const all = kept.flat()
    const got = await run(
      device(),
      POSITIVE,
      chunks,
      [
        ...[Uint16Array.from(values, half), new Uint32Array(rows * words).fill(0xffffffff)],
        ...[new Uint16Array(all.length).fill(0xffff), Int32Array.from(starts), new Int32Array(rows), new Int32Array(rows * n)],
        ...[{ scratch: n }, rows, n, words],
      ],
      rows,
    )
    const bits = perRow.flatMap((row) =>
      Array.from({ length: words }, (_, w) =>
        row.slice(w * 32, w * 32 + 32).reduce((word, x, i) => word + (x > 0 ? 2 ** i : 0), 0),
      ),
    )
    expect([...new Uint32Array(got[1]!)]).toEqual(bits)
    expect([...new Uint16Array(got[2]!)]).toEqual(all.map(half))
    expect([...new Int32Array(got[4]!)]).toEqual(kept.map((row) => row.length))
    const ranks = perRow.flatMap((row) => row.map((_, i) => row.slice(0, i).filter((x) => x > 0).length))
    expect([...new Int32Array(got[5]!)]).toEqual(ranks)
  })
})
