/** Exact scalars of the host: parameters, budgets, expressions. */
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { keptCount, type Budget } from '../../../abi/budget.ts'
import { EspalierError } from '../../../abi/espalier-error.ts'
import type { ParamSpec, ScalarExpr } from '../../../abi/manifest.ts'
import { defaultParams, parseParam, parseParams, type ParamValue } from '../../../abi/params.ts'
import { rational, toNumber, toText } from '../../../abi/rational.ts'
import { evaluateScalars, kernelNumber, scalarValue, type ScalarScope } from '../../../abi/scalar-expr.ts'
import { toDouble } from '../../../abi/scalar-ops.ts'

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof EspalierError) return error.code
    throw error
  }
  return 'none'
}

const spec = (type: ParamSpec['type']): ParamSpec => ({
  name: 'p',
  doc: null,
  type,
  default: null,
  choices: ['exact', 'reference'],
})
const text = (value: ParamValue): string => (typeof value === 'object' ? toText(value) : String(value))

describe('parameters', () => {
  test.each<[ParamSpec['type'], unknown, string]>([
    ['ratio', 0.7, '7/10'],
    ['ratio', 0.1 + 0.2, '7500000000000001/25000000000000000'],
    ['ratio', '70%', '7/10'],
    ['ratio', '7/10', '7/10'],
    ['ratio', 1, '1'],
    ['ratio', 0, '0'],
    ['count', 3, '3'],
    ['count', 3n, '3'],
    ['count', '0', '0'],
    ['int', -4, '-4'],
    ['real', '1e-4', '0.0001'],
    ['real', Infinity, 'Infinity'],
    ['bool', 'true', 'true'],
    ['bool', false, 'false'],
    ['choice', 'exact', 'exact'],
  ])('%s %s', (type, input, expected) => {
    expect(text(parseParam(spec(type), input))).toBe(expected)
  })

  test.each<[ParamSpec['type'], unknown, string]>([
    ['ratio', 1.2, 'ESP4107'],
    ['ratio', '120%', 'ESP4107'],
    ['ratio', -0.001, 'ESP4107'],
    ['ratio', NaN, 'ESP4106'],
    ['ratio', Infinity, 'ESP4106'],
    ['ratio', 'most', 'ESP4106'],
    ['ratio', true, 'ESP4106'],
    ['count', -1, 'ESP4108'],
    ['count', 1.5, 'ESP4108'],
    ['count', NaN, 'ESP4106'],
    ['count', null, 'ESP4106'],
    ['int', 0.5, 'ESP4106'],
    ['real', NaN, 'ESP4106'],
    ['real', {}, 'ESP4106'],
    ['bool', 1, 'ESP4106'],
    ['choice', 'exakt', 'ESP4109'],
    ['choice', 0, 'ESP4109'],
  ])('%s is not %s', (type, input, code) => {
    expect(codeOf(() => parseParam(spec(type), input))).toBe(code)
  })

  test('names are checked, undefined is not given', () => {
    expect(parseParams([spec('ratio')], { p: undefined }, 'x').size).toBe(0)
    expect(codeOf(() => parseParams([spec('ratio')], { q: undefined }, 'x'))).toBe('ESP4104')
    expect(defaultParams([{ ...spec('count'), default: '4' }, spec('int')])).toEqual(new Map([['p', rational(4)]]))
  })
})

const budget = (fields: Partial<Budget>): Budget => ({
  mode: 'keep',
  round: 'down',
  amount: rational(1, 2),
  amountIs: 'ratio',
  extent: rational(5),
  atLeast: null,
  multipleOf: null,
  ...fields,
})
const kept = (fields: Partial<Budget>): number => toNumber(keptCount(budget(fields)))

describe('budgets', () => {
  test('ratios are exact decimals', () => {
    expect(kept({ mode: 'drop', amount: rational(9, 10), extent: rational(100) })).toBe(10)
    expect(kept({ mode: 'drop', amount: rational(7, 10), extent: rational(128) })).toBe(39)
    expect(kept({ amount: rational(3, 10), extent: rational(10) })).toBe(3)
  })

  test('rounding is of the named quantity', () => {
    const of = (mode: 'keep' | 'drop'): number[] =>
      (['down', 'up', 'nearest', 'even'] as const).map((round) => kept({ mode, round }))
    expect(of('keep')).toEqual([2, 3, 3, 2])
    expect(of('drop')).toEqual([3, 2, 2, 3])
  })

  test('counts, at least, multiple of, and the extent last', () => {
    expect(kept({ amount: rational(2), amountIs: 'count' })).toBe(2)
    expect(kept({ amount: rational(2), amountIs: 'count', mode: 'drop' })).toBe(3)
    expect(kept({ amount: rational(9), amountIs: 'count', mode: 'drop' })).toBe(0)
    expect(kept({ amount: rational(1), amountIs: 'count' })).toBe(1)
    expect(kept({ amount: rational(1), amountIs: 'ratio' })).toBe(5)
    expect(kept({ atLeast: rational(4) })).toBe(4)
    expect(kept({ multipleOf: rational(4) })).toBe(4)
    expect(kept({ atLeast: rational(5), multipleOf: rational(4) })).toBe(5)
    expect(kept({ extent: rational(0), atLeast: rational(3) })).toBe(0)
  })

  test('amounts outside their range', () => {
    expect(codeOf(() => kept({ amount: rational(11, 10) }))).toBe('ESP4107')
    expect(codeOf(() => kept({ amount: rational(-1, 10) }))).toBe('ESP4107')
    expect(codeOf(() => kept({ amount: rational(-1), amountIs: 'count' }))).toBe('ESP4108')
    expect(codeOf(() => kept({ amount: rational(1, 2), amountIs: 'count' }))).toBe('ESP4108')
    expect(codeOf(() => kept({ atLeast: rational(-1) }))).toBe('ESP4108')
  })

  test('keep and drop share everything out, and stay inside the extent', () => {
    const amounts = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 5000 }))
    fc.assert(
      fc.property(amounts, ([permille, n]) => {
        const amount = rational(permille, 1000)
        const extent = rational(n)
        expect(kept({ amount, extent }) + kept({ amount, extent, mode: 'drop' })).toBe(n)
        expect(kept({ amount, extent })).toBe(Number((BigInt(permille) * BigInt(n)) / 1000n))
      }),
    )
  })
})

