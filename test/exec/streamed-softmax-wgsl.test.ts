/**
 * Softmax over packed rows on a WebGPU device, where scores are taken in parts side by side: masks, joined parts, heads that share
 * what is read, empty and odd extents, more scores than a part or a tile has, scores and values that are infinite or NaN.
 */
import { expect, test } from 'vitest'
import type { DType } from '../../compiler/ir/types.ts'
import { differences } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { librarySource } from '../support/library-source.ts'
import { bodies, entry, masks, sizes, special } from '../support/streamed-softmax-cases.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

interface Setting {
  readonly extents: Readonly<Record<string, number>>
  readonly mask?: string
  readonly palette?: readonly number[]
  readonly dtype?: DType
}

/** Every body takes one of these after the other. */
const settings: readonly Setting[] = [
  { extents: sizes['small']!, palette: special },
  { extents: { kv: 2, group: 8, t: 133, l: 3, d: 40 }, dtype: 'f16' },
  { extents: sizes['no prefix']! },
  { extents: { kv: 1, group: 5, t: 65, l: 1, d: 67 }, mask: 'none' },
  { extents: { kv: 3, group: 1, t: 260, l: 2, d: 33 }, dtype: 'bf16' },
  { extents: sizes['nothing at all']!, mask: 'all' },
]

describeGpu('softmax over packed rows on a WebGPU device', () => {
  const machine = wgslMachine(useDevice('default limits'))
  const run = (body: string, { extents, mask = 'random', palette, dtype = 'f32' }: Setting) =>
    differences(
      {
        text: entry(`    ${body}`),
        extents,
        calls: [{ entry: 'e', ...(masks[mask] === null ? {} : { data: { M: masks[mask]!, N: masks[mask]! } }) }],
        ...(palette === undefined ? {} : { palette }),
        dtypes: (_entry, input) => (['M', 'N'].includes(input) ? null : dtype),
      },
      machine,
    )

  test('scores of another kind, of more tokens than parts are at least long', { timeout: 120_000 }, async () => {
    const body = `    near = 0 - sum[d](abs(Q - PK)) * 0.25 + index(t) * 0.001
    return O: sum[t](softmax[t](near) * PV), most: max[t](near)`
    expect(await run(body, { extents: { kv: 1, group: 3, t: 1500, l: 1, d: 80 }, dtype: 'f16' })).toEqual([])
    expect(await run(body, { extents: { kv: 2, group: 6, t: 1, l: 1, d: 100 } })).toEqual([])
  })

  test('tokens that few channels are kept of, more of them than are looked at together', { timeout: 120_000 }, async () => {
    const { text } = librarySource('std:mustafar')
    const calls = [{ entry: 'compress' }, { entry: 'attend', from: { K: 'K', V: 'V' } }]
    for (const group of [1, 2]) {
      const extents = { kv: 1, group, token: 9, local: 1, channel: 70 }
      expect(await differences({ text, extents, calls }, machine)).toEqual([])
    }
  })

  test.each(Object.keys(bodies))('%s', { timeout: 120_000 }, async (name) => {
    const first = Object.keys(bodies).indexOf(name)
    expect(await run(bodies[name]![0], settings[first % settings.length]!)).toEqual([])
  })
})
