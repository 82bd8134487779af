/** Reductions whose elements are shared out among parts: policies, and extents at which there are several parts, one, or none. */
import type { Differential } from './differential.ts'

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

type Case = readonly [string, Omit<Differential, 'calls'> & { readonly shapes: readonly Readonly<Record<string, number>>[] }]

const shapes = [
  { row: 1499, column: 3 },
  { row: 2081, column: 1 },
  { row: 0, column: 5 },
  { row: 1, column: 2 },
  { row: 700, column: 0 },
  { row: 300, column: 2100 },
  { row: 1201, column: 12 },
]

export const cases: readonly Case[] = [
  ['columns', { text: COLUMNS, extents: {}, shapes }],
  ['masks', { text: MASKS, extents: {}, shapes }],
  [
    'halves',
    {
      text: MASKS,
      extents: {},
      dtypes: (_, name) => (name === 'X' ? 'f16' : null),
      shapes: [
        { row: 1024, column: 7 },
        { row: 1031, column: 8 },
      ],
    },
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
        { batch: 3, row: 331, column: 8, token: 1201 },
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

export const settings = ({ shapes, ...options }: Case[1]): Differential => ({
  ...options,
  calls: shapes.map((extents) => ({ entry: 'e', extents })),
})
