/** Diagnostics ESP1211 to ESP1241 and ESP14xx: declarations, literals, empty domains, forms that are not there; unused things. */
import { defineDiagnostics } from '../../define.ts'

export const values = defineDiagnostics({
  ESP1211: {
    severity: 'error',
    title: 'value does not fit the parameter',
    message: (p: { name: string; type: string }) => `this is not a value of \`${p.name}\`, which is ${p.type}`,
    explain:
      'A ratio is written in per cent, a count is a whole number of 0 or more, an alternative is one of its names. A value is a literal: nothing is computed.',
    example: {
      kind: 'policy',
      wrong:
        'policy p(sparsity: ratio = 0.5) {\n  entry e(W: f32[out, in]) {\n    return mask: drop sparsity of in by abs(W)\n  }\n}',
      right:
        'policy p(sparsity: ratio = 50%) {\n  entry e(W: f32[out, in]) {\n    return mask: drop sparsity of in by abs(W)\n  }\n}',
    },
  },
  ESP1212: {
    severity: 'error',
    title: 'initial value does not fit the state',
    message: (p: { name: string; dtype: string }) => `the initial value of \`${p.name}\` is not a constant of dtype ${p.dtype}`,
    help: () => 'write a number, `inf` or `-inf` for a float state, or `true` or `false` for a bool state',
    explain: 'A state begins with one constant in all its elements, before the sizes of its axes are known.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  state seen: i32 = 0.5\n  entry observe(X: f16[token, in]) {\n    seen := seen + size(token)\n    return seen_of: X * 2\n  }\n}',
      right:
        'policy p {\n  state seen: i32 = 0\n  entry observe(X: f16[token, in]) {\n    seen := seen + size(token)\n    return seen_of: X * 2\n  }\n}',
    },
  },
  ESP1213: {
    severity: 'error',
    title: 'value does not fit the state',
    message: (p: { name: string; dtype: string; found: string }) =>
      `\`${p.name}\` stores ${p.dtype}, and its new value is ${p.found}`,
    help: (p) =>
      p.dtype === 'bool' ? 'compare the value with something' : `convert it: \`${p.dtype}(…)\`, or declare the state as f32`,
    explain:
      'Whole numbers are stored in float states and floats are rounded to narrower ones, but nothing is cut to whole numbers, and masks and numbers are not exchanged, without being asked to.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  state seen: i32 = 0\n  entry observe(X: f16[token, in]) {\n    seen := seen + mean[token, in](X)\n  }\n}',
      right:
        'policy p {\n  state seen: f32 = 0\n  entry observe(X: f16[token, in]) {\n    seen := seen + mean[token, in](X)\n  }\n}',
    },
  },
  ESP1214: {
    severity: 'error',
    title: 'no value of nothing',
    message: (p: { name: string; example: string }) => `\`${p.name}\` has no value where the mask leaves nothing`,
    help: (p) => `say what it is then: \`${p.name}[…](… where … else ${p.example})\``,
    explain:
      'The sum of nothing is 0, and nothing at all passes a softmax. But nothing has no mean and no largest element: a number that looks like one would be an invention. `else` says what to put there.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return m: max[in](W where W > 0)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return m: max[in](W where W > 0 else 0)\n  }\n}',
    },
  },
  ESP1215: {
    severity: 'error',
    title: '`else` without a meaning',
    message: (p: { name: string }) => `\`${p.name}\` takes no \`else\``,
    help: () => 'leave it out: absent entries give 0',
    explain:
      '`else` gives the value of a reduction of nothing. A softmax of nothing has no entries, and a function of the user decides for itself.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return y: softmax[in](W where W > 0 else 0)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return y: softmax[in](W where W > 0)\n  }\n}',
    },
  },
  ESP1217: {
    severity: 'error',
    title: 'no such part',
    message: (p: { part: string; found: string }) => `this is ${p.found}, which has no part \`.${p.part}\``,
    explain:
      'A value of joined axes, a joint selection and an iteration that carries several values consist of parts, named where they are made. Everything else is one value.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(p: f32[token]) {\n    return y: p.token * 2\n  }\n}',
      right: 'policy p {\n  entry e(p: f32[token]) {\n    return y: p * 2\n  }\n}',
    },
  },
  ESP1218: {
    severity: 'error',
    title: 'division by zero',
    message: () => 'this divides by zero',
    explain:
      'Arithmetic on parameters, sizes and literals is exact, and has no infinity. Dividing a tensor by zero follows the rules of floating point.',
    example: {
      kind: 'policy',
      wrong: 'policy p(k: count = 4) {\n  entry e(W: f32[out, in]) {\n    return y: W * (k / 0)\n  }\n}',
      right: 'policy p(k: count = 4) {\n  entry e(W: f32[out, in]) {\n    return y: W * (k / 2)\n  }\n}',
    },
  },
  ESP1219: {
    severity: 'error',
    title: 'unknown format',
    message: (p: { format: string }) => `\`${p.format}\` is not a storage format`,
    explain:
      'Packed tensors are stored as `bitmap(64)` (one bit per element and the kept values), `nm(2, 4)` (a fixed number of every few) or `indices` (positions and values).',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(K: f16[token, channel]) {\n    return K: pack K by (keep 50% of channel by abs(K)) as bitmpa(64)\n  }\n}',
      right:
        'policy p {\n  entry e(K: f16[token, channel]) {\n    return K: pack K by (keep 50% of channel by abs(K)) as bitmap(64)\n  }\n}',
    },
  },
  ESP1221: {
    severity: 'error',
    title: 'packed state',
    message: (p: { name: string }) => `the state \`${p.name}\` cannot be packed`,
    help: () => 'keep it dense, or return the packed tensor and take it as an input of the next call',
    explain: 'The size of a packed tensor changes with its contents; the memory of a state is fixed by its axes.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  state cache: bitmap(64) f16[token, channel] = 0\n  entry e(K: f16[token, channel]) {\n    cache := K\n  }\n}',
      right: 'policy p {\n  state cache: f16[token, channel] = 0\n  entry e(K: f16[token, channel]) {\n    cache := K\n  }\n}',
    },
  },
  ESP1222: {
    severity: 'error',
    title: 'alternatives as an argument',
    message: (p: { name: string }) => `\`${p.name}\` has named alternatives, so it must be a parameter of the policy`,
    help: () => 'move it to `policy …(…)`; a call may override it all the same',
    explain: 'Alternatives decide which variant of an entry runs. They belong to the policy, so that every entry agrees on them.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[row], rule: plain | squared) {\n    return y: W * 2\n  }\n}',
      right:
        'policy p(rule: plain | squared = plain) {\n  entry e(W: f32[row]) {\n    return y: if rule == plain then W else W * W\n  }\n}',
    },
  },
  ESP1223: {
    severity: 'error',
    title: 'output of different shape by alternative',
    message: (p: { name: string; one: string; two: string }) =>
      `\`${p.name}\` is over [${p.one}] with one alternative, and over [${p.two}] with another`,
    help: () => 'return it under two names, or from two entries',
    explain:
      'An entry has one signature, whatever the parameters of the instance are. Alternatives decide how an output is computed and stored, not which axes it has.',
    example: {
      kind: 'policy',
      wrong:
        'policy p(rule: total | each = total) {\n  entry e(W: f32[out, in]) {\n    return y: if rule == total then sum[in](W) else W\n  }\n}',
      right:
        'policy p(rule: total | each = total) {\n  entry e(W: f32[out, in]) {\n    return y: if rule == total then sum[in](W) else max[in](W)\n  }\n}',
    },
  },
  ESP1241: {
    severity: 'error',
    title: 'bits of something that is no whole number',
    message: (p: { name: string; found: string }) => `\`${p.name}\` works on the bits of whole numbers, and this is ${p.found}`,
    explain:
      'The bits of a float are no number of its own, and a mask has one bit alone. Whole numbers are tensors of i32, u32, i8 and u8, and host numbers of type `count` and `int`.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(x: f32[row]) {\n    return y: bitand(x, 15)\n  }\n}',
      right: 'policy p {\n  entry e(x: u8[row]) {\n    return y: bitand(x, 15)\n  }\n}',
    },
  },
  ESP1401: {
    severity: 'warning',
    title: 'never used',
    message: (p: { what: string; name: string }) => `the ${p.what} \`${p.name}\` is never used`,
    help: () => 'remove it, or use it',
    explain:
      'Something that is declared and not used is usually a forgotten step or a misspelt name. An input that only gives an axis its size counts as used.',
    example: {
      kind: 'policy',
      wrong: 'policy p(k: count = 2) {\n  entry e(W: f32[out, in]) {\n    return mask: keep 4 of in by abs(W)\n  }\n}',
      right: 'policy p(k: count = 2) {\n  entry e(W: f32[out, in]) {\n    return mask: keep k of in by abs(W)\n  }\n}',
    },
  },
  ESP1402: {
    severity: 'warning',
    title: 'state that never changes',
    message: (p: { name: string }) => `no entry updates the state \`${p.name}\`: it always has its initial value`,
    help: (p) => `write \`${p.name} := …\` where it is to change, or use the constant itself`,
    explain: 'A state carries something from call to call. One that nothing updates is a constant of the size of a tensor.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  state peak: f32[in] = 1\n  entry e(W: f32[out, in]) {\n    return mask: keep 4 of in by abs(W) * peak\n  }\n}',
      right:
        'policy p {\n  state peak: f32[in] = 1\n  entry see(X: f32[token, in]) {\n    peak := max(peak, norm[token](X))\n  }\n  entry e(W: f32[out, in]) {\n    return mask: keep 4 of in by abs(W) * peak\n  }\n}',
    },
  },
})
