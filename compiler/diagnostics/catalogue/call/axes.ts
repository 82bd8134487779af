/** Diagnostics ESP43xx and ESP44xx: extents of axes across the tensors of a call, and numbers computed from them. */
import { callProblems } from '../../../../abi/call-problems.ts'
import { defineDiagnostics } from '../../define.ts'
import { eight, maskPolicy, statePolicy, weights } from './example.ts'

const sumPolicy = 'policy add {\n  entry sum(A, B: f32[token, channel]) {\n    return total: A + B\n  }\n}\n'
const windowPolicy = `policy window(width: count = 2) {
  entry recent(K: f32[token]) {
    return mask: last floor(size(token) / width) of token
  }
}
`
const layersPolicy = `policy layers {
  state seen: f32[layer] = 0
  entry read(w: f32[out]) {
    return total: sum[layer](seen) + w
  }
}
`
const slicePolicy = `policy slices {
  entry read(layer: index of row, X: f32[row, in]) {
    return y: X[row = layer]
  }
}
`
const renamePolicy = `policy renamed {
  entry both(A: f32[token], B: f32[query]) {
    return total: A[token -> query] + B
  }
}
`
const two = { data: [1, 2], shape: [1, 2] }

export const axes = defineDiagnostics({
  ESP4301: {
    severity: 'error',
    title: 'axis with two extents',
    message: callProblems.ESP4301.message,
    explain:
      'An axis has one extent for the whole call: in every input, in the state, and as the policy pins it. Nothing is broadcast along an axis of extent 1; an input without the axis is.',
    example: {
      kind: 'call',
      policy: sumPolicy,
      entry: 'sum',
      wrong: { inputs: { A: weights, B: two } },
      right: { inputs: { A: weights, B: weights } },
    },
  },
  ESP4302: {
    severity: 'error',
    title: 'extent that is not a multiple of its factor',
    message: callProblems.ESP4302.message,
    explain: 'A factored axis consists of whole groups: `in = quad * lane(4)` has no place for three elements that remain.',
    example: {
      kind: 'call',
      policy: statePolicy,
      entry: 'prune',
      wrong: { inputs: { W: { data: [1, 2, 3, 4, 5, 6], shape: [1, 6] } } },
      right: { inputs: { W: eight } },
    },
  },
  ESP4303: {
    severity: 'error',
    title: 'unknown extent',
    message: callProblems.ESP4303.message,
    explain:
      'Extents are read off the inputs. An axis that only a state has must be given once, as a size, until the state has it.',
    example: {
      kind: 'call',
      policy: layersPolicy,
      entry: 'read',
      wrong: { inputs: { w: { data: [1], shape: [1] } } },
      right: { inputs: { w: { data: [1], shape: [1] } }, sizes: { layer: 6 } },
    },
  },
  ESP4304: {
    severity: 'error',
    title: 'extra leading axes that disagree',
    message: callProblems.ESP4304.message,
    explain:
      'An entry is mapped over axes in front of its own. Inputs that have such axes are walked together, so they must have the same; inputs that have none serve every step.',
    example: {
      kind: 'call',
      policy: sumPolicy,
      entry: 'sum',
      wrong: { inputs: { A: { data: [1, 2], shape: [2, 1, 1] }, B: { data: [1, 2, 3], shape: [3, 1, 1] } } },
      right: { inputs: { A: { data: [1, 2], shape: [2, 1, 1] }, B: { data: [1], shape: [1, 1] } } },
    },
  },
  ESP4305: {
    severity: 'error',
    title: 'entry that cannot be mapped',
    message: callProblems.ESP4305.message,
    explain:
      'There is one state, so an entry that uses it has no meaning for many slices at once; and where an extent is counted while it runs, slices would have different shapes.',
    example: {
      kind: 'call',
      policy: statePolicy,
      entry: 'observe',
      wrong: { inputs: { X: { data: eight.data, shape: [2, 1, 4] } } },
      right: { inputs: { X: eight } },
    },
  },
  ESP4306: {
    severity: 'error',
    title: 'renamed axes of different extents',
    message: callProblems.ESP4306.message,
    explain:
      'A rename such as `alive[token -> query]` reads a tensor at the positions of another axis. Both axes must be equally long, or positions would lie outside it.',
    example: {
      kind: 'call',
      policy: renamePolicy,
      entry: 'both',
      wrong: { inputs: { A: { data: [1, 2], shape: [2] }, B: { data: [1, 2, 3], shape: [3] } } },
      right: { inputs: { A: { data: [1, 2], shape: [2] }, B: { data: [3, 4], shape: [2] } } },
    },
  },
  ESP4307: {
    severity: 'error',
    title: 'position outside of its axis',
    message: callProblems.ESP4307.message,
    explain:
      'An argument of type `index of AXIS` is a position of that axis, counted from 0. The host knows the extent before anything runs, so a position that is not there is refused, and nothing is read or changed.',
    example: {
      kind: 'call',
      policy: slicePolicy,
      entry: 'read',
      wrong: { inputs: { X: two }, params: { layer: 1 } },
      right: { inputs: { X: two }, params: { layer: 0 } },
    },
  },
  ESP4401: {
    severity: 'error',
    title: 'number without a value',
    message: callProblems.ESP4401.message,
    explain:
      'The host computes budgets and sizes from parameters and extents, exactly. A division by zero among them has no answer to go on with, and a loop of more than a million steps is refused.',
    example: {
      kind: 'call',
      policy: windowPolicy,
      entry: 'recent',
      wrong: { inputs: { K: { data: [1, 2, 3, 4], shape: [4] } }, params: { width: 0 } },
      right: { inputs: { K: { data: [1, 2, 3, 4], shape: [4] } }, params: { width: 2 } },
    },
  },
  ESP4402: {
    severity: 'error',
    title: 'number that a kernel cannot take',
    message: callProblems.ESP4402.message,
    explain:
      'Kernels take whole numbers for sizes and positions. What the parameters of this call make of one is fractional, negative or not a number.',
    example: {
      kind: 'call',
      policy: maskPolicy,
      entry: 'mask',
      wrong: {
        inputs: { W: weights },
        manifest: { 'entries.0.variants.0.buffers.0.length': 0 },
      },
      right: { inputs: { W: weights } },
    },
  },
})
