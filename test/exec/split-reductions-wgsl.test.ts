/**
 * Reductions whose elements are shared out among parts, on a WebGPU device: extents at which there are several parts, one, or none,
 * and at which either form of a kernel runs.
 */
import { expect, test } from 'vitest'
import { compilePolicy, differences, random } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { cases, settings } from '../support/split-reduction-cases.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

const STATE = `policy running {
  state seen: i32[layer] = 0
  state middle: f32[layer, column] = 0
  entry e(layer: index of layer, X: float[row, column]) {
    seen[layer = layer] := seen[layer = layer] + size(row)
    middle[layer = layer] := middle[layer = layer] + sum[row](X - middle[layer = layer]) / max(seen[layer = layer] + size(row), 1)
  }
}`

/** In doubles, by two passes. */
function variance(values: readonly number[]): number {
  const mean = values.reduce((x, y) => x + y, 0) / values.length
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
}

describeGpu('reductions in parts on a WebGPU device', () => {
  const machine = wgslMachine(useDevice('default limits'))
  test.each(cases)('%s', { timeout: 120_000 }, async (_, options) => {
    expect(await differences(settings(options), machine)).toEqual([])
  })

  test('a state is read and written around the parts', { timeout: 120_000 }, async () => {
    const calls = [0, 1, 0].map((layer) => ({ entry: 'e', params: { layer }, extents: { row: 600 + layer } }))
    expect(await differences({ text: STATE, extents: { layer: 2, column: 3 }, sizes: { layer: 2 }, calls }, machine)).toEqual([])
  })

  test.each([
    { title: 'a mean of 10000 deviations', make: (x: number) => 1e4 + x },
    { title: 'a first element far from the others', make: (x: number, i: number) => (i < 3 ? 3000 : x) },
    { title: 'a large mean and a far first element', make: (x: number, i: number) => (i < 3 ? -5e3 : 1e4 + x) },
    { title: 'a trend', make: (x: number, i: number) => x + i / 4 },
  ])('a variance is exact for $title', { timeout: 120_000 }, async ({ make }) => {
    const text = 'policy p { entry e(X: f32[a, c]) { return down: var[a](X), along: var[c](X) } }'
    const shapes = [
      [5003, 3],
      [3, 9001],
    ] as const
    const policy = await machine.open(await compilePolicy({ text }, machine.backend), {})
    for (const [rows, columns] of shapes) {
      const next = random(11)
      const data = Float32Array.from({ length: rows * columns }, (_, i) => make(next() + next() + next() - 1.5, i))
      const { down, along } = await policy.call('e', { X: { data, shape: [rows, columns], dtype: 'f32' } } as never)
      const all = [...data]
      const wanted = [
        [down!, Array.from({ length: columns }, (_, c) => variance(all.filter((_, i) => i % columns === c)))],
        [along!, Array.from({ length: rows }, (_, r) => variance(all.slice(r * columns, (r + 1) * columns)))],
      ] as const
      for (const [result, values] of wanted) {
        const got = await result.toFloat32()
        values.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(1e-5 * Math.max(value, 1e-3)))
        result.release()
      }
    }
    policy.release()
  })
})
