/**
 * Selections from rows as CUDA C, whose threads run on a processor here, at lengths that teams of every small size hold: what is kept
 * is the evaluator's, whatever the order, the format, ties, zeros of both signs and NaN.
 */
import { expect, test } from 'vitest'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences, type Call } from '../support/differential.ts'
import type { DType } from '../../compiler/ir/types.ts'

const RESULTS: Readonly<Record<string, string>> = {
  sizes: 'pack X by (keep k of c by abs(X)) as bitmap(32)',
  values: 'pack X by (keep k of c by X) as indices',
  negatives: 'keep k of c by -X',
  'sizes with ties': 'keep k of c by abs(X) ties all',
  scores: 'pack X by (keep k of c by 2 * X) as bitmap(32)',
  'scores with ties': 'keep k of c by 2 * X ties all',
}
const LENGTHS = [1, 33, 80, 127, 129, 300, 600]
const ROWS = 5

const text = (result: string): string => `policy p(k: count = 3) {
  entry e(X: float[r, c]) {
    return y: ${result}
  }
}`

const few = [0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 2 ** -24]

function callsFor(length: number): readonly Call[] {
  const ks = [0, 1, Math.ceil(length / 3), length - 1, length]
  return ks.map((k) => ({ entry: 'e', params: { k } }))
}

describeOnCpu('selections from rows as CUDA C', () => {
  const cases = Object.entries(RESULTS).flatMap(([name, result]) =>
    (['f16', 'bf16', 'f32'] as const).map((dtype): readonly [string, DType, string] => [name, dtype, result]),
  )
  test.each(cases)('%s of %s', { timeout: 120_000 }, async (_name, dtype, result) => {
    for (const length of LENGTHS)
      for (const special of [false, true]) {
        const options = {
          text: text(result),
          extents: { r: ROWS, c: length },
          calls: callsFor(length),
          dtypes: (): DType => dtype,
          ...(special ? { palette: few } : {}),
        }
        expect(await differences(options, cudaOnCpu), `${length} ${special}`).toEqual([])
      }
  })
})
