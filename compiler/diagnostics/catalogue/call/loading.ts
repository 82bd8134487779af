/** Diagnostics ESP40xx: manifests and modules. */
import { callProblems } from '../../../../abi/call-problems.ts'
import { defineDiagnostics } from '../../define.ts'
import { maskPolicy as policy, weights } from './example.ts'

const right = { inputs: { W: weights } }

export const loading = defineDiagnostics({
  ESP4001: {
    severity: 'error',
    title: 'unusable manifest',
    message: callProblems.ESP4001.message,
    explain:
      'A manifest tells the host how to bind shapes, what to allocate and what to launch. One that is damaged or written by hand is refused as a whole, with the first thing that is wrong, because running it could read memory that is not there.',
    example: {
      kind: 'call',
      policy,
      entry: 'mask',
      wrong: { ...right, manifest: { 'entries.0.variants.0.buffers': 'none' } },
      right,
    },
  },
  ESP4002: {
    severity: 'error',
    title: 'artifact of another ABI version',
    message: callProblems.ESP4002.message,
    explain:
      'The version counts changes of the contract between kernels and hosts. A host runs only kernels of its own version: what else differs, it cannot know.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { ...right, manifest: { abi: 2 } }, right },
  },
  ESP4003: {
    severity: 'error',
    title: 'artifact that cannot be loaded',
    message: callProblems.ESP4003.message,
    explain:
      'The WebAssembly file could not be fetched or read, or it is not a module this host can compile. Kernels use SIMD, which every current browser and Node 16.4 and later have.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { ...right, artifact: [0, 1, 2, 3] }, right },
  },
  ESP4004: {
    severity: 'error',
    title: 'kernel missing from the artifact',
    message: callProblems.ESP4004.message,
    explain: 'The manifest names a kernel that the module does not export, so the two files were not built together.',
    example: {
      kind: 'call',
      policy,
      entry: 'mask',
      wrong: { ...right, manifest: { 'entries.0.variants.0.steps': [{ op: 'launch', kernel: 'gone', args: [] }] } },
      right,
    },
  },
})
