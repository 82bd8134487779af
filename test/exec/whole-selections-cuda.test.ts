/**
 * Selections from a whole tensor by many teams as CUDA C, whose threads run on a processor here: what is kept, and what is packed of
 * it window by window, is the evaluator's, whatever the ties, candidates and protected elements.
 */
import { expect, test } from 'vitest'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences } from '../support/differential.ts'
import { cases } from '../support/whole-selection-cases.ts'

describeOnCpu('selections from whole tensors as CUDA C', () => {
  test.each(cases)('%s', { timeout: 120_000 }, async (_, options) => {
    expect(await differences(options, cudaOnCpu)).toEqual([])
  })
})
