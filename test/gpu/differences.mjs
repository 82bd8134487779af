/**
 * The policies of `test/policies` on the evaluator and on this machine's GPU through WebGPU, with everything the adapter offers, without
 * subgroups, and with the limits every device has: `node test/gpu/differences.mjs [NAME…]`, from the root of the repository.
 */
import { limitsOf } from '../../bench/gpu/full-device.mjs'
import { differences } from '../support/differential.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

const { create } = await import('webgpu')
const gpu = create([])
const names = process.argv.slice(2)
const KINDS = {
  everything: (adapter) => ({ requiredFeatures: [...adapter.features], requiredLimits: limitsOf(adapter) }),
  'no subgroups': (adapter) => ({
    requiredFeatures: [...adapter.features].filter((name) => !name.startsWith('subgroup')),
    requiredLimits: limitsOf(adapter),
  }),
  'default limits': () => ({}),
}

let failures = 0
for (const [kind, request] of Object.entries(KINDS)) {
  let agreed = 0
  const started = performance.now()
  for (const name of names.length > 0 ? names : Object.keys(policySettings)) {
    const adapter = await gpu.requestAdapter()
    const device = await adapter.requestDevice(request(adapter))
    for (const { size, values, options } of policyCases(name)) {
      const found = await differences(
        options,
        wgslMachine(() => device),
      ).catch((error) => [String(error.message).slice(0, 500)])
      if (found.length === 0) agreed += 1
      else {
        failures += 1
        console.log(`${kind}: ${name}, ${size} extents, ${values} values: ${found.length} differences, first: ${found[0]}`)
      }
    }
    await device.queue.onSubmittedWorkDone()
    device.destroy()
  }
  console.log(`${kind}: ${agreed} cases agree, ${failures} do not, ${((performance.now() - started) / 1000).toFixed(0)} s`)
}
process.exit(failures > 0 ? 1 : 0)
