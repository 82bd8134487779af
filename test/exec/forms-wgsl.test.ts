/**
 * Kernels that are there in two forms, on a WebGPU device, at extents at which either runs: rows whose length is a parameter, and
 * selections over tensors that are small or large. The same policies as on the evaluator.
 */
import { expect, test } from 'vitest'
import { differences, type Call } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

const GROUPS = `policy groups(n: count = 2, m: count = 4, r: ratio = 40%) {
  axes in = cluster * lane(m)
  entry e(W: float[out, in], M: bool[out, in]) {
    return
      mask: keep n of lane by abs(W),
      chosen: if (keep r of lane by W within M) then W else 0,
      safe: keep n of lane by W protect M
  }
}`

const ROWS = `policy rows(n: count = 2, m: count = 4) {
  axes in = cluster * lane(m)
  entry e(W: float[out, in]) {
    return ranks: rank[lane](W), sorted: sort[lane](W), packed: pack W by (keep n of lane by abs(W)) as bitmap(32)
  }
}`

const KEPT = `policy kept(k: count = 3) {
  entry e(X: float[row, column], Y: float[column]) {
    few = compact X by (keep k of column by Y) as some
    return few: few, best: if (keep 2 of some by abs(few)) then few else 0
  }
}`

const WHOLE = `policy whole(r: ratio = 30%) {
  entry e(W: float[row, column]) {
    kept = keep r of (row, column) by abs(W)
    return W: if kept then W else 0, n: count[row](kept)
  }
}`

/** Lengths of a row on both sides of the border, and a row of one. */
const lengths: readonly Call[] = [
  { m: 4, n: 2 },
  { m: 1, n: 1 },
  { m: 7, n: 3 },
  { m: 8, n: 5 },
  { m: 9, n: 4 },
  { m: 32, n: 0 },
  { m: 33, n: 20 },
  { m: 60, n: 70 },
].map(({ m, n }) => ({ entry: 'e', params: { m, n }, extents: { lane: m, cluster: 3, in: 3 * m } }))

const TIES = [0, -0, 1, 1, -1, 2, 2, Infinity, -Infinity, NaN]

describeGpu('forms of kernels on a WebGPU device', () => {
  const machine = wgslMachine(useDevice('default limits'))

  test.each([
    ['selections', GROUPS, undefined],
    ['selections among ties', GROUPS, TIES],
    ['orders and packings', ROWS, [0, -0, 1, 1, -1, 2, 2.5, -3]],
  ] as const)('%s in rows of a length that is a parameter', { timeout: 120_000 }, async (_, text, palette) => {
    const options = { text, extents: { out: 5 }, calls: lengths, ...(palette !== undefined && { palette }) }
    expect(await differences(options, machine)).toEqual([])
  })

  test('selections from what a selection leaves, which may be nothing', { timeout: 120_000 }, async () => {
    const calls = [3, 0, 1, 9, 40].map((k) => ({ entry: 'e', params: { k } }))
    expect(await differences({ text: KEPT, extents: { row: 4, column: 50 }, calls, palette: TIES }, machine)).toEqual([])
  })

  test('selections over tensors of one team and of many', { timeout: 120_000 }, async () => {
    const calls = [{ row: 130 }, { row: 125 }, { row: 0 }].map((extents) => ({ entry: 'e', extents }))
    expect(
      await differences({ text: WHOLE, extents: { column: 131 }, calls, palette: [...TIES, 0.5, 0.25, 3] }, machine),
    ).toEqual([])
  })
})
