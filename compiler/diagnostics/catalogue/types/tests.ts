/** Diagnostics ESP13xx: `test` blocks. */
import { defineDiagnostics } from '../../define.ts'

const policy = 'policy p(k: count = 2) {\n  entry prune(W: f32[out, in]) {\n    return mask: keep k of in by abs(W)\n  }\n}\n'

const layered =
  'policy p {\n  state total: f32[layer, in] = 0\n  entry add(X: f32[in]) {\n    total := total + X\n    return s: sum[layer, in](total)\n  }\n}\n'

export const tests = defineDiagnostics({
  ESP1301: {
    severity: 'error',
    title: 'test names something unknown',
    message: (p: { what: string; name: string }) => `there is no ${p.what} \`${p.name}\``,
    explain:
      'A test sets parameters, calls entries with their inputs, and expects outputs of the last call or states of the policy, all by the names that the policy gives them.',
    example: {
      kind: 'policy',
      wrong: `${policy}test "two of four" for p {\n  prune(W = [[1, -5, 2, 7]])\n  expect msak = [[0, 1, 0, 1]]\n}`,
      right: `${policy}test "two of four" for p {\n  prune(W = [[1, -5, 2, 7]])\n  expect mask = [[0, 1, 0, 1]]\n}`,
    },
  },
  ESP1302: {
    severity: 'error',
    title: 'not a literal',
    message: () => 'a test gives numbers, `true`, `false`, `inf`, `nan`, or nested lists of them',
    explain: 'Tests are data: what goes in and what must come out, written down.',
    example: {
      kind: 'policy',
      wrong: `${policy}test "two of four" for p {\n  prune(W = abs(-5))\n  expect mask = [[0, 1, 0, 1]]\n}`,
      right: `${policy}test "two of four" for p {\n  prune(W = [[1, -5, 2, 7]])\n  expect mask = [[0, 1, 0, 1]]\n}`,
    },
  },
  ESP1303: {
    severity: 'error',
    title: 'tensor of too few dimensions',
    message: (p: { name: string; axes: string; wanted: number; found: number }) =>
      `\`${p.name}\` has the axes ${p.axes}, so it is a list nested ${p.wanted} deep, and this is nested ${p.found} deep`,
    explain: 'One level of brackets per axis, the outermost axis first. More levels than axes map the entry over the extra ones.',
    example: {
      kind: 'policy',
      wrong: `${policy}test "two of four" for p {\n  prune(W = [1, -5, 2, 7])\n  expect mask = [[0, 1, 0, 1]]\n}`,
      right: `${policy}test "two of four" for p {\n  prune(W = [[1, -5, 2, 7]])\n  expect mask = [[0, 1, 0, 1]]\n}`,
    },
  },
  ESP1304: {
    severity: 'error',
    title: 'call without an input',
    message: (p: { entry: string; missing: string }) => `the call of \`${p.entry}\` does not give \`${p.missing}\``,
    explain: 'A call gives every input of its entry.',
    example: {
      kind: 'policy',
      wrong: `${policy}test "two of four" for p {\n  prune(k = 2)\n  expect mask = [[0, 1, 0, 1]]\n}`,
      right: `${policy}test "two of four" for p {\n  prune(W = [[1, -5, 2, 7]], k = 2)\n  expect mask = [[0, 1, 0, 1]]\n}`,
    },
  },
  ESP1305: {
    severity: 'error',
    title: 'test without a policy',
    message: (p: { count: number }) => `this file has ${p.count} policies, so a test must say which one it is for`,
    help: () => 'write `test "…" for NAME { … }`',
    explain: 'In a file with one policy a test is for that one.',
    example: {
      kind: 'policy',
      wrong: `${policy}${policy.replace('policy p(', 'policy q(')}test "two of four" {\n  prune(W = [[1, -5, 2, 7]])\n  expect mask = [[0, 1, 0, 1]]\n}`,
      right: `${policy}test "two of four" {\n  prune(W = [[1, -5, 2, 7]])\n  expect mask = [[0, 1, 0, 1]]\n}`,
    },
  },
  ESP1306: {
    severity: 'error',
    title: 'ragged list',
    message: (p: { found: string; wanted: string }) => `this is ${p.found}, and its neighbours are ${p.wanted}`,
    explain: 'All items of a list have one shape, as the rows of a tensor do.',
    example: {
      kind: 'policy',
      wrong: `${policy}test "two of four" for p {\n  prune(W = [[1, -5, 2, 7], [1, 2]])\n  expect mask = [[0, 1, 0, 1]]\n}`,
      right: `${policy}test "two of four" for p {\n  prune(W = [[1, -5, 2, 7], [1, 2, 3, 4]])\n  expect mask = [[0, 1, 0, 1], [0, 0, 1, 1]]\n}`,
    },
  },
  ESP1307: {
    severity: 'error',
    title: 'size that a test cannot give',
    message: (p: { axis: string; why: string }) => `the size of \`${p.axis}\` ${p.why}`,
    help: () => 'write `size AXIS = N` before the first call, with a whole number, once for each axis',
    explain:
      'A test gives the extents that no input shows, such as the layers of a state. They hold for the instance that the test makes, so they come before its first call. What an input shows, or the policy fixes, must agree with them.',
    example: {
      kind: 'policy',
      wrong: `${layered}test "a layer" for p {\n  add(X = [1, 2])\n  size layer = 3\n}`,
      right: `${layered}test "a layer" for p {\n  size layer = 3\n  add(X = [1, 2])\n}`,
    },
  },
})
