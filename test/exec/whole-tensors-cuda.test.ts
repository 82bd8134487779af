/**
 * Selections over tensors of more than one window, and what packs them, as CUDA C on a processor: many teams search, count and write.
 * Values come from few, so that ties are cut between windows.
 */
import { expect, test } from 'vitest'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences } from '../support/differential.ts'

const POLICY = `policy whole(r: ratio = 30%) {
  entry exact(X: f32[row, column]) {
    m = keep r of (row, column) by abs(X)
    return bits: pack X by m as bitmap(32), wide: pack X by m as bitmap(64), listed: pack X by m as indices, mask: m
  }
  entry ragged(X: f32[row, column], M: bool[row, column]) {
    m = keep r of (row, column) by X within M ties all
    return rows: pack X by m as csr, bits: pack X by m as bitmap(64)
  }
  entry guarded(X: f32[row, column], M: bool[row, column], P: bool[row, column]) {
    m = keep r of (row, column) by X within M protect P
    return listed: pack X by m as indices, mask: m
  }
}`
const EXTENTS = { row: 131, column: 257 }
const VALUES = { few: [-2, -1, 0, 1, 2, NaN], many: undefined }

describeOnCpu('tensors of several windows as CUDA C', () => {
  test.each(Object.keys(VALUES) as (keyof typeof VALUES)[])('%s values', { timeout: 300_000 }, async (name) => {
    const palette = VALUES[name]
    const calls = [
      { entry: 'exact' },
      { entry: 'ragged' },
      { entry: 'exact', params: { r: '0%' } },
      { entry: 'guarded' },
      { entry: 'guarded', params: { r: '100%' } },
    ]
    const options = { text: POLICY, extents: EXTENTS, calls, ...(palette && { palette }) }
    expect(await differences(options, cudaOnCpu)).toEqual([])
  })
})
