/**
 * Policies of `test/policies` on the evaluator and as C functions over their kernels, on a processor: states that are updated in place,
 * packed results and inputs, extents that kernels count, results that share memory.
 */
import { expect, test } from 'vitest'
import { cFunctionsOnCpu } from '../support/cuda-on-cpu/c-functions.ts'
import { describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences } from '../support/differential.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'

const QUICK = ['compact-counted', 'packed-across-calls', 'packs', 'ragged', 'state-slices', 'rounded-state']

const isWhole = process.env['ESPALIER_CUDA'] === 'whole'

describeOnCpu('policies as C functions', () => {
  test.each(isWhole ? Object.keys(policySettings) : QUICK)('%s', { timeout: 300_000 }, async (name) => {
    const cases = policyCases(name)
    for (const { options } of isWhole ? cases : cases.slice(0, 1)) expect(await differences(options, cFunctionsOnCpu)).toEqual([])
  })
})
