/** Diagnostics ESP1225 and ESP125x: values of several parts, positions along axes, segments. */
import { defineDiagnostics } from '../../define.ts'

const reads = (position: string): string =>
  `policy p {\n  entry e(X: f32[row, in], at: i32[row]) {\n    return y: X[in = ${position}], at\n  }\n}`

const cells = (name: string, otherwise: string): string =>
  `policy p {\n  axes cell(4)\n  entry e(X: f32[token], at: i32[token]) {\n    return y: ${name}[token -> cell](X, at${otherwise})\n  }\n}`

export const positions = defineDiagnostics({
  ESP1250: {
    severity: 'error',
    title: 'position that is no whole number',
    message: (p: { axis: string; found: string }) =>
      `a position along \`${p.axis}\` is a whole number, or a tensor of integers, and this is ${p.found}`,
    help: () => 'round it first: `i32(floor(x))`',
    explain:
      'Elements of an axis are counted from 0. A number with a fraction lies between two of them, and which of the two is meant must be said.',
    example: { kind: 'policy', wrong: reads('f32(at)'), right: reads('at') },
  },
  ESP1251: {
    severity: 'error',
    title: 'position that is never there',
    message: (p: { axis: string; found: string; size: string | null }) =>
      p.size === null
        ? `${p.found} is no position along \`${p.axis}\`: positions start at 0`
        : `${p.found} is no position along \`${p.axis}\`, which has ${p.size} elements, the first at 0`,
    help: (p) =>
      p.found.startsWith('-')
        ? `count from the end with \`size(${p.axis}) - ${p.found.slice(1)}\``
        : 'the last position is the size less 1',
    explain: 'A number that is written in the policy and is no position of the axis would always read 0.',
    example: { kind: 'policy', wrong: reads('-1'), right: reads('size(in) - 1') },
  },
  ESP1252: {
    severity: 'error',
    title: 'function without a meaning over cells',
    message: (p: { name: string; known: string }) => `\`${p.name}\` is not computed into cells; \`${p.known}\` are`,
    explain:
      'Functions over `[token -> cell]` combine what goes to each position of an axis, one element after the other. Only those for which the order makes no difference are there.',
    example: { kind: 'policy', wrong: cells('softmax', ''), right: cells('sum', '') },
  },
  ESP1253: {
    severity: 'error',
    title: 'no value for a cell without elements',
    message: (p: { name: string }) => `\`${p.name}\` has no value where nothing goes to a cell`,
    help: (p) => `say what it is then: \`${p.name}[… -> …](…, … else 0)\``,
    explain:
      'Which cells get elements depends on the positions, so any of them may get none. Nothing has no largest element and no mean: `else` says what to put there.',
    example: { kind: 'policy', wrong: cells('max', ''), right: cells('max', ' else 0') },
  },
})
