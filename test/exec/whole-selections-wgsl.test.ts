/** Selections from a whole tensor by many teams on a WebGPU device: what is kept, and what is packed of it, is the evaluator's. */
import { expect, test } from 'vitest'
import { differences } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { cases } from '../support/whole-selection-cases.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

describeGpu('selections from whole tensors on a WebGPU device', () => {
  const machine = wgslMachine(useDevice('default limits'))
  test.each(cases)('%s', { timeout: 120_000 }, async (_, options) => {
    expect(await differences(options, machine)).toEqual([])
  })
})
