/** Diagnostics ESP10xx: names, functions, statements. */
import { defineDiagnostics } from '../../define.ts'

export const names = defineDiagnostics({
  ESP1001: {
    severity: 'error',
    title: 'unknown name',
    message: (p: { name: string }) => `nothing here is called \`${p.name}\``,
    explain:
      'A name must be an input, a state, a parameter or a variable that an earlier statement defined. Statements are read from top to bottom; a function sees only its own parameters and, inside a policy, the parameters of the policy.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of in by abs(V)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of in by abs(W)\n  }\n}',
    },
  },
  ESP1002: {
    severity: 'error',
    title: 'declared twice',
    message: (p: { what: string; name: string }) => `there are two declarations of the ${p.what} \`${p.name}\``,
    help: () => 'rename or remove one of them',
    explain:
      'Parameters and states share one space of names; entries, functions, axes and outputs have one each. Two declarations of one name would leave open which is meant.',
    example: {
      kind: 'policy',
      wrong:
        'policy p(k: count = 2, k: count = 3) {\n  entry e(W: f32[out, in]) {\n    return mask: keep k of in by abs(W)\n  }\n}',
      right: 'policy p(k: count = 2) {\n  entry e(W: f32[out, in]) {\n    return mask: keep k of in by abs(W)\n  }\n}',
    },
  },
  ESP1003: {
    severity: 'error',
    title: 'name hides another',
    message: (p: { name: string; what: string }) => `\`${p.name}\` would hide the ${p.what} of the same name`,
    help: () => 'choose another name',
    explain:
      'A reader who knows the parameters, states and inputs of a policy must be able to trust their names everywhere in it. So nothing may take a name that is already visible.',
    example: {
      kind: 'policy',
      wrong: 'policy p(k: count = 2) {\n  entry e(W: f32[out, in]) {\n    k = 3\n    return mask: keep k of in by abs(W)\n  }\n}',
      right:
        'policy p(k: count = 2) {\n  entry e(W: f32[out, in]) {\n    more = k + 1\n    return mask: keep more of in by abs(W)\n  }\n}',
    },
  },
  ESP1004: {
    severity: 'error',
    title: 'variable assigned twice',
    message: (p: { name: string }) => `\`${p.name}\` already has a value`,
    help: () => 'give the second value a name of its own; only a `state` changes, with `:=`',
    explain:
      'A variable stands for one value, so that every use of it means the same wherever it is read. Values that change from call to call are states.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(W: f32[out, in]) {\n    s = abs(W)\n    s = s * s\n    return mask: keep 2 of in by s\n  }\n}',
      right:
        'policy p {\n  entry e(W: f32[out, in]) {\n    s = abs(W)\n    squared = s * s\n    return mask: keep 2 of in by squared\n  }\n}',
    },
  },
  ESP1005: {
    severity: 'error',
    title: 'update of something that is not a state',
    message: (p: { name: string }) => `\`${p.name}\` is not a state, so it cannot be updated`,
    help: () => 'declare it with `state`, or use `=`',
    explain: '`:=` gives a state the value that it has for later statements and for the next call. Nothing else outlives a call.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    s := abs(W)\n    return mask: keep 2 of in by W\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    s = abs(W)\n    return mask: keep 2 of in by s\n  }\n}',
    },
  },
  ESP1007: {
    severity: 'error',
    title: 'unknown function',
    message: (p: { name: string }) => `there is no function \`${p.name}\``,
    explain: 'A function is built in, declared with `fn` in this policy or file, or declared in a file that is named by `use`.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of in by asb(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of in by abs(W)\n  }\n}',
    },
  },
  ESP1008: {
    severity: 'error',
    title: 'wrong number of arguments',
    message: (p: { name: string; form: string; wanted: number; found: number }) =>
      `\`${p.name}\` takes ${p.wanted} argument${p.wanted === 1 ? '' : 's'}, and ${p.found} ${p.found === 1 ? 'is' : 'are'} given`,
    help: (p) => `it is used as \`${p.form}\``,
    explain: 'Every function takes a fixed number of arguments. Windows and shifts take a second one: how wide, how far.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(s: f32[token]) {\n    return smooth: pool[token](s)\n  }\n}',
      right: 'policy p {\n  entry e(s: f32[token]) {\n    return smooth: pool[token](s, 5)\n  }\n}',
    },
  },
  ESP1009: {
    severity: 'error',
    title: 'function used with the wrong axes',
    message: (p: { name: string; form: string }) => `\`${p.name}\` is used as \`${p.form}\``,
    explain:
      'Reductions, softmax, scans and windows say over which axes they go, in brackets. Functions of single elements take no axes. `index` and `size` take an axis as their argument.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return total: sum(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return total: sum[in](W)\n  }\n}',
    },
  },
  ESP1010: {
    severity: 'error',
    title: 'recursive function',
    message: (p: { name: string }) => `\`${p.name}\` calls itself`,
    help: () => 'write the repetition as a reduction or a scan over an axis',
    explain:
      'Functions are expanded where they are called, so that kernels can be fused across them. A function that calls itself, directly or through others, would never end.',
    example: {
      kind: 'policy',
      wrong: 'fn f(x) = f(x) + 1\npolicy p {\n  entry e(W: f32[out]) {\n    return y: f(W)\n  }\n}',
      right: 'fn f(x) = x + 1\npolicy p {\n  entry e(W: f32[out]) {\n    return y: f(W)\n  }\n}',
    },
  },
  ESP1011: {
    severity: 'error',
    title: 'functions expand too far',
    message: (p: { name: string; limit: string }) => `\`${p.name}\` ${p.limit} when it is expanded`,
    help: () => 'give intermediate results names instead of computing them again through more calls',
    explain:
      'Functions are expanded where they are called. A few functions that each call the next one twice grow without bounds, so the size of one entry is limited.',
    example: {
      kind: 'policy',
      wrong: `${Array.from({ length: 16 }, (_, i) => `fn g${i}(x) = g${i + 1}(x) * g${i + 1}(x)`).join('\n')}\nfn g16(x) = x + 1\npolicy p {\n  entry e(W: f32[out]) {\n    return y: g0(W)\n  }\n}`,
      right: 'fn f(x) = square(x + 1)\npolicy p {\n  entry e(W: f32[out]) {\n    return y: f(W)\n  }\n}',
    },
  },
  ESP1012: {
    severity: 'error',
    title: 'expression too deep',
    message: () => 'this expression nests too deeply',
    help: () => 'give parts of it names, or write the sum as a reduction over an axis',
    explain: 'Expressions may nest 400 levels deep, operators in a chain and the bodies of called functions included.',
    example: {
      kind: 'policy',
      wrong: `${['a', 'b', 'c'].map((name, i) => `fn ${name}(x) = ${['x', 'a(x)', 'b(x)'][i]}${' + x'.repeat(150)}\n`).join('')}policy p {\n  entry e(W: f32[out]) {\n    return y: c(W)\n  }\n}`,
      right: 'policy p {\n  entry e(W: f32[out]) {\n    return y: W * 452\n  }\n}',
    },
  },
  ESP1013: {
    severity: 'error',
    title: 'file not found',
    message: (p: { path: string }) => `\`use\` names \`${p.path}\`, and there is no such file`,
    help: () => 'library files are `std.NAME`; others are a path in quotes, relative to this file',
    explain:
      '`use` brings in the functions of another file: `use std.math` of the library, `use "./shared.prune"` of a file beside this one.',
    example: {
      kind: 'policy',
      wrong:
        'use "./missing.prune"\npolicy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of in by energy(W)\n  }\n}\nfn energy(x) = x * x',
      right: 'use "./shared.prune"\npolicy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of in by energy(W)\n  }\n}',
      files: { 'shared.prune': 'fn energy(x) = x * x' },
    },
  },
  ESP1014: {
    severity: 'error',
    title: 'output without a name',
    message: () => 'this output has no name',
    help: () => 'write `return name: …`',
    explain: 'Callers read outputs by name. A variable gives its own name; any other expression needs one.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return keep 2 of in by abs(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of in by abs(W)\n  }\n}',
    },
  },
  ESP1015: {
    severity: 'error',
    title: 'entry without an effect',
    message: (p: { name: string }) => `the entry \`${p.name}\` returns nothing and updates no state`,
    help: () => 'end it with `return`, or update a state with `:=`',
    explain: 'Whatever an entry computes must leave it, as an output or as the new value of a state.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    s = abs(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    s = abs(W)\n    return s\n  }\n}',
    },
  },
  ESP1016: {
    severity: 'error',
    title: 'statement after return',
    message: () => 'nothing is computed after `return`',
    help: () => 'move it before the `return`, and return everything in one list: `return a: …, b: …`',
    explain: 'An entry ends with its `return`.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return a: abs(W)\n    return b: W * W\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return a: abs(W), b: W * W\n  }\n}',
    },
  },
  ESP1017: {
    severity: 'error',
    title: 'function named like a built-in one',
    message: (p: { name: string }) => `\`${p.name}\` is built in and cannot be declared again`,
    help: () => 'choose another name',
    explain: 'Built-in functions mean the same in every policy. A second meaning would change what other people read.',
    example: {
      kind: 'policy',
      wrong: 'fn relu(x) = max(x, 0)\npolicy p {\n  entry e(W: f32[out]) {\n    return y: relu(W)\n  }\n}',
      right: 'fn clipped(x) = max(x, 0)\npolicy p {\n  entry e(W: f32[out]) {\n    return y: clipped(W)\n  }\n}',
    },
  },
  ESP1018: {
    severity: 'error',
    title: 'function reads what it cannot see',
    message: (p: { name: string; fn: string }) => `\`${p.name}\` is not visible in the function \`${p.fn}\``,
    help: (p) => `pass it: give \`${p.fn}\` another parameter`,
    explain:
      'A function depends on its arguments only (and, inside a policy, on the parameters of the policy), so that a call says everything about its result. States change between calls, and are passed like any other value.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  state power: f32[in] = 0\n  fn score(W) = abs(W) * sqrt(power)\n  entry e(W: f32[out, in]) {\n    power := sum[out](W * W)\n    return mask: keep 2 of in by score(W)\n  }\n}',
      right:
        'policy p {\n  state power: f32[in] = 0\n  fn score(W, power_of) = abs(W) * sqrt(power_of)\n  entry e(W: f32[out, in]) {\n    power := sum[out](W * W)\n    return mask: keep 2 of in by score(W, power)\n  }\n}',
    },
  },
})
