/** Reductions in parts as CUDA C on a processor; threads take several columns where rows begin at multiples of them. */
import { expect, test } from 'vitest'
import { cudaOnCpu, describeOnCpu } from '../support/cuda-on-cpu/cuda-on-cpu.ts'
import { differences } from '../support/differential.ts'
import { cases, settings } from '../support/split-reduction-cases.ts'

describeOnCpu('reductions in parts as CUDA C', () => {
  test.each(cases)('%s', { timeout: 300_000 }, async (_, options) => {
    expect(await differences(settings(options), cudaOnCpu)).toEqual([])
  })
})
