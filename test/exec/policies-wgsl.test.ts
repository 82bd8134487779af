/** The policies of `test/policies` on the evaluator and on a WebGPU device. */
import { describe, expect, test } from 'vitest'
import { differences } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

describeGpu('on a WebGPU device', () => {
  const machine = wgslMachine(useDevice('default limits'))
  describe.each(Object.keys(policySettings))('%s', (name) => {
    test.each(policyCases(name))('$size extents, $values values', async ({ options }) => {
      expect(await differences(options, machine)).toEqual([])
    })
  })
})