const scope: ScalarScope = {
  param: (name) => (name === 'r' ? { type: 'ratio', value: rational(1) } : { type: 'count', value: rational(1) }),
  extent: (axis) => (axis === 'later' ? undefined : 8),
  kept: () => 3,
}
const int = (value: number): ScalarExpr => ({ op: 'literal', type: 'int', value: String(value) })
const last = (exprs: readonly ScalarExpr[]): unknown => {
  const value = scalarValue(evaluateScalars(exprs, scope), exprs.length - 1)
  return typeof value === 'object' ? toText(value) : value
}
const apply = (op: string, ...operands: ScalarExpr[]): unknown => last([...operands, { op, args: operands.map((_, i) => i) }])

describe('expressions', () => {
  const half: ScalarExpr = { op: 'literal', type: 'ratio', value: '1/2' }
  const real: ScalarExpr = { op: 'literal', type: 'real', value: '2.25' }

  test.each<[string, ScalarExpr[], unknown]>([
    ['add', [half, half], '1'],
    ['div', [int(7), int(2)], '7/2'],
    ['floordiv', [int(-7), int(2)], '-4'],
    ['rem', [int(-7), int(2)], '-1'],
    ['pow', [half, int(2)], '1/4'],
    ['pow', [int(4), half], 2],
    ['sqrt', [real], 1.5],
    ['sqrt', [int(16)], 4],
    ['mul', [real, half], 1.125],
    ['floor', [real], '2'],
    ['round', [{ op: 'literal', type: 'ratio', value: '5/2' }], '2'],
    ['round', [{ op: 'literal', type: 'real', value: '3.5' }], '4'],
    ['round', [{ op: 'literal', type: 'real', value: '-2.5' }], '-2'],
    ['ceil', [half], '1'],
    ['convert_int', [real], '2'],
    ['convert_real', [half], 0.5],
    ['lt', [half, real], true],
    ['eq', [half, half], true],
    ['not', [{ op: 'literal', type: 'bool', value: 'true' }], false],
    [
      'and',
      [
        { op: 'literal', type: 'bool', value: 'true' },
        { op: 'literal', type: 'bool', value: 'false' },
      ],
      false,
    ],
    ['max', [int(3), half], '3'],
    ['isnan', [{ op: 'literal', type: 'real', value: 'nan' }], true],
  ])('%s', (op, operands, expected) => {
    expect(apply(op, ...operands)).toBe(expected)
  })

  test('the kind of the amount decides what a budget without a unit means', () => {
    const of = (name: string): unknown =>
      last([
        { op: 'param', name },
        { op: 'size', axis: 'x' },
        { op: 'budget', mode: 'keep', round: 'down', amount: 0, extent: 1, atLeast: null, multipleOf: null },
      ])
    expect([of('r'), of('n')]).toEqual(['8', '1'])
  })

  test('what depends on a later count waits for it', () => {
    const exprs: ScalarExpr[] = [{ op: 'size', axis: 'later' }, int(2), { op: 'mul', args: [0, 1] }, int(5)]
    const early = evaluateScalars(exprs, scope)
    expect(early.map((slot) => slot === undefined)).toEqual([true, false, true, false])
    const late = evaluateScalars(exprs, { ...scope, extent: () => 6 }, early)
    expect(toDouble(scalarValue(late, 2))).toBe(12)
    expect(codeOf(() => scalarValue(early, 2))).toBe('ESP4001')
  })

  test('a number without a value fails where it is used, and not in the branch that is not taken', () => {
    const exprs: ScalarExpr[] = [
      int(1),
      int(0),
      { op: 'div', args: [0, 1] },
      { op: 'gt', args: [1, 0] },
      { op: 'select', args: [3, 2, 0] },
    ]
    expect(last(exprs)).toBe('1')
    expect(codeOf(() => last(exprs.slice(0, 3)))).toBe('ESP4401')
    expect(codeOf(() => apply('floor', { op: 'literal', type: 'real', value: 'inf' }))).toBe('ESP4401')
    expect(codeOf(() => apply('pow', int(0), int(-1)))).toBe('ESP4401')
    expect(codeOf(() => apply('frobnicate', int(0)))).toBe('ESP4001')
  })

  test('kernel arguments', () => {
    expect(kernelNumber(rational(2 ** 40), 'i32')).toBe(2 ** 31 - 1)
    expect(kernelNumber(rational(-5), 'u32')).toBe(0)
    expect(kernelNumber(rational(1, 10), 'f32')).toBe(Math.fround(0.1))
    expect(kernelNumber(true, 'i32')).toBe(1)
    expect(codeOf(() => kernelNumber(rational(1, 2), 'i32'))).toBe('ESP4402')
    expect(codeOf(() => kernelNumber(NaN, 'i32'))).toBe('ESP4402')
  })

  test('kept elements of a packed input', () => {
    expect(last([{ op: 'kept', input: 'K' }])).toBe('3')
  })
})
