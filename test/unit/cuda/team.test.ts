/** What teams do, in every size and with rows in registers and in memory, on rows that are whole, ragged, empty and not aligned. */
import { expect, test } from 'vitest'
import { blockThreads, teamsPerBlock, teamVariants, variantName, type CudaBuffer } from '../../../abi/cuda-teams.ts'
import type { Func } from '../../../compiler/ir/node.ts'
import { describeOnCpu, runOnCpu } from '../../support/cuda-on-cpu/cuda-on-cpu.ts'
import { random } from '../../support/differential.ts'
import { moduleOf } from '../../support/evaluate-text.ts'

/** A row of keys; then a mask of those above 0, what is kept, how many are before, and sums over the row. */
const select = (dtype: 'f32' | 'u8') => {
  const machine = dtype === 'f32' ? 'f32' : 'u32'
  return `kernel select_0(%0 x: read ${dtype}[], %1 words: readwrite u32[], %2 kept: readwrite ${dtype}[], %3 places: readwrite i32[], %4 sums: readwrite i32[], %5 keys: lane i32[], %6 rows: i32, %7 m: i32, %8 shift: i32, %9 stride: i32) {
  points(%6) {team = true} { (%10 row: i32)
    %11 = constant() {value = 0, dtype = "i32", lanes = 1} : i32
    %12 = constant() {value = 1, dtype = "i32", lanes = 1} : i32
    %13 = mul(%10, %7) : i32
    %14 = add(%13, %8) : i32
    %15 = mul(%10, %9) : i32
    lanes(%11, %7) {combine = []} { (%20 i: i32)
      %21 = add(%14, %20) : i32
      %22 = load(%0, %21) {lanes = 1} : ${machine}
      %23 = convert(%22) {to = "i32"} : i32
      store(%5, %20, %23)
    }
    store_bits(%1, %15, %7) {width = 32} { (%30 i: i32)
      %31 = load(%5, %30) {lanes = 1} : i32
      %32 = gt(%31, %11) : machine bool
      yield %32
    }
    %40 = compact(%2, %13, %11, %7) {raw = false} : i32 { (%41 i: i32)
      %42 = load(%5, %41) {lanes = 1} : i32
      %43 = gt(%42, %11) : machine bool
      %44 = add(%14, %41) : i32
      %45 = load(%0, %44) {lanes = 1} : ${machine}
      yield %43, %45
    }
    %50 = tally(%11, %7) : i32 { (%51 i: i32)
      %52 = load(%5, %51) {lanes = 1} : i32
      %53 = gt(%52, %11) : machine bool
      yield %53
    } { (%54 i: i32, %55 holds: machine bool, %56 before: i32)
      %57 = add(%13, %54) : i32
      if(%55) {types = []} {
        store(%3, %57, %56)
      } {
      }
    }
    %60, %61, %62 = lanes(%11, %7, %12, %11, %11) {combine = ["sum", "min", "max"]} : i32, i32, i32 { (%63 i: i32, %64 sum: i32, %65 least: i32, %66 most: i32)
      %67 = load(%5, %63) {lanes = 1} : i32
      %68 = add(%64, %67) : i32
      %69 = min(%65, %67) : i32
      %70 = max(%66, %67) : i32
      yield %68, %69, %70
    }
    once() {types = []} {
      %80 = constant() {value = 5, dtype = "i32", lanes = 1} : i32
      %81 = mul(%10, %80) : i32
      %82 = add(%81, %12) : i32
      %83 = add(%82, %12) : i32
      %84 = add(%83, %12) : i32
      %85 = add(%84, %12) : i32
      store(%4, %81, %60)
      store(%4, %82, %61)
      store(%4, %83, %62)
      store(%4, %84, %40)
      store(%4, %85, %50)
    }
  }
}`
}

/** A variant of each kind; the others with ESPALIER_CUDA=whole. */
const USUAL = ['t8_c1', 't16_c1', 't32_c4', 't128_c8', 't256_c4', 't256_c0']
const isTested = (name: string): boolean => process.env['ESPALIER_CUDA'] === 'whole' || USUAL.includes(name)

describeOnCpu('select', () => {
  const buffers = (dtype: 'f32' | 'u8'): readonly CudaBuffer[] => [
    { access: 'read', dtype },
    { access: 'readwrite', dtype: 'u32' },
    { access: 'lane', dtype: 'i32' },
  ]
  for (const dtype of ['f32', 'u8'] as const) {
    const func = moduleOf(select(dtype)).funcs[0] as Func
    const width = 4
    for (const team of teamVariants(buffers(dtype)).filter((one) => isTested(variantName(one))))
      test(`${dtype} ${variantName(team)}`, { timeout: 300_000 }, async () => {
        const held = team.threads * (team.chunks || 2) * width
        for (const m of [held, held - 1, held - width, 1, 0])
          for (const shift of [0, 1]) {
            const rows = m > 1000 ? 2 : 9
            const next = random(m + shift)
            const values = Array.from({ length: rows * m + shift }, () => Math.floor(next() * 200) - (dtype === 'f32' ? 120 : 0))
            const x =
              dtype === 'f32' ? Float32Array.from(values) : Uint8Array.from(values.map((value) => Math.max(value - 90, 0)))
            const stride = Math.ceil(m / 32)
            const words = new Uint32Array(rows * stride).fill(0xa5a5a5a5)
            const kept = dtype === 'f32' ? new Float32Array(rows * m) : new Uint8Array(rows * m)
            const places = new Int32Array(rows * m).fill(-1)
            const sums = new Int32Array(rows * 5)
            const launch = {
              entry: `select_0__${variantName(team)}`,
              points: rows,
              blocks: 2,
              threads: blockThreads(team),
              team: true,
            }
            const isShared = team.chunks === 0 && m > 1 && m * teamsPerBlock(team) < 60000
            const given = [x, words, kept, places, sums, { length: m }, rows, m, shift, stride]
            await runOnCpu(func, given, { ...launch, sharedWords: isShared ? m : 0 })
            for (let row = 0; row < rows; row++) {
              const own = [...x.slice(row * m + shift, (row + 1) * m + shift)]
              const label = `row ${row} of ${m}, shifted by ${shift}`
              const holding = own.flatMap((value, i) => (value > 0 ? [i] : []))
              const bits = Array.from(
                { length: stride },
                (_, w) => holding.reduce((word, i) => (i >> 5 === w ? word | (1 << (i & 31)) : word), 0) >>> 0,
              )
              expect([...words.slice(row * stride, (row + 1) * stride)], label).toEqual(bits)
              expect([...kept.slice(row * m, row * m + holding.length)], label).toEqual(holding.map((i) => own[i]))
              const before = own.map((_, i) => holding.indexOf(i))
              expect([...places.slice(row * m, (row + 1) * m)], label).toEqual(before)
              const sum = own.reduce((a, b) => a + b, 1)
              const results = [sum, Math.min(0, ...own), Math.max(0, ...own), holding.length, holding.length]
              expect([...sums.slice(row * 5, row * 5 + 5)], label).toEqual(results)
            }
          }
      })
  }
})
