/** Selections from rows that a block of threads holds in registers, as CUDA C on a processor. */
import { expect, test } from 'vitest'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences } from '../support/differential.ts'

const POLICY = `policy rows(k: count = 100) {
  entry listed(X: float[row, column]) { return X: pack X by (keep k of column by X) as indices }
  entry masked(X: float[row, column], M: bool[row, column]) { return m: keep k of column by abs(X) within M ties all }
  entry whole(Y: i32[row, column]) { return n: keep k of column by Y }
}`
const LOWEST = -(2 ** 31)
const SPREAD = [LOWEST, -(2 ** 30), -5, -1, 0, 1, 2, 2 ** 31 - 1]
const calls = (...ks: readonly number[]) =>
  ks.flatMap((k) => [
    { entry: 'listed', params: { k } },
    { entry: 'masked', params: { k } },
  ])

describeOnCpu('long rows as CUDA C', () => {
  test.each([
    { title: 'different numbers', column: 1021, ks: [0, 1, 65, 300, 1020, 1021] },
    { title: 'few numbers', column: 600, ks: [1, 64, 100, 450], palette: [-2, -1, -0, 0, 1, 2, NaN, Infinity] },
    { title: 'numbers close to zero', column: 2048, ks: [700, 1024], palette: [-1e-38, -1e-30, 0, 1e-38, 2e-38, 1e-30, 1, -1] },
    { title: 'one number', column: 1030, ks: [5, 800], palette: [3] },
    { title: 'a long row', column: 9000, ks: [3000, 6000] },
  ])('$title', { timeout: 300_000 }, async ({ column, ks, palette }) => {
    const options = { text: POLICY, extents: { row: 2, column }, calls: calls(...ks), ...(palette && { palette }) }
    expect(await differences(options, cudaOnCpu)).toEqual([])
  })

  test.each(['f16', 'bf16'] as const)('%s', { timeout: 300_000 }, async (dtype) => {
    const options = { text: POLICY, extents: { row: 3, column: 2100 }, calls: calls(64, 1000), dtypes: () => dtype }
    expect(await differences(options, cudaOnCpu)).toEqual([])
  })

  test.each([SPREAD, [LOWEST], undefined])('whole numbers %j', { timeout: 300_000 }, async (palette) => {
    const whole = [1, 70, 400, 519].map((k) => ({ entry: 'whole', params: { k } }))
    const options = { text: POLICY, extents: { row: 2, column: 520 }, calls: whole, ...(palette && { palette }) }
    expect(await differences(options, cudaOnCpu)).toEqual([])
  })
})
