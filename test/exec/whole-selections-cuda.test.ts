/**
 * Selections from a whole tensor by many teams as CUDA C, whose threads run on a processor here: what is kept, and what is packed of
 * it window by window, is the evaluator's, whatever the ties, candidates and protected elements.
 */
import { expect, test } from 'vitest'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences, type Call } from '../support/differential.ts'

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

/** A window is 16,384 elements. */
const calls: readonly Call[] = [
  { a: 1, k: 0 },
  { a: 1, k: 20000 },
  { a: 2, k: 1 },
  { a: 2, k: 17000 },
  { a: 2, k: 33000 },
].map(({ a, k }) => ({ entry: 'e', params: { k }, extents: { a } }))

describeOnCpu('selections from whole tensors as CUDA C', () => {
  const palettes = { ties: [0, -0, 1, 1.5, -1, NaN, Infinity, -Infinity, 2 ** -24], numbers: undefined }
  const cases = Object.entries(POLICIES).flatMap(([name, source]) =>
    Object.entries(palettes).map(([kind, palette]) => [name, kind, source, palette] as const),
  )
  test.each(cases)('%s, %s', { timeout: 120_000 }, async (_name, _kind, source, palette) => {
    const options = {
      text: source,
      extents: { b: 16500 },
      calls,
      dtypes: () => 'f32' as const,
      ...(palette !== undefined && { palette }),
    }
    expect(await differences(options, cudaOnCpu)).toEqual([])
  })
})
