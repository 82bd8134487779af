/**
 * Reductions whose elements are shared out among parts, on a WebGPU device: extents at which there are several parts, one, or none,
 * and at which either form of a kernel runs.
 */
import { expect, test } from 'vitest'
import { compilePolicy, differences, random, type Differential } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

const COLUMNS = `policy columns {
  entry e(X: float[row, column]) {
    return
      total: sum[row](X),
      most: max[row](X * 2),
      some: any[row](X > 3),
      every: all[row](X > -3),
      positive: count[row](X > 0),
      best: argmax[row](X),
      spread: var[row](X)
  }
}`

const MASKS = `policy masks(k: count = 3) {
  entry e(X: float[row, column], M: bool[row, column]) {
    return
      masked: sum[row](X where M),
      chosen: max[row](X where M else 7),
      late: sum[row](X where last 300 of row),
      early: min[row](X where first k of row else -1),
      least: argmin[row](X where M else -1),
      place: argmax[row](X where last 300 of row else 99)
  }
}`

const PRODUCTS = `policy products {
  entry e(X: float[row, column]) {
    return times: product[row](X), most: max[row](X), least: min[row](X), n: count[row](X > 0 where X < 5), at: argmax[row](X), low: argmin[row](X)
  }
}`

const SEVERAL = `policy several {
  entry e(X: float[batch, row, column], Y: float[token, column], M: bool[row]) {
    return
      total: sum[batch, row](X),
      spread: var[batch, row](X),
      at: argmax[batch, row](X),
      chosen: sum[batch, row](X where M else -2),
      other: sum[token](Y * Y),
      far: deviates[token](Y)
  }
  fn deviates[t](x) = sqrt(var[t](x))
}`

const ROWS = `policy rows {
  entry e(X: float[row, column], M: bool[row, column]) {
    return
      total: sum[column](X),
      spread: var[column](X),
      times: product[column](if M then 1 else -1),
      whole: sum[row, column](X),
      scaled: X / norm[row, column](X),
      deviation: sqrt(var[row, column](X)),
      most: max[row, column](X where M else 5),
      at: argmin[column](X where M else -1),
      top: argmax[row, column](X)
  }
}`

const STATE = `policy running {
  state seen: i32[layer] = 0
  state middle: f32[layer, column] = 0
  entry e(layer: index of layer, X: float[row, column]) {
    seen[layer = layer] := seen[layer = layer] + size(row)
    middle[layer = layer] := middle[layer = layer] + sum[row](X - middle[layer = layer]) / max(seen[layer = layer] + size(row), 1)
  }
}`

type Case = readonly [string, Omit<Differential, 'calls'> & { readonly shapes: readonly Readonly<Record<string, number>>[] }]

const shapes = [
  { row: 1499, column: 3 },
  { row: 2081, column: 1 },
  { row: 0, column: 5 },
  { row: 1, column: 2 },
  { row: 700, column: 0 },
  { row: 300, column: 2100 },
]

const cases: readonly Case[] = [
  ['columns', { text: COLUMNS, extents: {}, shapes }],
  ['masks', { text: MASKS, extents: {}, shapes }],
  [
    'halves',
    { text: MASKS, extents: {}, dtypes: (_, name) => (name === 'X' ? 'f16' : null), shapes: [{ row: 1024, column: 7 }] },
  ],
  [
    'special values',
    {
      text: PRODUCTS,
      extents: {},
      palette: [1, -1, 1, 1, -0, Infinity, -Infinity, NaN],
      shapes: [
        { row: 523, column: 3 },
        { row: 9, column: 400 },
      ],
    },
  ],
  [
    'several axes',
    {
      text: SEVERAL,
      extents: {},
      shapes: [
        { batch: 3, row: 331, column: 5, token: 1201 },
        { batch: 0, row: 331, column: 5, token: 2 },
      ],
    },
  ],
  [
    'rows',
    {
      text: ROWS,
      extents: {},
      shapes: [
        { row: 3, column: 9001 },
        { row: 1, column: 4097 },
        { row: 5, column: 4 },
        { row: 0, column: 4 },
      ],
    },
  ],
]

/** In doubles, by two passes. */
function variance(values: readonly number[]): number {
  const mean = values.reduce((x, y) => x + y, 0) / values.length
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
}

const settings = ({ shapes, ...options }: Case[1]): Differential => ({
  ...options,
  calls: shapes.map((extents) => ({ entry: 'e', extents })),
})

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
