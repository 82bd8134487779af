/** Diagnostics ESP1225 and ESP125x: values of several parts, positions along axes, segments. */
import { defineDiagnostics } from '../../define.ts'

const reads = (position: string): string =>
  `policy p {\n  entry e(X: f32[row, in], at: i32[row]) {\n    return y: X[in = ${position}], at\n  }\n}`

const cells = (name: string, otherwise: string): string =>
  `policy p {\n  axes cell(4)\n  entry e(X: f32[token], at: i32[token]) {\n    return y: ${name}[token -> cell](X, at${otherwise})\n  }\n}`

const joins = (result: string): string =>
  `policy p {\n  axes a2 = a\n  entry e(X: f32[a], Y: f32[b]) {\n    p = join[a | b](X, Y)\n    return y: ${result}\n  }\n}`

export const positions = defineDiagnostics({
  ESP1225: {
    severity: 'error',
    title: 'several parts where one value is meant',
    message: (p: { found: string; part: string }) => `one value is meant here, and this is ${p.found}`,
    help: (p) => `take one of them: \`.${p.part}\``,
    explain:
      'Joined values, joint selections and iterations give several values under one name. Arithmetic on joined values and functions over joined axes take them as they are; everything else works on one part.',
    example: { kind: 'policy', wrong: joins('p'), right: joins('p.a') },
  },
  ESP1254: {
    severity: 'error',
    title: 'joined axes that differ',
    message: (p: { found: string; wanted: string }) => `this is over \`${p.found}\`, and \`${p.wanted}\` is meant`,
    help: (p) => `join it first: \`join[${p.wanted}](…)\``,
    explain:
      'Functions over joined axes go over exactly the parts that were joined, and arithmetic combines parts along the same axis. What has one of the axes itself belongs to one part and cannot go to all.',
    example: { kind: 'policy', wrong: joins('sum[b | a2](p)'), right: joins('sum[a | b](p)') },
  },
  ESP1255: {
    severity: 'error',
    title: 'function without a meaning over joined axes',
    message: (p: { name: string; known: string }) => `\`${p.name}\` does not go over joined axes; \`${p.known}\` do`,
    help: () => 'apply it to the parts',
    explain:
      'A joined value is no tensor: its parts stay where they are. Functions that combine results of the parts can go over it.',
    example: { kind: 'policy', wrong: joins('cumsum[a | b](p)'), right: joins('sum[a | b](p)') },
  },
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
