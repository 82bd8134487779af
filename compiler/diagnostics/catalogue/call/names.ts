/** Diagnostics ESP41xx: names of entries, inputs and parameters, and values of parameters. */
import { callProblems } from '../../../../abi/call-problems.ts'
import { defineDiagnostics } from '../../define.ts'
import { maskPolicy as policy, rulePolicy, weights } from './example.ts'

const inputs = { W: weights }
const right = { inputs }

export const names = defineDiagnostics({
  ESP4101: {
    severity: 'error',
    title: 'unknown entry',
    message: callProblems.ESP4101.message,
    explain: 'A policy is called by the names of its entries, as its text declares them.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { ...right, entry: 'masc' }, right },
  },
  ESP4102: {
    severity: 'error',
    title: 'missing input',
    message: callProblems.ESP4102.message,
    explain: 'Every input of an entry is needed for every call; none has a default.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { inputs: {} }, right },
  },
  ESP4103: {
    severity: 'error',
    title: 'unknown input',
    message: callProblems.ESP4103.message,
    explain: 'A tensor under a name that the entry does not have would be ignored; most often the name is misspelt.',
    example: { kind: 'call', policy, entry: 'mask', wrong: { inputs: { W: weights, w: weights } }, right },
  },
  ESP4104: {
    severity: 'error',
    title: 'unknown parameter or axis',
    message: callProblems.ESP4104.message,
    explain: 'A value for a parameter that does not exist would be ignored, and the default be used without a word.',
    example: {
      kind: 'call',
      policy,
      entry: 'mask',
      wrong: { inputs, params: { sparsty: 0.7 } },
      right: { inputs, params: { sparsity: 0.7 } },
    },
  },
  ESP4105: {
    severity: 'error',
    title: 'parameter without a value',
    message: callProblems.ESP4105.message,
    explain: 'A parameter without a default, or a scalar of an entry, must be given before it is needed.',
    example: {
      kind: 'call',
      policy:
        'policy prune(sparsity: ratio) {\n  entry mask(W: f32[out, in]) {\n    return mask: drop sparsity of in by abs(W)\n  }\n}\n',
      entry: 'mask',
      wrong: { inputs },
      right: { inputs, params: { sparsity: 0.5 } },
    },
  },
  ESP4106: {
    severity: 'error',
    title: 'parameter of the wrong type',
    message: callProblems.ESP4106.message,
    explain:
      "Ratios are numbers or texts such as '70%' and '7/10'; counts and integers are whole numbers; nothing may be NaN. A number stands for the decimal it prints as, so 0.7 is exactly seven tenths.",
    example: {
      kind: 'call',
      policy,
      entry: 'mask',
      wrong: { inputs, params: { sparsity: 'most' } },
      right: { inputs, params: { sparsity: '70%' } },
    },
  },
  ESP4107: {
    severity: 'error',
    title: 'ratio outside 0 to 1',
    message: callProblems.ESP4107.message,
    explain: 'A ratio is a part of a whole. 70 % is 0.7 or the text `70%`; the number 70 would be seventy times everything.',
    example: {
      kind: 'call',
      policy,
      entry: 'mask',
      wrong: { inputs, params: { sparsity: 70 } },
      right: { inputs, params: { sparsity: '70%' } },
    },
  },
  ESP4108: {
    severity: 'error',
    title: 'count that is negative or fractional',
    message: callProblems.ESP4108.message,
    explain: 'A count says how many things are kept, so it is whole and not negative. A part of the things is a ratio.',
    example: {
      kind: 'call',
      policy,
      entry: 'mask',
      wrong: { inputs, params: { least: 1.5 } },
      right: { inputs, params: { least: 1 } },
    },
  },
  ESP4109: {
    severity: 'error',
    title: 'unknown alternative',
    message: callProblems.ESP4109.message,
    explain: 'A parameter with named alternatives takes one of their names.',
    example: {
      kind: 'call',
      policy: rulePolicy,
      entry: 'mask',
      wrong: { inputs, params: { rule: 'squared' } },
      right: { inputs, params: { rule: 'square' } },
    },
  },
})
