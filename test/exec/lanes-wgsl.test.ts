/**
 * Kernels in the form for teams of a few lanes of a subgroup, on a device whose subgroups have four: rows in registers at lengths on
 * both sides of what chunks and words hold, rows that share words where they meet, selections. Launched by hand; then policies, as a
 * host launches them. `test/gpu/differences.mjs` runs all policies.
 */
import { expect, test } from 'vitest'
import { teamFormName, teamShapes, withTeam } from '../../abi/shader-teams.ts'
import { withFeatures, withTeams } from '../../abi/shader-variants.ts'
import { emitWgsl } from '../../backends/wgsl/emit.ts'
import type { Func } from '../../compiler/ir/node.ts'
import { differences } from '../support/differential.ts'
import { moduleOf } from '../support/evaluate-text.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { policyCases } from '../support/policy-settings.ts'
import { runGrid, type GridArg } from '../support/run-grid.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

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

/** Of each row of halves the k best by one order, as bits and side by side. */
const bestOf = (
  dtype: 'f16' | 'bf16',
  order: string,
  ties: string,
): string => `kernel best_0(%0 x: read ${dtype}[], %1 ks: read i32[], %2 starts: read i32[], %3 bits: readwrite u32[], %4 kept: readwrite ${dtype}[], %5 row: lane ${dtype}[], %6 rows: i32, %7 n: i32, %8 words: i32) {
  %9 = constant() {value = 0, dtype = "i32", lanes = 1} : i32
  points(%6) {team = true} { (%10 r: i32)
    %11 = mul(%10, %7) : i32
    %12 = load(%1, %10) {lanes = 1} : i32
    half_keys(%5, %0, %11, %7) {order = "${order}"}
    keep_best(%5, %7, %12) {ties = "${ties}"}
    %13 = mul(%10, %8) : i32
    store_bits(%3, %13, %7) {width = 32} { (%14 i: i32)
      %15 = is_best(%5, %14) : machine bool
      yield %15
    }
    %16 = load(%2, %10) {lanes = 1} : i32
    %17 = compact(%4, %16, %9, %7) {raw = true} : i32 { (%18 i: i32)
      %19 = is_best(%5, %18) : machine bool
      %20 = add(%11, %18) : i32
      %21 = load_raw(%0, %20) {lanes = 1} : u32
      yield %19, %21
    }
  }
}`

/** The same of integers, without the values. */
const bestWords = (
  ties: string,
): string => `kernel best_0(%0 x: read i32[], %1 ks: read i32[], %2 bits: readwrite u32[], %3 row: lane i32[], %4 rows: i32, %5 n: i32, %6 words: i32) {
  %7 = constant() {value = 0, dtype = "i32", lanes = 1} : i32
  points(%4) {team = true} { (%8 r: i32)
    %9 = mul(%8, %5) : i32
    lanes(%7, %5) {combine = []} { (%10 i: i32)
      %11 = add(%9, %10) : i32
      %12 = load(%0, %11) {lanes = 1} : i32
      store(%3, %10, %12)
    }
    %13 = load(%1, %8) {lanes = 1} : i32
    keep_best(%3, %5, %13) {ties = "${ties}"}
    %14 = mul(%8, %6) : i32
    store_bits(%2, %14, %5) {width = 32} { (%15 i: i32)
      %16 = is_best(%3, %15) : machine bool
      yield %16
    }
  }
}`

const LANES = 4
const GROUP = 32

/** Teams of four lanes, workgroups that hold rows, or workgroups with rows in memory. */
type Form = 'lanes' | 'group' | 'portable'

