/** Diagnostics ESP11xx: named and factored axes. */
import { defineDiagnostics } from '../../define.ts'

export const axes = defineDiagnostics({
  ESP1101: {
    severity: 'error',
    title: 'unknown axis',
    message: (p: { name: string }) => `no axis of this policy is called \`${p.name}\``,
    explain:
      'An axis is known by being written in the type of an input or a state, in an `axes` declaration, or after the `as` of a `compact`. A name that appears nowhere else is a misspelling, so it is refused instead of becoming a new axis.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(K: f16[kv, token, channel]) {\n    return mask: keep 50% of chanel by abs(K)\n  }\n}',
      right: 'policy p {\n  entry e(K: f16[kv, token, channel]) {\n    return mask: keep 50% of channel by abs(K)\n  }\n}',
    },
  },
  ESP1102: {
    severity: 'error',
    title: 'ambiguous axis',
    message: (p: { axis: string; where: string }) => `${p.where} would have the axis \`${p.axis}\` twice`,
    help: () => 'give one of the two another name: axes are told apart by name alone',
    explain:
      'Tensors are combined by axis name. With one name twice in a tensor it would be ambiguous which of the two another tensor lines up with. Two axes of equal length, such as tokens and queries, still need two names.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(A: f32[query, token]) {\n    return row: sum[token](A[query -> token])\n  }\n}',
      right: 'policy p {\n  entry e(A: f32[query, token]) {\n    return row: sum[token](A)\n  }\n}',
    },
  },
  ESP1103: {
    severity: 'error',
    title: 'axis without a size',
    message: (p: { name: string; unbound: string }) =>
      p.name === p.unbound
        ? `nothing in this entry says how large \`${p.name}\` is`
        : `nothing in this entry says how large \`${p.name}\` is: its part \`${p.unbound}\` is not bound`,
    help: (p) => `use an input or a state that has \`${p.name}\`, or give it a fixed size with \`axes ${p.name}(…)\``,
    explain:
      'Sizes of axes come from the shapes of the inputs of an entry, from the states it uses, and from fixed sizes in `axes`. An axis that another entry uses has no size here.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry a(x: f32[token]) {\n    return x: first 4 of token\n  }\n  entry b(q: f32[query]) {\n    return m: q * size(token)\n  }\n}',
      right:
        'policy p {\n  entry a(x: f32[token]) {\n    return x: first 4 of token\n  }\n  entry b(q: f32[query]) {\n    return m: q * size(query)\n  }\n}',
    },
  },
  ESP1104: {
    severity: 'error',
    title: 'value lacks the axis',
    message: (p: { use: string; missing: string; found: string }) =>
      `${p.use} goes over ${p.missing}, and the value has ${p.found}`,
    help: () => 'name an axis that the value has, or combine it first with a value that has the axis',
    explain:
      'Reducing over an axis that a value does not have is nearly always a mistake about what the value is: the result would be the value itself, times a length.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(K: f16[kv, token, channel]) {\n    n = norm[channel](K)\n    return total: sum[channel](n)\n  }\n}',
      right:
        'policy p {\n  entry e(K: f16[kv, token, channel]) {\n    n = norm[channel](K)\n    return total: sum[token](n)\n  }\n}',
    },
  },
  ESP1105: {
    severity: 'error',
    title: 'axis contains itself',
    message: (p: { axis: string }) => `the axis \`${p.axis}\` is one of its own factors`,
    explain:
      '`axes in = quad * lane(4)` says that positions along `in` are pairs. The factors are other, smaller axes; an axis cannot be smaller than itself.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  axes in = quad * in\n  entry e(W: f32[out, in]) {\n    return mask: keep 50% of in by abs(W)\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return mask: keep 50% of lane by abs(W)\n  }\n}',
    },
  },
  ESP1106: {
    severity: 'error',
    title: 'factors that shapes cannot decide',
    message: (p: { axis: string; unknown: string }) =>
      `the length of \`${p.axis}\` does not say how large each of \`${p.unknown}\` is`,
    help: (p) => `give one of \`${p.unknown}\` a fixed size in \`axes\`, or add an input that has it on its own`,
    explain:
      'A factored axis has the product of the sizes of its factors. When an entry names a factor, all factors but one must be known from elsewhere: from another input that shows them, or from a fixed size.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes head = kv * group\n  entry e(Q: f16[head, channel]) {\n    return mean_q: mean[group](Q)\n  }\n}',
      right:
        'policy p {\n  axes head = kv * group(4)\n  entry e(Q: f16[head, channel]) {\n    return mean_q: mean[group](Q)\n  }\n}',
    },
  },
  ESP1107: {
    severity: 'error',
    title: 'renaming between axes of different structure',
    message: (p: { from: string; to: string; source: string; target: string }) =>
      `\`${p.from}\` (${p.source}) cannot be renamed to \`${p.to}\` (${p.target})`,
    help: () => 'rename factor by factor, between axes of equal sizes',
    explain: 'A renaming moves no data, so both axes must consist of as many factors, and sizes that are fixed must be equal.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = quad * lane(4), tile(8)\n  entry e(W: f32[out, in], x: f32[tile]) {\n    return y: sum[lane](W) * sum[tile](x), z: x[tile -> lane]\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane(4), tile(4)\n  entry e(W: f32[out, in], x: f32[tile]) {\n    return y: sum[lane](W) * sum[tile](x), z: x[tile -> lane]\n  }\n}',
    },
  },
  ESP1108: {
    severity: 'error',
    title: 'more than one axis where one is meant',
    message: (p: { name: string; axes: string; parts: string }) =>
      `\`${p.name}\` goes along one axis, and ${p.axes} is \`${p.parts}\` here`,
    help: () => 'name one of the factors',
    explain:
      'Running sums and windows have a direction, so they go along one axis. A factored axis counts as several in an entry that names one of its factors.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(A: f32[query, token]) {\n    return s: cumsum[query, token](A)\n  }\n}',
      right: 'policy p {\n  entry e(A: f32[query, token]) {\n    return s: cumsum[token](A)\n  }\n}',
    },
  },
  ESP1109: {
    severity: 'error',
    title: 'state and value have different axes',
    message: (p: { name: string; extra: string }) => `the new value of \`${p.name}\` has ${p.extra}, which the state does not`,
    help: (p) => `reduce over ${p.extra} first, or declare the state with it`,
    explain:
      'A state keeps its axes from call to call. Axes that the new value lacks are filled by repetition; axes that it has too many of would have to be reduced, and only the author knows how.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  state power: f32[in] = 0\n  entry observe(X: f16[token, in]) {\n    power := power + X * X\n  }\n}',
      right:
        'policy p {\n  state power: f32[in] = 0\n  entry observe(X: f16[token, in]) {\n    power := power + sum[token](X * X)\n  }\n}',
    },
  },
  ESP1110: {
    severity: 'error',
    title: 'size of an axis is not a count',
    message: (p: { axis: string }) =>
      `the fixed size of \`${p.axis}\` must be a whole number of 1 or more, or a parameter of type \`count\``,
    explain:
      'A fixed size is part of how a policy is compiled (`lane(4)`) or is set once per instance (`slot(page)`, with a parameter `page: count`).',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  axes in = quad * lane(0)\n  entry e(W: f32[out, in]) {\n    return m: max[lane](W)\n  }\n}',
      right: 'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return m: max[lane](W)\n  }\n}',
    },
  },
  ESP1111: {
    severity: 'error',
    title: 'axis name is taken',
    message: (p: { axis: string }) => `\`${p.axis}\` already names another axis`,
    help: () => 'choose a new name after `as`',
    explain:
      '`compact X by M as kept` makes an axis of what M keeps. Using the name again with the same mask means the same axis; with another mask, or as the name of an axis of an input, it would mean two different things.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(K: f16[token, channel]) {\n    m = keep 4 of token by norm[channel](K)\n    return K: compact K by m as channel\n  }\n}',
      right:
        'policy p {\n  entry e(K: f16[token, channel]) {\n    m = keep 4 of token by norm[channel](K)\n    return K: compact K by m as kept\n  }\n}',
    },
  },
  ESP1112: {
    severity: 'error',
    title: 'fixed size on a factored axis',
    message: (p: { axis: string; factors: string }) => `\`${p.axis}\` gets its size from its factors \`${p.factors}\``,
    help: () => 'fix the size of a factor instead',
    explain:
      'A factored axis has the product of the sizes of its factors. A second size would either say the same or contradict.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = quad(16) * lane, quad = a * b(2)\n  entry e(W: f32[out, in], x: f32[lane]) {\n    return m: max[in](W), x: x * 2\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane, quad = a(8) * b(2)\n  entry e(W: f32[out, in], x: f32[lane]) {\n    return m: max[in](W), x: x * 2\n  }\n}',
    },
  },
  ESP1113: {
    severity: 'error',
    title: 'two sizes for one axis',
    message: (p: { axis: string; first: string; second: string }) =>
      `\`${p.axis}\` has the size ${p.first}, and here ${p.second}`,
    explain: 'An axis has one size wherever its name appears.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = quad * lane(4), out = tile * lane(8)\n  entry e(W: f32[in], V: f32[out]) {\n    return a: max[lane](W), b: max[lane](V)\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane(4), out = tile * row(8)\n  entry e(W: f32[in], V: f32[out]) {\n    return a: max[lane](W), b: max[row](V)\n  }\n}',
    },
  },
  ESP1114: {
    severity: 'error',
    title: 'axis factored too finely',
    message: (p: { axis: string; levels: number; factors: number }) =>
      `\`${p.axis}\` has more than ${p.factors} factors, or factors more than ${p.levels} levels deep`,
    explain: 'Factoring describes how a dimension is laid out. No layout needs more than a handful of factors.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = a(2) * b(2) * c(2) * d(2) * e(2) * f(2) * g(2) * h(2) * i\n  entry e(W: f32[in]) {\n    return m: max[in](W)\n  }\n}',
      right: 'policy p {\n  axes in = a(64) * b(4) * i\n  entry e(W: f32[in]) {\n    return m: max[b](W)\n  }\n}',
    },
  },
})
