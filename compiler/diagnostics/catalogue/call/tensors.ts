/** Diagnostics ESP42xx: one tensor, looked at by itself. */
import { callProblems } from '../../../../abi/call-problems.ts'
import { defineDiagnostics } from '../../define.ts'
import { maskPolicy as policy, packPolicy, rulePolicy, weights } from './example.ts'

const inputs = { W: weights }
const right = { inputs }
const compress = { entry: 'compress', inputs: { K: { data: [1, 2, 3, 4], shape: [1, 4] } } }

export const tensors = defineDiagnostics({
  ESP4201: {
    severity: 'error',
    title: 'wrong dtype',
    message: callProblems.ESP4201.message,
    explain:
      'Kernels are compiled for the dtypes they read. Data is never converted behind the back of its owner: that would cost a copy, and for a narrower dtype change which elements are kept.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { inputs: { W: { ...weights, dtype: 'i32' } } }, right },
  },
  ESP4202: {
    severity: 'error',
    title: 'ambiguous dtype',
    message: callProblems.ESP4202.message,
    explain:
      'A Uint16Array holds the bits of f16 or of bf16, a Uint8Array u8 or bool. Where an entry takes both, the caller must say.',
    example: {
      kind: 'call',
      policy: rulePolicy,
      entry: 'mask',
      wrong: {
        manifest: {
          'entries.0.inputs.0.dtypes': ['f16', 'bf16'],
          'entries.0.variants.0.dtypes.W': 'f16',
          'entries.0.variants.1.dtypes.W': 'bf16',
          'entries.0.variants.1.choices.rule': 'magnitude',
        },
        inputs: { W: { bits: [0x3c00, 0x4000], shape: [1, 2] } },
      },
      right,
    },
  },
  ESP4203: {
    severity: 'error',
    title: 'not a tensor',
    message: callProblems.ESP4203.message,
    explain:
      'An input is a tensor of this policy, or { data, shape } with a typed array that can hold its dtype. Doubles (Float64Array) and 64-bit integers are not dtypes of the ABI.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { inputs: { W: 'weights' } }, right },
  },
  ESP4204: {
    severity: 'error',
    title: 'shape and data disagree',
    message: callProblems.ESP4204.message,
    explain: 'The product of the extents must be the number of elements.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { inputs: { W: { data: [1, 2, 3], shape: [2, 2] } } }, right },
  },
  ESP4205: {
    severity: 'error',
    title: 'too few axes',
    message: callProblems.ESP4205.message,
    explain:
      'A tensor has the axes that the entry declares, innermost last. It may have more in front: the entry is then mapped over them.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { inputs: { W: { data: [1, 2, 3, 4], shape: [4] } } }, right },
  },
  ESP4206: {
    severity: 'error',
    title: 'combination that was not compiled',
    message: callProblems.ESP4206.message,
    explain:
      'An entry is compiled once for each combination of named alternatives and dtypes that was asked for. This call needs one that is not among them.',
    example: {
      kind: 'call',
      policy: rulePolicy,
      entry: 'mask',
      wrong: { ...right, manifest: { 'entries.0.variants.0.choices.rule': 'square' } },
      right,
    },
  },
  ESP4207: {
    severity: 'error',
    title: 'packed and dense confused',
    message: callProblems.ESP4207.message,
    explain:
      'The storage format is part of the type of an input. A packed tensor is read by entries that declare its format; for others it is made dense, and the other way round an entry of the policy packs.',
    example: {
      kind: 'call',
      policy: packPolicy,
      entry: 'read',
      wrong: { inputs: { K: weights } },
      right: { earlier: [compress], inputs: { K: '@0.K' } },
    },
  },
  ESP4208: {
    severity: 'error',
    title: 'packed tensor of another shape',
    message: callProblems.ESP4208.message,
    explain:
      'Packed parts were laid out for the axes of the entry that made them. An entry that packs along other axes cannot read them.',
    example: {
      kind: 'call',
      policy: `policy cache {
  entry compress(K: f32[token, channel]) {
    return K: pack K by (keep 50% of token by abs(K)) as bitmap(32)
  }
  entry across(K: f32[token, channel]) {
    return K: pack K by (keep 50% of channel by abs(K)) as bitmap(32)
  }
  entry read(K: bitmap(32) f32[token, channel]) {
    return K: unpack K
  }
}
`,
      entry: 'read',
      wrong: { earlier: [{ entry: 'compress', inputs: { K: { data: [1, 2, 3, 4], shape: [2, 2] } } }], inputs: { K: '@0.K' } },
      right: { earlier: [{ entry: 'across', inputs: { K: { data: [1, 2, 3, 4], shape: [2, 2] } } }], inputs: { K: '@0.K' } },
    },
  },
  ESP4209: {
    severity: 'error',
    title: 'shape that is none',
    message: callProblems.ESP4209.message,
    explain: 'Extents are whole and not negative. Zero is an extent: a tensor may be empty.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { inputs: { W: { data: [1, 2], shape: [1, 2.5] } } }, right },
  },
})
