/**
 * Policies of `test/policies` on the evaluator and as CUDA C, whose threads run on a processor here: those that cover what there is to
 * emit, with one set of extents and values each; all of them with ESPALIER_CUDA=whole.
 */
import { expect, test } from 'vitest'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences } from '../support/differential.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'

const QUICK = [
  'joint',
  'attributes',
  'bits',
  'blocks',
  'compact-counted',
  'formats',
  'linear',
  'mass-cost',
  'packed-attention',
  'packs',
  'reductions',
  'voted',
]

const isWhole = process.env['ESPALIER_CUDA'] === 'whole'

describeOnCpu('policies as CUDA C', () => {
  test.each(isWhole ? Object.keys(policySettings) : QUICK)('%s', { timeout: 300_000 }, async (name) => {
    const cases = policyCases(name)
    for (const { options } of isWhole ? cases : cases.slice(0, 1)) expect(await differences(options, cudaOnCpu)).toEqual([])
  })

  test.each(['f16', 'bf16'] as const)('products of packed rows of %s, finite and not', { timeout: 300_000 }, async (dtype) => {
    const cases = policyCases('packed-attention').filter(
      ({ size, values }) => size === 'small' && (dtype === 'bf16' || values === 'special'),
    )
    for (const { options } of cases) expect(await differences({ ...options, dtypes: () => dtype }, cudaOnCpu)).toEqual([])
  })
})
