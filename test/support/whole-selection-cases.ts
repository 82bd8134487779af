/** Selections from a whole tensor of several windows, whose results list or pack what is kept: policies, values and calls. */
import type { Call, Differential } from './differential.ts'

const text = (results: string): string => `policy whole(k: count = 20000) {
  entry e(X: float[a, b]) {
    return ${results}
  }
}`

const POLICIES: Readonly<Record<string, string>> = {
  'listed, ties first': text('y: pack X by (keep k of (a, b) by X) as indices'),
  'as bits, ties all': text('y: pack X by (keep k of (a, b) by abs(X) ties all) as bitmap(32)'),
  'listed, in another order': text('y: pack X by (keep k of (b, a) by X) as indices'),
  'packed and as a mask': text('y: pack X by (keep k of (a, b) by -X) as csr, mask: keep k of (a, b) by -X'),
  'of candidates, some protected': text(
    'y: pack X by (keep k of (a, b) by X within X > 0 protect last 30 of b) as indices, n: count[a, b](keep k of (a, b) by X within X > 0)',
  ),
}

/** A window is 16,384 elements, and a team looks for the last tie in eight of them. */
const calls: readonly Call[] = [
  { a: 1, k: 0 },
  { a: 1, k: 20000 },
  { a: 2, k: 1 },
  { a: 2, k: 17000 },
  { a: 2, k: 33000 },
  { a: 9, k: 144000 },
].map(({ a, k }) => ({ entry: 'e', params: { k }, extents: { a } }))

const PALETTES = { ties: [0, -0, 1, 1.5, -1, NaN, Infinity, -Infinity, 2 ** -24], numbers: undefined }

export const cases: readonly (readonly [string, Differential])[] = Object.entries(POLICIES).flatMap(([name, source]) =>
  Object.entries(PALETTES).map(([kind, palette]) => {
    const options = { text: source, extents: { b: 16500 }, calls, dtypes: () => 'f32' as const }
    return [`${name}, ${kind}`, palette === undefined ? options : { ...options, palette }] as const
  }),
)
