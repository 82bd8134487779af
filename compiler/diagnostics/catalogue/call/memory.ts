/** Diagnostics ESP45xx to ESP47xx: memory, state, and kernels that stop. */
import { callProblems } from '../../../../abi/call-problems.ts'
import { defineDiagnostics } from '../../define.ts'
import { eight, maskPolicy, statePolicy, weights } from './example.ts'

const mask = { inputs: { W: weights } }
const observe = { inputs: { X: eight } }
const power = { dtype: 'f32', shape: [8], data: [1, 1, 1, 1, 1, 1, 1, 1] }
const layersPolicy = `policy layers {
  state seen: f32[layer] = 0
  entry count(w: f32[out]) {
    seen := seen + 1
    return total: sum[layer](seen) + w
  }
}
`
const one = { w: { data: [1], shape: [1] } }

export const memory = defineDiagnostics({
  ESP4501: {
    severity: 'error',
    title: 'out of memory',
    message: callProblems.ESP4501.message,
    explain:
      'Inputs, results, states and workspace of an instance share one WebAssembly memory of at most 4 GiB. A call that does not find room is refused before it runs: nothing is changed, and it can be repeated when something was released.',
    example: {
      kind: 'call',
      policy: layersPolicy,
      entry: 'count',
      wrong: { inputs: one, sizes: { layer: 1_000_000 }, maxBytes: 1_048_576 },
      right: { inputs: one, sizes: { layer: 1000 }, maxBytes: 1_048_576 },
    },
  },
  ESP4502: {
    severity: 'error',
    title: 'tensor beyond the address space',
    message: callProblems.ESP4502.message,
    explain:
      'Addresses in WebAssembly have 32 bits, so no tensor can have 4 GiB or more. This is known before anything is allocated.',
    example: {
      kind: 'call',
      policy: layersPolicy,
      entry: 'count',
      wrong: { inputs: one, sizes: { layer: 4_294_967_296 } },
      right: { inputs: one, sizes: { layer: 1000 } },
    },
  },
  ESP4503: {
    severity: 'error',
    title: 'use after release',
    message: callProblems.ESP4503.message,
    explain:
      'Released memory may hold something else by now. Results stay valid until they are released themselves, or until their policy is.',
    example: { kind: 'call', policy: maskPolicy, entry: 'mask', wrong: { ...mask, released: true }, right: mask },
  },
  ESP4601: {
    severity: 'error',
    title: 'unknown state',
    message: callProblems.ESP4601.message,
    explain: 'State variables are read, saved and restored by the names that the policy gives them.',
    example: {
      kind: 'call',
      policy: statePolicy,
      entry: 'observe',
      wrong: { ...observe, restore: { powr: power } },
      right: { ...observe, restore: { power } },
    },
  },
  ESP4602: {
    severity: 'error',
    title: 'saved state that does not fit',
    message: callProblems.ESP4602.message,
    explain: 'A state variable has the dtype and the axes that the policy declares; what is restored must have them too.',
    example: {
      kind: 'call',
      policy: statePolicy,
      entry: 'observe',
      wrong: { ...observe, restore: { power: { ...power, dtype: 'f16' } } },
      right: { ...observe, restore: { power } },
    },
  },
  ESP4603: {
    severity: 'error',
    title: 'state of another instance',
    message: callProblems.ESP4603.message,
    explain:
      'A state lives in the memory of the instance that made it. Values are carried to another instance by saving and restoring them.',
    example: {
      kind: 'call',
      policy: statePolicy,
      entry: 'observe',
      wrong: { ...observe, state: 'other' },
      right: { ...observe, state: 'own' },
    },
  },
  ESP4604: {
    severity: 'error',
    title: 'state without extents',
    message: callProblems.ESP4604.message,
    explain:
      'A state variable has a shape from the first call that touches it. Before, only sizes that were given say what its initial value looks like.',
    example: {
      kind: 'call',
      policy: statePolicy,
      entry: 'observe',
      wrong: { read: 'power' },
      right: { earlier: [{ entry: 'observe', ...observe }], read: 'power' },
    },
  },
  ESP4701: {
    severity: 'error',
    title: 'kernel that stopped',
    message: callProblems.ESP4701.message,
    explain:
      'Kernels are compiled so that no input can make them stop. When one does, the compiler has a defect, or the module and the manifest were changed. The state is as before the call.',
    example: {
      kind: 'call',
      policy: maskPolicy,
      entry: 'mask',
      wrong: { ...mask, artifact: 'kernels that stop' },
      right: mask,
    },
  },
})
