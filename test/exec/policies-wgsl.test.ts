/**
 * Policies of `test/policies` on the evaluator and on a WebGPU device, each with one set of extents and values: the software driver
 * takes long to compile the kernels of others. `test/gpu/differences.mjs` runs all of them on any adapter, as three kinds of device.
 */
import { expect, test } from 'vitest'
import { differences } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { policyCases } from '../support/policy-settings.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

/** Those whose kernels compile in seconds, of every kind there is. */
const QUICK = [
  'attributes',
  'bits',
  'blocks',
  'candidates',
  'compact-counted',
  'compact-reduced',
  'first-axis',
  'formats',
  'join-two',
  'joined',
  'masked-products',
  'middle',
  'pages',
  'passages',
  'positions',
  'reductions',
]

describeGpu('policies on a WebGPU device', () => {
  const machine = wgslMachine(useDevice('default limits'))
  test.each(QUICK)('%s', { timeout: 120_000 }, async (name) => {
    const cases = policyCases(name)
    const { options } = cases[QUICK.indexOf(name) % cases.length]!
    expect(await differences(options, machine)).toEqual([])
  })
})
