/**
 * Policies of `test/policies` on the evaluator and as C functions over their kernels, on a processor: states that are updated in place,
 * packed results and inputs, extents that kernels count, results that share memory.
 */
import { expect, test } from 'vitest'
import { cFunctionsOnCpu } from '../support/cuda-on-cpu/c-functions.ts'
import { describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences, type Differential } from '../support/differential.ts'
import { librarySource } from '../support/library-source.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'

const QUICK = ['attributes', 'compact-counted', 'packed-across-calls', 'packs', 'ragged', 'state-slices', 'rounded-state']

const isWhole = process.env['ESPALIER_CUDA'] === 'whole'

/** Of the library: states in place and in slices, results that are states, stages. */
const library: Readonly<Record<string, Pick<Differential, 'extents' | 'calls' | 'sizes'>>> = {
  wanda: {
    extents: { token: 9, out: 6, in: 24, quad: 6, lane: 4 },
    calls: ['observe', 'observe', 'prune', 'prune_nm'].map((entry) => ({ entry })),
  },
  flap: {
    extents: { layer: 3, token: 9, kv: 4, channel: 5, feature: 20, neuron: 33, hidden: 6 },
    sizes: { layer: 3 },
    calls: [0, 2, 0].map((layer) => ({ entry: 'observe', params: { layer, head_dim: 5 } })),
  },
  tome: {
    extents: { pair: 11, side: 2, token: 22, other: 11, position: 22, kv: 2, channel: 5, hidden: 7 },
    calls: [{ entry: 'merge', params: { r: 4 } }],
  },
}

describeOnCpu('policies as C functions', () => {
  test.each(Object.entries(library))('std:%s', { timeout: 300_000 }, async (name, options) => {
    const { text } = librarySource(`std:${name}`)
    expect(await differences({ ...options, text }, cFunctionsOnCpu)).toEqual([])
  })

  test.each(isWhole ? Object.keys(policySettings) : QUICK)('%s', { timeout: 300_000 }, async (name) => {
    const cases = policyCases(name)
    for (const { options } of isWhole ? cases : cases.slice(0, 1)) expect(await differences(options, cFunctionsOnCpu)).toEqual([])
  })
})
