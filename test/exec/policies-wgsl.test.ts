/**
 * The policies of `test/policies` on the evaluator and on a WebGPU device, each with one set of extents and values: the software driver
 * takes seconds to compile the kernels of some. `bench/gpu/differences.mjs` runs all sets, on any adapter and three kinds of device.
 */
import { expect, test } from 'vitest'
import { differences } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

/** Kernels full of powers and doubles. */
const SLOW = ['elementwise', 'linear', 'mass-cost', 'surgeon', 'leverage', 'heavy-hitters', 'state-joint', 'one-budget', 'joint']
const LIMIT = 120_000

describeGpu('policies on a WebGPU device', () => {
  const machine = wgslMachine(useDevice('default limits'))
  const names = Object.keys(policySettings).filter((name) => !SLOW.includes(name))
  test.each(names)('%s', { timeout: LIMIT }, async (name) => {
    const cases = policyCases(name)
    const { options } = cases[names.indexOf(name) % cases.length]!
    expect(await differences(options, machine)).toEqual([])
  })
})
