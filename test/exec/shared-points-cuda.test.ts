/** Reductions down few columns as CUDA C: threads share a point, take parts of it and join them. */
import { expect, test } from 'vitest'
import { cudaBackend } from '../../backends/cuda-c/index.ts'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { compilePolicy, differences, type Differential } from '../support/differential.ts'

const TEXT = `policy shared {
  entry totals(X: float[batch, row, column], w: f32[row]) {
    return s: sum[row](X * w) / size(row), top: max[row](X), least: min[row](abs(X)), n: count[row](X > 0)
  }
}`

const options = (batch: number, row: number, column: number): Differential => ({
  text: TEXT,
  extents: { batch, row, column },
  calls: [{ entry: 'totals' }],
  dtypes: () => 'f16',
})

describeOnCpu('threads that share points', () => {
  test('join what they found of the four reductions', async () => {
    const { artifacts } = await compilePolicy(options(1, 8, 8), cudaBackend)
    const text = String(artifacts.find(({ role }) => role === 'kernels')?.content)
    const kinds = ['Sum', 'Max', 'Min']
    expect(new Set(text.match(/join_points<\w+, \d+>/g))).toEqual(
      new Set([8, 32].flatMap((points) => kinds.map((kind) => `join_points<${kind}, ${points}>`))),
    )
  })

  test.each([
    ['rows that come out even', 1, 64, 32],
    ['points that do not fill a block, parts without rows', 3, 5, 36],
    ['several blocks', 2, 131, 128],
    ['no rows at all', 1, 0, 8],
    ['columns that are no multiple of what a thread takes', 2, 70, 9],
  ])('%s', { timeout: 60_000 }, async (_, batch, row, column) => {
    expect(await differences(options(batch, row, column), cudaOnCpu)).toEqual([])
  })

  // Numbers of a batch, one after the other, and what the sums of its columns are made of: one kernel.
  test.each([
    ['rows that come out even', 1, 64, 32],
    ['points that do not fill a block, parts without rows', 3, 5, 36],
    ['several blocks', 2, 127, 128],
    ['no rows at all', 1, 0, 8],
    ['columns that are no multiple of what a thread takes', 2, 70, 9],
    ['rows that are long for that', 2, 130, 8],
  ])('take in what is the same for all columns: %s', { timeout: 60_000 }, async (_, batch, row, column) => {
    const text = `policy fed {
      entry scaled(X: float[batch, row, column], s: float[batch, row]) {
        top = max[row](abs(s))
        spread = sum[row](exp(s - top))
        return y: sum[row](X * exp(s - top)) / (spread + 1) + top
      }
    }`
    const run: Differential = { ...options(batch, row, column), text, calls: [{ entry: 'scaled' }] }
    expect(await differences(run, cudaOnCpu)).toEqual([])
  })
})