async function run(device: GPUDevice, text: string, form: Form, chunks: number, args: readonly GridArg[], points: number) {
  const kernel = moduleOf(text).funcs[0] as Func
  const source = emitWgsl([kernel])
  expect([...teamShapes(source).keys()]).toEqual([kernel.name])
  const features = new Set<string>(device.features)
  if (form === 'portable') return runGrid(device, withFeatures(source, features), kernel, args, { points, groupSize: GROUP })
  const threads = form === 'lanes' ? LANES : GROUP
  const module = withTeam(withTeams(source, form, features), { threads, chunks })
  const groups = [Math.ceil(points / (2 * (GROUP / threads))), 1] as const
  return runGrid(device, module, kernel, args, { points, groupSize: GROUP, groups, teams: GROUP / threads })
}

const half = (x: number): number => ({ [-2]: 0xc000, [-1]: 0xbc00, 0: 0, 1: 0x3c00, 2: 0x4000, 3: 0x4200 })[x] ?? 0

describeGpu('teams of lanes', () => {
  const device = useDevice('everything')

  test('the form is named after the neighbours of a lane', () => {
    expect(teamFormName({ kind: 'lanes', width: 8, held: 16, most: 16 })).toBe('lanes-of-8-holding-16')
  })

  test.each([
    ['lanes', 1, 1],
    ['lanes', 31, 1],
    ['lanes', 32, 1],
    ['lanes', 33, 2],
    ['lanes', 100, 4],
    ['lanes', 128, 4],
    ['group', 1, 1],
    ['group', 255, 1],
    ['group', 500, 2],
    ['group', 1024, 4],
  ] as const)('%s: rows of %i halves in %i chunks: bits, values, counts, ranks', { timeout: 60_000 }, async (form, n, chunks) => {
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
      form,
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

  /** Numbers of a row with ties, zeros of both signs, infinities and NaN of both. */
  const HALVES = { f16: [0x3c00, 0xbc00, 0x0000, 0x8000, 0x7c00, 0xfc00, 0x7e01, 0xfe00, 0x0001, 0x8001, 0x4200], bf16: [0x3f80, 0xbf80, 0x0000, 0x8000, 0x7f80, 0xff80, 0x7fc1, 0xffc0, 0x0001, 0x8001, 0x4040] } // prettier-ignore
  const INFINITY_OF = { f16: 0x7c00, bf16: 0x7f80 }
  const keyOf = (half: number, infinity: number, order: string): number => {
    const size = half & 0x7fff
    if (size > infinity) return -Infinity
    const value = half >= 0x8000 ? -size : size
    return order === 'size' ? size : order === 'value' ? value : -value
  }
  /** Which of a row are its k best. */
  function best(keys: readonly number[], k: number, ties: string): readonly boolean[] {
    const ranked = keys.map((key, i) => ({ key, i })).sort((a, b) => (a.key === b.key ? a.i - b.i : a.key < b.key ? 1 : -1))
    const chosen = new Set(ranked.slice(0, k).map(({ i }) => i))
    const least = ranked[k - 1]?.key
    return keys.map((key, i) => chosen.has(i) || (ties === 'all' && key === least))
  }
  const bitsOf = (flags: readonly boolean[]): readonly number[] =>
    Array.from({ length: Math.ceil(flags.length / 32) }, (_, w) =>
      flags.slice(w * 32, w * 32 + 32).reduce((word, flag, i) => word + (flag ? 2 ** i : 0), 0),
    )
  const noise = (i: number): number => Math.imul(i + 1, 2654435761) >>> 9

  test.each([
    ['lanes', 'f16', 'size', 'first', 1, 1],
    ['portable', 'f16', 'size', 'first', 31, 0],
    ['lanes', 'f16', 'size', 'first', 33, 2],
    ['lanes', 'f16', 'size', 'first', 128, 4],
    ['lanes', 'f16', 'size', 'all', 80, 3],
    ['lanes', 'f16', 'value', 'first', 100, 4],
    ['portable', 'f16', 'value', 'all', 50, 0],
    ['lanes', 'f16', 'negative', 'first', 64, 2],
    ['lanes', 'bf16', 'size', 'all', 96, 3],
    ['lanes', 'bf16', 'value', 'first', 128, 4],
    ['portable', 'bf16', 'negative', 'first', 127, 0],
    ['group', 'f16', 'size', 'first', 1024, 4],
    ['group', 'f16', 'value', 'all', 300, 2],
    ['group', 'bf16', 'negative', 'first', 255, 1],
  ] as const)(
    '%s: the best %s by %s, ties %s, of rows of %i in %i chunks',
    { timeout: 60_000 },
    async (form, dtype, order, ties, n, chunks) => {
      const rows = 37
      const infinity = INFINITY_OF[dtype]
      const some = HALVES[dtype]
      const x = Array.from({ length: rows }, (_, r) =>
        Array.from({ length: n }, (_, i) =>
          r % 3 === 0 ? noise(r * n + i) & 0xffff : some[noise(r * n + i) % (r % 3 === 1 ? 11 : 2)]!,
        ),
      )
      const ks = x.map((_, r) => (r < 2 ? r * n : noise(r) % (n + 1)))
      const flags = x.map((row, r) => best(row.map((half) => keyOf(half, infinity, order)), ks[r]!, ties)) // prettier-ignore
      const kept = x.map((row, r) => row.filter((_, i) => flags[r]![i]))
      const starts = kept.map((_, r) => kept.slice(0, r).reduce((sum, row) => sum + row.length, 0))
      const words = Math.ceil(n / 32)
      const got = await run(
        device(),
        bestOf(dtype, order, ties),
        form,
        chunks,
        [
          ...[Uint16Array.from(x.flat()), Int32Array.from(ks), Int32Array.from(starts)],
          ...[new Uint32Array(rows * words).fill(0xffffffff), new Uint16Array(kept.flat().length + 1).fill(0xffff)],
          ...[{ scratch: n }, rows, n, words],
        ],
        rows,
      )
      expect([...new Uint32Array(got[3]!)]).toEqual(flags.flatMap(bitsOf))
      expect([...new Uint16Array(got[4]!)]).toEqual([...kept.flat(), 0xffff])
    },
  )

  test.each([
    ['lanes', 'first', 1, 1],
    ['portable', 'first', 31, 0],
    ['lanes', 'first', 64, 4],
    ['lanes', 'all', 50, 4],
    ['portable', 'all', 64, 0],
    ['group', 'first', 256, 2],
    ['group', 'first', 511, 4],
    ['group', 'first', 1000, 8],
    ['group', 'all', 200, 2],
  ] as const)(
    '%s: the best integers, ties %s, of rows of %i in %i chunks',
    { timeout: 60_000 },
    async (form, ties, n, chunks) => {
      const rows = 19
      const some = [-(2 ** 31), -(2 ** 31) + 1, -1, 0, 1, 65536, 2 ** 31 - 1]
      const x = Array.from({ length: rows }, (_, r) =>
        Array.from({ length: n }, (_, i) => (r % 2 === 0 ? Math.imul(noise(r * n + i), 12345) | 0 : some[noise(r * n + i) % 7]!)),
      )
      const ks = x.map((_, r) => (r < 2 ? r * n : noise(r) % (n + 1)))
      const words = Math.ceil(n / 32)
      const args = [Int32Array.from(x.flat()), Int32Array.from(ks), new Uint32Array(rows * words), { scratch: n }, rows, n, words]
      const got = await run(device(), bestWords(ties), form, chunks, args, rows)
      expect([...new Uint32Array(got[2]!)]).toEqual(x.flatMap((row, r) => bitsOf(best(row, ks[r]!, ties))))
    },
  )
})

describeGpu('policies by teams of lanes', () => {
  const machine = wgslMachine(useDevice('everything'))
  test.each(['packs', 'two-packs', 'row-budgets', 'compact-rows'])('%s', { timeout: 120_000 }, async (name) => {
    for (const { options } of policyCases(name)) expect(await differences(options, machine)).toEqual([])
  })
})
