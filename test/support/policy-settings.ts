/**
 * How each policy of `test/policies` is run in comparisons of targets: small, single and empty extents, odd lengths, and values
 * full of ties, zeros of both signs, infinities and NaN.
 */
import type { DType } from '../../compiler/ir/types.ts'
import type { Call, Differential } from './differential.ts'
import { readSource } from './source-tree.ts'

interface Setting {
  /** Special values: only where every result is exact, whatever the order of operations. */
  readonly special?: false
  readonly dtype?: DType
  readonly calls?: readonly Call[]
  /** Largest relative difference; f16 results may round to the other neighbour. */
  readonly tolerance?: number
  /** Extents of `c` and `t` must agree. */
  readonly square?: true
}

const few: readonly Call[] = [{ entry: 'e' }]
const paged: readonly Call[] = [
  { entry: 'e', extents: { t: 24, page: 6 } },
  { entry: 'e', params: { r: 1 }, extents: { t: 24, page: 6 } },
]
const grouped: readonly Call[] = [{ entry: 'e', extents: { c: 20, quad: 5 } }]
const blocked: readonly Call[] = [{ quad: 5 }, { quad: 17 }, { quad: 0 }].map(({ quad }) => ({
  entry: 'e',
  extents: { c: quad * 4, quad, t: 12, page: 3 },
}))

/** Fewer and fewer stay: some, one of each, none. */
const cascade: readonly Call[] = [{}, { k: 5 }, { k: 1, r: 0.2 }, { k: 9 }, { k: 0, r: 0 }, {}].map((params) => ({
  entry: 'e',
  params,
}))
const ks: readonly Call[] = [0, 1, 3, 1000].map((k) => ({ entry: 'e', params: { k } }))
const measures: readonly Call[] = [0, 0.29, 0.5, 1].map((r) => ({ entry: 'e', params: { r, k: Math.round(10 * r) } }))
const shares: readonly Call[] = [0, 0.29, 0.5, 1].map((q) => ({ entry: 'e', params: { q, r: q } }))
const ratios: readonly Call[] = [0, 0.29, 0.5, 1].map((r) => ({ entry: 'e', params: { r } }))
const placed: readonly Call[] = [3, 0, 1000].map((k) => ({ entry: 'e', params: { k, at: 0 } }))

/** Neighbours beyond the whole numbers that floats tell apart; and others. */
const farIntegers: readonly Call[] = [
  ...[0, 1, 2, 3, 5].map((k) => ({
    entry: 'e',
    params: { k },
    data: { X: [-2147483647, -2147483648, 2147483646, 2147483647, 16777217, 16777216, -5], U: [4294967295, 4294967294, 0, 3] },
  })),
  ...[{}, { k: 0 }, { k: 1000, r: 1 }].map((params) => ({ entry: 'e', params })),
  { entry: 'e', extents: { c: 0 } },
]

/** Rows of one word and of three; a part, and several. */
const attended: readonly Call[] = [{}, { c: 67, t: 200, page: 50 }, { c: 200, t: 40, d: 1, page: 10 }].flatMap((extents) => [
  { entry: 'e', extents },
  { entry: 'f', extents, from: { K: 'K', V: 'V' } },
])

const ragged: readonly Call[] = [
  { entry: 'e' },
  { entry: 'e', params: { k: 0 } },
  { entry: 'e', params: { k: 1000 } },
  { entry: 'e', extents: { a: 0 } },
  { entry: 'e', extents: { c: 0 } },
]

