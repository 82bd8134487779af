/** Selections of a few pinned elements as CUDA C, where there are so many that a thread has several. */
import { expect, test } from 'vitest'
import { cudaBackend } from '../../backends/cuda-c/index.ts'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { compilePolicy, differences, type Differential } from '../support/differential.ts'

const TEXT = `policy groups {
  axes in = quad * lane(4)
  entry weights(W: float[out, in], norm: f32[in]) { return W: W where (keep 2 of lane by abs(W) * norm) }
  entry mask(W: float[out, in]) { return mask: keep 1 of lane by W }
  entry row(W: float[in]) { return W: W where (keep 3 of lane by -W) }
}`

const options = (entry: string, dtype: 'f16' | 'f32', out: number, quad: number): Differential => ({
  text: TEXT,
  extents: { out, quad, lane: 4, in: quad * 4 },
  calls: [{ entry }],
  dtypes: (_, input) => (input === 'W' ? dtype : 'f32'),
})

describeOnCpu('threads that have several points', () => {
  test('load all of them before they store', async () => {
    const { artifacts } = await compilePolicy(options('weights', 'f16', 8, 8), cudaBackend)
    const text = String(artifacts.find(({ role }) => role === 'kernels')?.content)
    const [body = ''] = text.match(/weights_0__threads\([\s\S]*?\n\}/) ?? []
    const whole = body.slice(body.indexOf('if ('), body.indexOf('} else {'))
    expect(whole.match(/load_neighbours<4, ALIGNED>\(t\d+|store_group/g)).toHaveLength(9)
    expect(whole.lastIndexOf('load_neighbours')).toBeLessThan(whole.indexOf('store_group'))
  })

  test.each([
    ['four rows, and three that are left', 'weights', 'f16', 67, 2000],
    ['fewer rows than are worth it', 'weights', 'f16', 3, 40],
    ['one of wider elements', 'weights', 'f32', 65, 70],
    ['masks', 'mask', 'f16', 66, 2001],
    ['neighbours of one row', 'row', 'f16', 1, 2 ** 17 + 2],
  ] as const)('%s', { timeout: 60_000 }, async (_, entry, dtype, out, quad) => {
    expect(await differences(options(entry, dtype, out, quad), cudaOnCpu)).toEqual([])
  })

  test.each([
    ['four, many rows', 4, 65, 2001],
    ['four, few rows', 4, 3, 7],
    ['three', 3, 5, 7],
    ['forty', 40, 5, 3],
  ])('groups of as many as a parameter says: %s', { timeout: 60_000 }, async (_, m, out, cluster) => {
    const given: Differential = {
      text: `policy given(m: count = 4) {
  axes in = cluster * lane(m)
  entry weights(W: float[out, in]) { return W: W where (keep 2 of lane by abs(W)), mask: keep 2 of lane by W }
}`,
      extents: { out, cluster, lane: m, in: cluster * m },
      calls: [{ entry: 'weights', params: { m } }],
      dtypes: () => 'f16',
    }
    expect(await differences(given, cudaOnCpu)).toEqual([])
  })
})
