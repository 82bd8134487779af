/**
 * Softmax over packed rows as CUDA C, whose threads run on a processor here: rows are fetched a tile at a time, or read where they are
 * when a tile keeps too much or a query is not finite.
 */
import { expect, test } from 'vitest'
import type { DType } from '../../compiler/ir/types.ts'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences } from '../support/differential.ts'
import { special } from '../support/streamed-softmax-cases.ts'

interface Setting {
  readonly extents: Readonly<Record<string, number>>
  readonly palette?: readonly number[]
  readonly dtype: DType
}

const settings: readonly Setting[] = [
  { extents: { kv: 2, group: 3, t: 37, l: 2, d: 8 }, dtype: 'f32', palette: special },
  { extents: { kv: 1, group: 7, t: 133, l: 3, d: 128 }, dtype: 'f16' },
  { extents: { kv: 3, group: 1, t: 65, l: 2, d: 67 }, dtype: 'bf16' },
  { extents: { kv: 1, group: 2, t: 33, l: 1, d: 300 }, dtype: 'f16' },
  { extents: { kv: 2, group: 2, t: 0, l: 0, d: 4 }, dtype: 'f32' },
]

interface Body {
  /** What rows keep. */
  readonly mask: string
  /** Which scores there are. */
  readonly where: string
  readonly settings: readonly Setting[]
}

const bodies: Readonly<Record<string, Body>> = {
  'three of a row': { mask: 'keep 3 of d by abs(X)', where: '', settings },
  'about half of a row': { mask: 'X >= 0', where: '', settings: settings.slice(0, 2) },
  'nearly all': { mask: 'X != 0', where: '', settings: settings.slice(1, 2) },
  'tiles that keep too much and tiles that do not, two in a part': {
    mask: '(sum[t, d](X) > 0) or (keep 3 of d by X)',
    where: '',
    settings: [{ extents: { kv: 2048, group: 1, t: 70, l: 1, d: 8 }, dtype: 'f16' }],
  },
  'some tokens': { mask: 'keep 3 of d by X', where: ' where M', settings: settings.slice(0, 1) },
}

/** One entry packs, the other reads: rows of any length. */
const text = (mask: string, where: string): string => `
policy p() {
  axes head = kv * group
  entry pack_both(K, V: float[kv, t, d]) {
    return
      PK: pack K by (${mask.replaceAll('X', 'K')}) as bitmap(32),
      PV: pack V by (${mask.replaceAll('X', 'V')}) as bitmap(64)
  }
  entry attend(Q: float[head, d], PK: bitmap(32) float[kv, t, d], PV: bitmap(64) float[kv, t, d], KL, VL: float[kv, l, d], M: bool[t]) {
    s = join[t | l](sum[d](Q * PK)${where}, sum[d](Q * KL)) / sqrt(size(d))
    p = softmax[t | l](s)
    return O: sum[t](p.t * PV) + sum[l](p.l * VL)
  }
}`

describeOnCpu('softmax over packed rows as CUDA C', () => {
  test.each(Object.entries(bodies))('%s', { timeout: 300_000 }, async (_name, { mask, where, settings: own }) => {
    for (const { extents, palette, dtype } of own)
      expect(
        await differences(
          {
            text: text(mask, where),
            extents,
            calls: [{ entry: 'pack_both' }, { entry: 'attend', from: { PK: 'PK', PV: 'PV' } }],
            ...(palette === undefined ? {} : { palette }),
            dtypes: (_entry, input) => (input === 'M' ? null : dtype),
            tolerance: 1e-3,
          },
          cudaOnCpu,
        ),
      ).toEqual([])
  })
})
