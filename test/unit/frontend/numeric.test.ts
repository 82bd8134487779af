/** What bit functions, random numbers and linear algebra refuse, and what host numbers are folded to. */
import { describe, expect, test } from 'vitest'
import { check, checkedModule, entryOf } from '../../support/check-policy.ts'

const entry = (result: string, inputs = 'x: f32[row, col], n: u8[row], m: bool[row], A: f32[a, b], y: f32[a]'): string =>
  `policy p(k: count = 3, r: real = 0.5) {\n  axes quads = q * lane(4)\n  axes four(4)\n  axes five(5)\n  entry e(${inputs}) { return out: ${result} }\n}`
const first = (result: string, inputs?: string): string => {
  const [one] = check(entry(result, inputs)).diagnostics.filter((each) => each.severity === 'error')
  return one === undefined ? 'nothing' : `${one.code}: ${one.message}`
}

describe('refused', () => {
  test.each([
    ['bitand(x, 3)', 'ESP1241: `bitand` works on the bits of whole numbers, and this is f32[row, col]'],
    ['bitor(n, m)', 'ESP1241: `bitor` works on the bits of whole numbers, and this is bool[row]'],
    ['shl(n, r)', 'ESP1241: `shl` works on the bits of whole numbers, and this is a number'],
    ['popcount(70%)', 'ESP1241: `popcount` works on the bits of whole numbers, and this is a ratio'],
    ['bitand(n, i32(n))', 'ESP1204: signed and unsigned integers do not mix: convert one of them'],
    ['bitnot(n, n)', 'ESP1008: '],
    ['uniform(k)', 'ESP1009: '],
    ['uniform[row]()', 'ESP1008: '],
    ['uniform[row](k, 1, 2)', 'ESP1008: '],
    ['uniform[row](r)', 'ESP1241: '],
    ['uniform[row](n)', 'ESP1204: a seed is a whole number or an integer tensor without axes, and this is u8[row]'],
    ['normal[row](k) else 0', 'ESP0'],
    ['normal[row](k else 0)', 'ESP1215: '],
    ['uniform[nowhere](k)', 'ESP1101: '],
    ['cholesky(A)', 'ESP1009: '],
    ['cholesky[a](A)', 'ESP1009: '],
    ['cholesky[a, a](A)', 'ESP1102: '],
    ['cholesky[a, b](A, y)', 'ESP1008: '],
    ['cholesky[row, col](A)', 'ESP1104: '],
    ['cholesky[a, b](A > 0)', 'ESP1201: '],
    ['solve_lower[a, b](A, x)', 'ESP1104: '],
    ['solve_lower[b, a](A, y)', 'ESP1104: '],
    ['lstsq[a, b](A, A)', 'ESP1204: '],
    ['eigh_values[a, b](A else 0)', 'ESP1215: '],
  ])('%s', (result, expected) => {
    expect(first(result)).toMatch(expected)
  })
  test('axes of several factors, and sizes that cannot agree', () => {
    expect(first('cholesky[quads, a](z)', 'z: f32[q, lane, a], w: f32[lane]')).toMatch('ESP1108: ')
    expect(first('cholesky[four, five](z)', 'z: f32[four, five]')).toMatch('ESP1107: ')
  })
})

test('both functions of one matrix are one computation after common subexpressions', () => {
  const func = entryOf(checkedModule(entry('eigh_values[a, b](A) + sum[a](eigh_vectors[a, b](A))')), 'e')
  const made = func.body.nodes.filter((node) => node.op === 'eigh')
  expect(made.map((node) => [node.operands, node.attrs])).toEqual([made[0], made[0]].map((node) => [node?.operands, node?.attrs]))
})
