/** Type rules and meaning of reductions, scans and windows. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { decompose } from '../../../compiler/passes/decompose.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'
import { evaluateModule, evaluateText, flatten, moduleOf, nested, tensorOf, type Nested } from '../../support/evaluate-text.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number

const reduce = (kind: string, x: number[], options: { where?: number[]; otherwise?: number; dtype?: string } = {}): unknown => {
  const { where, otherwise, dtype = 'f32' } = options
  const operands = `%0, ${where ? '%1' : '_'}, ${otherwise === undefined ? '_' : '%2'}`
  const kindOf = dtype === 'f32' && !kind.startsWith('arg') ? 'real' : 'int'
  const text = `entry e(%0 x: ${dtype}[x] input, %1 m: bool[x] input, %2 o: ${kindOf} param) axes(x) {
    %3 = reduce(${operands}) {axes = ["x"], kind = "${kind}"}
    return out = %3
  }`
  const n = x.length
  const m = tensorOf('bool', ['x'], where ?? x.map(() => 1), [n])
  return evaluateText(text, { x: tensorOf(dtype as 'f32', ['x'], x, [n]), m, o: otherwise ?? 0 })['out']
}

describe('reduce', () => {
  test.each<[string, number, number]>([
    ['sum', 0, 0],
    ['product', 1, 1],
    ['max', -inf, -0x80000000],
    ['min', inf, 0x7fffffff],
    ['argmax', -1, -1],
    ['argmin', -1, -1],
  ])('%s of nothing', (kind, float, integer) => {
    expect(reduce(kind, [])).toBe(float)
    expect(reduce(kind, [4, nan], { where: [0, 0] })).toBe(float)
    expect(reduce(kind, [4, 5], { where: [0, 0], dtype: 'i32' })).toBe(integer)
    expect(reduce(kind, [4, 5], { where: [0, 0], otherwise: 7 })).toBe(7)
    expect(reduce(kind, [4, 5], { where: [0, 1], otherwise: 7 })).toBe(kind.startsWith('arg') ? 1 : 5)
    expect(reduce(kind, [], { otherwise: 7 })).toBe(7)
  })
  test('masks', () => {
    expect(reduce('any', [], { dtype: 'bool' })).toBe(0)
    expect(reduce('all', [], { dtype: 'bool' })).toBe(1)
    expect(reduce('count', [], { dtype: 'bool' })).toBe(0)
    expect(reduce('any', [0, 1], { dtype: 'bool' })).toBe(1)
    expect(reduce('all', [0, 1], { dtype: 'bool' })).toBe(0)
    expect(reduce('all', [0, 1], { dtype: 'bool', where: [0, 1] })).toBe(1)
    expect(reduce('count', [1, 0, 1, 1], { dtype: 'bool', where: [1, 1, 1, 0] })).toBe(2)
    expect(reduce('sum', [1, 0, 1], { dtype: 'bool' })).toBe(2)
  })
  test('NaN wins in max and min, and loses in argmax and argmin', () => {
    expect(reduce('max', [1, nan, 2])).toBe(nan)
    expect(reduce('min', [nan, 1])).toBe(nan)
    expect(reduce('max', [1, nan, 2], { where: [1, 0, 1] })).toBe(2)
    expect(reduce('argmax', [nan, 1, 3, 3])).toBe(2)
    expect(reduce('argmin', [nan, 1, 0, 0, nan])).toBe(2)
    expect(reduce('argmax', [nan, nan])).toBe(0)
    expect(reduce('argmax', [nan, nan], { where: [0, 1] })).toBe(1)
    expect(reduce('argmax', [-inf, nan])).toBe(0)
    expect(reduce('argmax', [nan, -inf])).toBe(1)
  })
  test('integers wrap', () => {
    expect(reduce('sum', [0x7fffffff, 1], { dtype: 'i32' })).toBe(-0x80000000)
    expect(reduce('sum', [0xffffffff, 2], { dtype: 'u32' })).toBe(1)
    expect(reduce('product', [65537, 65537], { dtype: 'i32' })).toBe(131073)
    expect(reduce('max', [0, 3], { dtype: 'u32', where: [0, 0] })).toBe(0)
    expect(reduce('min', [5, 3], { dtype: 'u32', where: [0, 0] })).toBe(0xffffffff)
  })

  const x = [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [
      [7, 8, 9],
      [9, 1, 2],
    ],
  ]
  const over = (axes: string[], kind: string): unknown =>
    evaluateText(
      `entry e(%0 x: f32[a, b, c] input) axes(a, b, c) { %1 = reduce(%0, _, _) {axes = ${JSON.stringify(axes)}, kind = "${kind}"} return out = %1 }`,
      { x },
    )['out']
  test('over any axes', () => {
    expect(over(['c'], 'sum')).toEqual([
      [6, 15],
      [24, 12],
    ])
    expect(over(['b'], 'sum')).toEqual([
      [5, 7, 9],
      [16, 9, 11],
    ])
    expect(over(['a'], 'sum')).toEqual([
      [8, 10, 12],
      [13, 6, 8],
    ])
    expect(over(['a', 'c'], 'sum')).toEqual([30, 27])
    expect(over(['a', 'b', 'c'], 'sum')).toBe(57)
    expect(over(['a', 'c'], 'max')).toEqual([9, 9])
  })
  test('argmax is a position in the reduced axes, in the order of x', () => {
    expect(over(['b', 'c'], 'argmax')).toEqual([5, 2])
    expect(over(['c', 'b'], 'argmax')).toEqual([5, 2])
    expect(over(['a', 'c'], 'argmax')).toEqual([5, 3])
  })
  test('a domain may have axes that x lacks', () => {
    const text = `entry e(%0 x: f32[t] input, %1 m: bool[q, t] input) axes(q, t) {
      %2 = reduce(%0, %1, _) {axes = ["t"], kind = "sum"}
      return out = %2
    }`
    expect(
      evaluateText(text, {
        x: [1, 2, 4],
        m: [
          [1, 0, 1],
          [0, 0, 0],
        ],
      })['out'],
    ).toEqual([5, 0])
  })
  test('type problems speak of masks and axes', () => {
    const infer = (axes: string[], kind: string, axesOf = ['a']): unknown =>
      ops.reduce.infer([{ kind: 'tensor', dtype: 'f32', axes: axesOf }, null, null], { axes, kind })
    expect(infer(['b'], 'sum')).toMatchObject({ problem: 'f32[a] has no axis `b`' })
    expect(infer(['a'], 'any')).toMatchObject({
      problem: '`any` is about a mask, and this is f32[a]: compare it with something first',
    })
    expect(infer([], 'sum')).toMatchObject({ problem: 'no axis is named to reduce over' })
    expect(infer(['a', 'a'], 'sum')).toMatchObject({ problem: 'an axis is named twice in `a`, `a`' })
  })
})

const statistic = (op: string, attrs: string, operands: string): string =>
  `entry e(%0 x: f32[a, b] input, %1 m: bool[a, b] input, %2 o: f32[a] input, %3 q: bool[c, b] input) axes(a, b, c) {
    %4 = ${op}(${operands}) {axes = ["b"]${attrs}}
    return out = %4
  }`

const given = (
  x: Nested,
  m: Nested = [
    [1, 1, 1],
    [0, 0, 0],
  ],
): Record<string, Nested> => ({
  x,
  m,
  o: [-5, -6],
  q: [
    [1, 0, 1],
    [0, 0, 0],
  ],
})

describe('statistics', () => {
  const x = [
    [1, 2, 6],
    [nan, 4, 4],
  ]
  const run = (op: string, attrs: string, operands: string, values: Nested = x): unknown =>
    evaluateText(statistic(op, attrs, operands), given(values))['out']
  test('mean and variance', () => {
    expect(run('mean', '', '%0, _, _')).toEqual([3, nan])
    expect(run('mean', '', '%0, %1, _')).toEqual([3, 0])
    expect(run('mean', '', '%0, %1, %2')).toEqual([3, -6])
    expect(run('variance', ', ddof = 0', '%0, %1, _')).toEqual([14 / 3, 0])
    expect(run('variance', ', ddof = 1', '%0, %1, %2')).toEqual([7, -6])
  })
  test('norm, logsumexp and softmax', () => {
    expect(
      run('norm', '', '%0, %1, _', [
        [3, 4, 0],
        [1, 1, 1],
      ]),
    ).toEqual([5, 0])
    expect(
      run('logsumexp', '', '%0, %1, _', [
        [0, 0, 0],
        [1, 1, 1],
      ]),
    ).toEqual([Math.log(3), -inf])
    expect(
      run('logsumexp', '', '%0, _, _', [
        [1000, -inf, -inf],
        [-inf, -inf, -inf],
      ]),
    ).toEqual([1000, -inf])
    expect(
      run('softmax', '', '%0, %1', [
        [0, 0, -inf],
        [1, 1, 1],
      ]),
    ).toEqual([
      [0.5, 0.5, 0],
      [0, 0, 0],
    ])
    expect(
      run('softmax', '', '%0, _', [
        [-inf, -inf, -inf],
        [1e4, 1e4, 1e4],
      ]),
    ).toEqual([
      [0, 0, 0],
      [1 / 3, 1 / 3, 1 / 3],
    ])
  })
  test('a domain with more axes than x', () => {
    // axes a, b, c: those of x first
    expect(
      run('softmax', '', '%0, %3', [
        [0, 7, 0],
        [0, 1, 0],
      ]),
    ).toEqual([
      [
        [0.5, 0],
        [0, 0],
        [0.5, 0],
      ],
      [
        [0.5, 0],
        [0, 0],
        [0.5, 0],
      ],
    ])
  })

  const operandChoices: Readonly<Record<string, readonly string[]>> = {
    mean: ['%0, _, _', '%0, %1, _', '%0, %1, %2', '%0, %3, _'],
    variance: ['%0, _, _', '%0, %1, _', '%0, %1, %2', '%0, %3, _'],
    norm: ['%0, _, _', '%0, %1, _', '%0, %1, %2', '%0, %3, _'],
    logsumexp: ['%0, _, _', '%0, %1, _', '%0, %1, %2', '%0, %3, _'],
    softmax: ['%0, _', '%0, %1', '%0, %3'],
  }
  const element = fc.oneof(
    fc.constantFrom(nan, inf, -inf, 0, -0),
    fc.integer({ min: -20, max: 20 }).map((n) => n / 4),
  )
  const close = (a: number, b: number): boolean =>
    Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a))

  test.each(Object.keys(operandChoices))('%s means what its expansion computes', (op) => {
    for (const operands of operandChoices[op] ?? []) {
      for (const attrs of op === 'variance' ? [', ddof = 0', ', ddof = 1'] : ['']) {
        const module = moduleOf(statistic(op, attrs, operands))
        const expanded = runPipeline(module, [decompose], { ops, verify: 'roundtrip' }).module
        expect(expanded.funcs[0]?.body.nodes.map((node) => node.op)).not.toContain(op)
        fc.assert(
          fc.property(
            fc.array(element, { minLength: 6, maxLength: 6 }),
            fc.array(fc.constantFrom(0, 1), { minLength: 6, maxLength: 6 }),
            (x, m) => {
              const values = given(nested(x, [2, 3]), nested(m, [2, 3]))
              const [direct, spelled] = [module, expanded].map((each) =>
                flatten(evaluateModule(each, values)['out'] as Nested),
              ) as [number[], number[]]
              expect(direct.length).toBe(spelled.length)
              direct.forEach((value, at) => expect(close(value, spelled[at] as number), `${direct} and ${spelled}`).toBe(true))
            },
          ),
          { numRuns: 40 },
        )
      }
    }
  })

  test('expansions see empty axes', () => {
    const module = moduleOf(statistic('mean', '', '%0, _, _'))
    const expanded = runPipeline(module, [decompose], { ops, verify: 'each' }).module
    const empty = {
      ...given([]),
      x: tensorOf('f32', ['a', 'b'], [], [2, 0]),
      m: tensorOf('bool', ['a', 'b'], [], [2, 0]),
      q: tensorOf('bool', ['c', 'b'], [], [1, 0]),
    }
    expect(evaluateModule(module, empty)['out']).toEqual([0, 0])
    expect(evaluateModule(expanded, empty)['out']).toEqual([0, 0])
  })
})
