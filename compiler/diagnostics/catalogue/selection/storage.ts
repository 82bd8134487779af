/** Diagnostics ESP21xx: `pack`, `compact`, `unpack`, packed inputs. */
import { defineDiagnostics } from '../../define.ts'

export const storage = defineDiagnostics({
  ESP2101: {
    severity: 'error',
    title: 'mask is not n of m',
    message: (p: { n: number; m: number; why: string }) =>
      `nm(${p.n}, ${p.m}) needs a mask that keeps exactly ${p.n} of every ${p.m}; this one ${p.why}`,
    help: (p) => `factor the axis, \`axes in = groups * lane(${p.m})\`, and \`keep ${p.n} of lane by …\``,
    explain:
      'In an n:m tensor every group of m has room for exactly n elements. That must follow from how the mask was made: a selection of n over a factor of fixed size m, with ties broken by position, no candidates and nothing added afterwards.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return W: pack W by (keep 3 of lane by abs(W)) as nm(2, 4)\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return W: pack W by (keep 2 of lane by abs(W)) as nm(2, 4)\n  }\n}',
    },
  },
  ESP2102: {
    severity: 'error',
    title: 'mask with an axis that the value lacks',
    message: (p: { action: 'pack' | 'compact'; extra: string; found: string }) =>
      `the mask varies along ${p.extra}, and the value to ${p.action} has ${p.found}`,
    help: (p) => `make the mask without ${p.extra}: reduce its score over that axis`,
    explain:
      'Each element of the value is kept or not, once. A mask with further axes says so several times, and perhaps differently.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(K: f16[kv, token, channel], w: f32[channel]) {\n    return w: pack w by (keep 50% of channel by abs(K) * w) as indices\n  }\n}',
      right:
        'policy p {\n  entry e(K: f16[kv, token, channel], w: f32[channel]) {\n    return w: pack w by (keep 50% of channel by sum[kv, token](abs(K)) * w) as indices\n  }\n}',
    },
  },
  ESP2103: {
    severity: 'error',
    title: 'wrong kind of value to pack or unpack',
    message: (p: { action: string; found: string }) => `${p.found} cannot be ${p.action}`,
    help: () => 'only dense tensors with axes are packed and compacted',
    explain: 'Packing and compacting move the kept elements of a dense tensor together. Only packed tensors are unpacked.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(K: f16[token, channel]) {\n    return K: unpack K\n  }\n}',
      right: 'policy p {\n  entry e(K: bitmap(64) f16[token, channel]) {\n    return K: unpack K\n  }\n}',
    },
  },
  ESP2104: {
    severity: 'error',
    title: 'compacting along several axes',
    message: (p: { axes: string }) => `\`compact\` moves entries together along one axis, and this mask decides over ${p.axes}`,
    help: () => 'select over one factor, or do not name the factors of the axis in this entry',
    explain:
      'Entries of one axis move together, and the others stay what they are. An axis that the entry sees as its factors is several axes, and what is kept of them leaves holes of all shapes; `pack` stores those.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return W: compact W by (keep 50% of (quad, lane) by abs(W)) as kept\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return W: compact W by (keep 50% of quad by sum[lane](abs(W))) as kept\n  }\n}',
    },
  },
  ESP2110: {
    severity: 'error',
    title: 'packed input returned as it is',
    message: (p: { name: string }) => `\`${p.name}\` would be the packed input itself`,
    help: (p) => `leave it out, since the caller has it, or return it dense: \`${p.name}: unpack …\``,
    explain:
      'A packed output is assembled by the entry that returns it, from a `pack`. Copying a packed tensor from input to output does nothing that its caller could not do by keeping it.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(K: bitmap(64) f16[token, channel]) {\n    return K\n  }\n}',
      right: 'policy p {\n  entry e(K: bitmap(64) f16[token, channel]) {\n    return K: unpack K\n  }\n}',
    },
  },
  ESP2109: {
    severity: 'error',
    title: 'packed input over an axis of another size',
    message: (p: { name: string; axis: string; m: number }) =>
      `\`${p.name}\` is packed in groups of ${p.m}, and \`${p.axis}\` has no fixed size of ${p.m}`,
    help: (p) => `factor the axis of \`${p.name}\`: \`axes in = groups * lane(${p.m})\``,
    explain:
      'The groups of an n:m tensor are the innermost factor of its last axis; a block is the innermost factors of its last two.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: nm(2, 4) f16[out, in]) {\n    return W: unpack W\n  }\n}',
      right: 'policy p {\n  axes in = quad * lane(4)\n  entry e(W: nm(2, 4) f16[out, in]) {\n    return W: unpack W\n  }\n}',
    },
  },
  ESP2111: {
    severity: 'error',
    title: 'mask is not constant on blocks',
    message: (p: { r: number; c: number; why: string }) =>
      `block(${p.r}, ${p.c}) needs a mask over blocks of ${p.r} by ${p.c}; this one ${p.why}`,
    help: (p) =>
      `factor both axes, \`axes out = ob * r(${p.r}), in = ib * c(${p.c})\`, and reduce the score over \`r\` and \`c\` before selecting`,
    explain:
      'Blocks are kept or dropped whole, and that must follow from how the mask was made: it has every axis of the value but two, whose fixed sizes are r and c.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes out = ob * r(2), in = ib * c(2)\n  entry e(W: f32[out, in]) {\n    return W: pack W by (keep 50% of ib by abs(W)) as block(2, 2)\n  }\n}',
      right:
        'policy p {\n  axes out = ob * r(2), in = ib * c(2)\n  entry e(W: f32[out, in]) {\n    return W: pack W by (keep 50% of ib by sum[r, c](abs(W))) as block(2, 2)\n  }\n}',
    },
  },
  ESP2112: {
    severity: 'error',
    title: 'packed over an axis that the tensor lacks',
    message: (p: { name: string; axis: string; axes: string }) =>
      `\`${p.name}\` is packed over \`${p.axis}\`, and it has ${p.axes}`,
    help: (p) => `name an axis of \`${p.name}\``,
    explain: 'A packed row runs along axes of the tensor that is packed.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(K: bitmap(64) over in f16[token, channel]) {\n    return K: unpack K\n  }\n}',
      right: 'policy p {\n  entry e(K: bitmap(64) over token f16[token, channel]) {\n    return K: unpack K\n  }\n}',
    },
  },
})
