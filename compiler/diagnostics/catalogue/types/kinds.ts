/** Diagnostics ESP1201 to ESP1210: kinds of values: numbers, masks, host scalars, alternatives. */
import { defineDiagnostics } from '../../define.ts'

export const kinds = defineDiagnostics({
  ESP1201: {
    severity: 'error',
    title: 'number needed',
    message: (p: { use: string; found: string }) => `${p.use} works on numbers, and this is ${p.found}`,
    help: () => 'masks select: write `x where mask`, or `f32(mask)` for ones and zeros',
    explain:
      'A mask says which entries count. Multiplying by a mask hides that from the compiler, which then computes what is thrown away; `where` says it.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return W: W * (abs(W) > 0.5)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return W: W where abs(W) > 0.5\n  }\n}',
    },
  },
  ESP1202: {
    severity: 'error',
    title: 'mask needed',
    message: (p: { use: string; found: string }) => `${p.use} works on masks, and this is ${p.found}`,
    help: () => 'compare it with something: `x != 0`, `x > threshold`',
    explain:
      'Masks come from comparisons, from `keep` and `drop`, from positions (`first 4 of token`) and from inputs of dtype `bool`. Numbers are not silently read as true or false.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return W: W where abs(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return W: W where abs(W) > 0\n  }\n}',
    },
  },
  ESP1203: {
    severity: 'error',
    title: 'branches of different kinds',
    message: (p: { then: string; otherwise: string }) => `one branch is ${p.then}, the other is ${p.otherwise}`,
    explain: 'An `if` is a value, and it is either numbers or a mask, whatever the condition is.',
    example: {
      kind: 'policy',
      wrong:
        'policy p(all_of_it: bool = true) {\n  entry e(W: f32[out, in]) {\n    return y: if all_of_it then W else W > 0\n  }\n}',
      right:
        'policy p(all_of_it: bool = true) {\n  entry e(W: f32[out, in]) {\n    return y: if all_of_it then W else W where W > 0\n  }\n}',
    },
  },
  ESP1204: {
    severity: 'error',
    title: 'operation does not fit its operands',
    message: (p: { problem: string }) => p.problem,
    explain:
      'Every operation has a rule for the types it takes. Signed and unsigned integers do not mix, unsigned numbers have no negative, and the value after `else` must fit the result.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(a: i32[row], b: u32[row]) {\n    return y: a + b\n  }\n}',
      right: 'policy p {\n  entry e(a: i32[row], b: u32[row]) {\n    return y: a + i32(b)\n  }\n}',
    },
  },
  ESP1205: {
    severity: 'error',
    title: 'unknown dtype',
    message: (p: { name: string }) => `\`${p.name}\` is not a dtype that can stand here`,
    explain:
      'The dtypes are `f32 f16 bf16 i32 u32 u8 i8 bool`. An input may also be `float`: any of f32, f16 and bf16, decided by the tensors that are given. A state has one definite dtype.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: fp16[out, in]) {\n    return mask: keep 2 of in by abs(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f16[out, in]) {\n    return mask: keep 2 of in by abs(W)\n  }\n}',
    },
  },
  ESP1206: {
    severity: 'error',
    title: 'format with wrong numbers',
    message: (p: { format: string; form: string }) => `\`${p.format}\` is written ${p.form}`,
    explain: 'A bitmap has words of 32 or 64 bits; `nm(2, 4)` keeps 2 of every 4; `indices` takes no numbers.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(K: f16[token, channel]) {\n    return K: pack K by (keep 50% of channel by abs(K)) as bitmap(48)\n  }\n}',
      right:
        'policy p {\n  entry e(K: f16[token, channel]) {\n    return K: pack K by (keep 50% of channel by abs(K)) as bitmap(64)\n  }\n}',
    },
  },
  ESP1207: {
    severity: 'error',
    title: 'whole number needed',
    message: (p: { use: string; found: string }) =>
      `${p.use} takes a whole number that is known before anything runs, and this is ${p.found}`,
    help: () => 'use a literal, a parameter of type `count` or `int`, a size, or `floor(…)` of arithmetic on those',
    explain:
      'Widths, distances and limits decide how kernels loop and how much memory they take, so the host must know them. They may be parameters and sizes, and any arithmetic on those, but no element of a tensor.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(s: f32[token]) {\n    return smooth: pool[token](s, size(token) / 8)\n  }\n}',
      right: 'policy p {\n  entry e(s: f32[token]) {\n    return smooth: pool[token](s, floor(size(token) / 8))\n  }\n}',
    },
  },
  ESP1208: {
    severity: 'error',
    title: 'alternative used as a value',
    message: (p: { name: string; first: string }) => `\`${p.name}\` is one of named alternatives and can only be compared`,
    help: (p) => `write \`${p.name} == ${p.first}\``,
    explain:
      'A parameter with named alternatives chooses between ways to compute. It is decided when the policy is compiled, each way becoming a kernel of its own, and is no number.',
    example: {
      kind: 'policy',
      wrong: 'policy p(rule: exact | reference = exact) {\n  entry e(W: f32[out, in]) {\n    return y: W * rule\n  }\n}',
      right:
        'policy p(rule: exact | reference = exact) {\n  entry e(W: f32[out, in]) {\n    return y: if rule == exact then W else W * 2\n  }\n}',
    },
  },
  ESP1209: {
    severity: 'error',
    title: 'unknown alternative',
    message: (p: { name: string; param: string }) => `\`${p.name}\` is not an alternative of \`${p.param}\``,
    explain: 'A comparison with a name that is not an alternative would never hold.',
    example: {
      kind: 'policy',
      wrong:
        'policy p(rule: exact | reference = exact) {\n  entry e(W: f32[out, in]) {\n    return y: if rule == exakt then W else W * 2\n  }\n}',
      right:
        'policy p(rule: exact | reference = exact) {\n  entry e(W: f32[out, in]) {\n    return y: if rule == exact then W else W * 2\n  }\n}',
    },
  },
  ESP1210: {
    severity: 'error',
    title: 'too many variants',
    message: (p: { name: string; count: number; limit: number; params: string }) =>
      `the alternatives of \`${p.params}\` give \`${p.name}\` ${p.count} variants, more than ${p.limit}`,
    help: () => 'split the entry, or make an alternative a parameter of type `bool`, which is decided when it runs',
    explain:
      'Every combination of the alternatives that an entry refers to is compiled on its own, so that none pays for another. Their number is limited.',
    example: {
      kind: 'policy',
      wrong:
        'policy p(a: x | y = x, b: x | y = x, c: x | y = x, d: x | y = x, f: x | y = x) {\n  entry e(W: f32[row]) {\n    all_x = a == x and b == x and c == x and d == x and f == x\n    return y: if all_x then W else W * 2\n  }\n}',
      right:
        'policy p(a: x | y = x, b: x | y = x) {\n  entry e(W: f32[row]) {\n    return y: if a == x and b == x then W else W * 2\n  }\n}',
    },
  },
})