/** By name of the policy. */
export const policySettings: Readonly<Record<string, Setting>> = {
  attention: { special: false, dtype: 'f16', square: true },
  bits: { special: false },
  cascade: { special: false, square: true, calls: cascade },
  compact: { calls: [{ entry: 'e' }, { entry: 'e', params: { k: 0 } }] },
  'compact-counted': {},
  'compact-nested': {},
  'compact-pack': {},
  'compact-reduced': {},
  'compact-rows': {},
  diverse: { special: false },
  elementwise: { special: false },
  'extreme-scores': { special: false },
  'first-axis': {},
  'flat-within-protect': {},
  'heavy-hitters': { special: false, tolerance: 2e-3 },
  'int-order': { special: false, calls: ks },
  formats: { dtype: 'f16', calls: blocked },
  'int-scores': { special: false, calls: farIntegers },
  joint: { calls: measures },
  joined: { special: false, dtype: 'f16', calls: [3, 0].map((k) => ({ entry: 'e', params: { k } })) },
  kth: { calls: [...ks, ...grouped] },
  'lane-within-protect': { calls: grouped },
  'masked-products': { calls: [...cascade, { entry: 'e', params: { k: 0 } }, { entry: 'e' }] },
  'mass-cost': { calls: [...measures, ...grouped] },
  'loop-rows': { special: false, calls: [3, 0, 30].map((k) => ({ entry: 'e', params: { k } })) },
  'loop-slices': { special: false, calls: few },
  'loop-in-place': { calls: [3, 0, 6].map((k) => ({ entry: 'e', params: { k } })) },
  'loop-whole': { special: false, calls: [4, 0, 1, 30].map((k) => ({ entry: 'e', params: { k } })) },
  loops: { calls: [3, 0, 9].map((k) => ({ entry: 'e', params: { k } })) },
  'masked-reductions': { special: false },
  linear: { special: false, calls: few },
  middle: {},
  nonadjacent: {},
  order: { calls: [...ks, ...grouped] },
  orders: { special: false },
  passages: { special: false },
  'pack-order': {},
  'packed-operands': { calls: grouped },
  'pack-middle': { dtype: 'bf16' },
  packs: { dtype: 'f16', calls: grouped },
  'two-packs': { dtype: 'f16', calls: ratios },
  blocks: { special: false, calls: grouped },
  'row-budgets': {},
  'rows-and-columns': { special: false, calls: [{ entry: 'e' }, { entry: 'e' }, { entry: 'e' }] },
  'joined-compacted': {},
  'assign-and-merge': { special: false },
  bisection: {},
  candidates: { special: false },
  'cost-rows': { special: false },
  farthest: { special: false, calls: [3, 0, 30].map((k) => ({ entry: 'e', params: { k } })) },
  'histogram-cut': { special: false },
  'join-two': { special: false, tolerance: 1e-3 },
  'layers-of-state': { special: false },
  'mass-protected': { special: false },
  'ragged-attention': { special: false, tolerance: 1e-3 },
  'running-state': { special: false },
  'state-joint': { special: false },
  leverage: { special: false, calls: few, tolerance: 1e-3 },
  'masked-rows': { special: false, calls: paged },
  'masked-streams': { special: false, tolerance: 1e-3 },
  'nm-inside-pages': { special: false, calls: paged },
  'packed-across-calls': { special: false, calls: [{ entry: 'e' }, { entry: 'f', from: { B: 'B', R: 'R' } }] },
  'packed-attention': { dtype: 'f16', tolerance: 2e-3, calls: attended },
  'packed-both-ways': { special: false },
  'quantile-band': {},
  quantised: {},
  'random-ties': {},
  ranks: {},
  'scan-threshold': { special: false },
  'stored-rows': { special: false },
  pages: { calls: [{ entry: 'e', extents: { t: 24, page: 6 } }] },
  'queries-reduced': { special: false, tolerance: 1e-3 },
  quantiles: { calls: shares },
  ragged: { calls: ragged, special: false },
  reductions: {},
  rename: { special: false, square: true, calls: [20, 10].map((k) => ({ entry: 'e', params: { k } })) },
  random: { special: false },
  returns: { dtype: 'f16', calls: few },
  'rounded-numbers': { special: false, tolerance: 1e-5 },
  'rounded-state': { special: false, tolerance: 2e-3 },
  'scan-shift-pool': { special: false, calls: [3, 1, 4].map((k) => ({ entry: 'e', params: { k } })) },
  segments: { calls: [1, 0.4, 0].map((r) => ({ entry: 'e', params: { r } })) },
  slices: { special: false, calls: [3, 0, 1000].map((k) => ({ entry: 'e', params: { k } })) },
  state: {},
  'state-slices': { special: false, tolerance: 2e-3, calls: placed },
  'state-slices-twice': { special: false, calls: placed },
  unpack: { dtype: 'f16' },
  'vertical-slash': { special: false, tolerance: 2e-3 },
  voted: {},
  unsigned: { special: false, calls: [3, 5, 9].map((k) => ({ entry: 'e', params: { k } })) },
  positions: { special: false, calls: ks },
  reachability: { special: false, calls: [3, 0, 12].map((k) => ({ entry: 'e', params: { k } })) },
  trees: { special: false, calls: [3, 0, 30].map((k) => ({ entry: 'e', params: { k } })) },
  'two-quantiles': { calls: ratios },
  'layer-budgets': { special: false, calls: ratios },
  tiles: { calls: [{ t: 24 }, { t: 0 }].map(({ t }) => ({ entry: 'e', extents: { t, page: t / 4, c: 20, quad: 5 } })) },
  surgeon: { special: false, calls: ks, tolerance: 1e-2 },
  attributes: { special: false, calls: [{ entry: 'e' }, { entry: 'e', params: { tau: 0 } }, { entry: 'e' }] },
  'one-budget': { calls: measures },
  'within-protect': {},
}

const extents = { a: 3, b: 7, c: 20, d: 5, t: 24, page: 6, slot: 4, quad: 5, lane: 4 }
const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  small: {},
  single: { a: 1, b: 1 },
  'odd and empty': { c: 67, t: 72, page: 18, b: 0 },
}
const allCalls: readonly Call[] = [
  { entry: 'e' },
  { entry: 'e', params: { k: 0, r: 0 } },
  { entry: 'e', params: { k: 1000, r: 1 } },
]
const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2, -2, 0.5]

interface PolicyCase {
  readonly size: string
  readonly values: 'random' | 'special'
  readonly options: Differential
}

/** What a policy is run with. */
export function policyCases(name: string): readonly PolicyCase[] {
  const setting = policySettings[name] as Setting
  const text = readSource(`test/policies/${name}.prune`)
  const palettes = setting.special === false ? [undefined] : [undefined, special]
  return Object.keys(sizes).flatMap((size) =>
    palettes.map((palette): PolicyCase => {
      const base = { ...extents, ...sizes[size] }
      const { dtype } = setting
      const options = {
        text,
        extents: setting.square === true ? { ...base, t: base.c } : base,
        calls: setting.calls ?? allCalls,
        ...(setting.tolerance === undefined ? {} : { tolerance: setting.tolerance }),
        ...(palette === undefined ? {} : { palette }),
        ...(dtype === undefined ? {} : { dtypes: () => dtype }),
      }
      return { size, values: palette === undefined ? 'random' : 'special', options }
    }),
  )
}
