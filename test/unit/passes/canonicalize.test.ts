/** canonicalize means what it was given, bit for bit, and is done when it is done. `.pir` cases are in test/ir/canonicalize. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FuncBuilder, TypeRuleError } from '../../../compiler/ir/builder.ts'
import { EvalError, evaluateFunc } from '../../../compiler/ir/eval.ts'
import type { EvalValue, TensorValue } from '../../../compiler/ir/eval-value.ts'
import type { Attrs, Func, Module, ValueId } from '../../../compiler/ir/node.ts'
import { NONE } from '../../../compiler/ir/op.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { readModule } from '../../../compiler/ir/text/parse.ts'
import { plainAxes, printModule } from '../../../compiler/ir/text/print.ts'
import { scalar, tensor } from '../../../compiler/ir/types.ts'
import { canonicalize } from '../../../compiler/passes/canonicalize.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'

const run = (module: Module): Module => runPipeline(module, [canonicalize], { ops, verify: 'roundtrip' }).module

/** An op to try: `_` among the operands is NONE, `x` a value picked at random. */
const templates: readonly (readonly [string, string, Attrs?])[] = [
  ...'add sub mul div min max and or xor eq lt ge mask'.split(' ').map((op) => [op, 'xx'] as const),
  ...'neg abs not sqrt exp'.split(' ').map((op) => [op, 'x'] as const),
  ['select', 'xxx'],
  ...['f32', 'i32', 'bool', 'f16'].map((to) => ['convert', 'x', { to }] as const),
  ['broadcast', 'x', { axes: ['a', 'b'] }],
  ['broadcast', 'x', { axes: ['b', 'a'], dtype: 'f32' }],
  ['broadcast', 'x', { axes: ['a', 'b'], dtype: 'bool' }],
  ['rename', 'x', { from: 'a', to: 'c' }],
  ['rename', 'x', { from: 'c', to: 'a' }],
  ['size', '', { axis: 'a' }],
  ['size', '', { axis: 'b' }],
  ['reduce', 'xx_', { axes: ['b'], kind: 'sum' }],
  ['reduce', 'x__', { axes: ['a'], kind: 'max' }],
  ['keep', 'xxx_', { axes: ['b'], ties: 'first' }],
  ['pack', 'xx_', { exact: false, format: { kind: 'bitmap', width: 64 }, over: ['b'] }],
  ['unpack', 'x'],
  ['budget', 'xx__', { amount: 'ratio', mode: 'drop', round: 'down' }],
  ...[
    ['int', '0'],
    ['int', '1'],
    ['ratio', '9/10'],
    ['real', '1'],
    ['bool', 'true'],
    ['bool', 'false'],
  ].map(([kind = '', value = '']) => ['literal', '', { scalar: kind, value }] as const),
]

type Choice = readonly [number, number, number, number]

/** A function of whatever the choices allow: those that the type rules refuse are passed over. */
function build(choices: readonly Choice[]): Func {
  const builder = new FuncBuilder(ops)
  const params = [
    builder.param('X', tensor('f32', ['a', 'b'])),
    builder.param('Y', tensor('i32', ['a', 'b'])),
    builder.param('M', tensor('bool', ['b'])),
    builder.param('k', scalar('int')),
  ]
  const two = builder.emit('literal', [], { scalar: 'int', value: '2' })
  const values: ValueId[] = [...params.map(({ id }) => id), two]
  for (const [template, ...picks] of choices) {
    const [op, shape, attrs] = templates[template % templates.length] as (typeof templates)[number]
    const operands = [...shape].map((each, i) => (each === '_' ? NONE : (values[(picks[i] ?? 0) % values.length] as ValueId)))
    try {
      values.push(builder.emit(op, operands, attrs))
    } catch (error) {
      if (!(error instanceof TypeRuleError)) throw error
    }
  }
  const outputs = values
    .slice(-3)
    .map((value, i) => ({ name: `o${i}`, role: 'output' as const, value, axes: plainAxes(builder.typeOf(value)) }))
  return {
    name: 'e',
    role: 'entry',
    doc: null,
    variant: {},
    params: params.map((param) => ({
      ...param,
      role: param.type.kind === 'scalar' ? ('param' as const) : ('input' as const),
      axes: plainAxes(param.type),
    })),
    axes: [
      { name: 'a', extent: { kind: 'scalar', value: two } },
      { name: 'b', extent: { kind: 'bound' } },
      { name: 'c', extent: { kind: 'bound' } },
    ],
    body: { params, nodes: builder.take(), yields: outputs.map(({ value }) => value) },
    outputs,
    span: null,
  }
}

const moduleOf = (func: Func): Module => ({
  name: 'm',
  doc: null,
  level: 'policy',
  axes: [],
  params: [],
  states: [],
  funcs: [func],
})

const dense = (dtype: TensorValue['dtype'], axes: readonly string[], data: readonly number[]): TensorValue => ({
  kind: 'tensor',
  dtype,
  axes,
  shape: axes.map((axis) => (axis === 'a' ? 2 : 3)),
  data: Float64Array.from(data),
})

function evaluate(module: Module, x: readonly number[], k: number): readonly EvalValue[] | null {
  const inputs = new Map([
    ['X', dense('f32', ['a', 'b'], x)],
    ['Y', dense('i32', ['a', 'b'], [0, 1, -1, 2147483647, -2147483648, 7])],
    ['M', dense('bool', ['b'], [1, 0, 1])],
  ])
  try {
    const [func] = module.funcs
    const { outputs } = evaluateFunc(module, func as Func, { inputs, params: new Map([['k', k]]), extents: new Map([['c', 2]]) })
    return [...outputs.values()]
  } catch (error) {
    if (error instanceof EvalError) return null
    throw error
  }
}

describe('canonicalize', () => {
  test('keeps every bit of every result, and twice is once', () => {
    const number = fc.constantFrom(0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 3)
    const choice = fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999))
    let compared = 0
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 5, maxLength: 40 }),
        fc.array(number, { minLength: 6, maxLength: 6 }),
        fc.nat(4),
        (choices, x, k) => {
          const before = moduleOf(build(choices))
          const after = run(before)
          expect(printModule(run(after))).toBe(printModule(after))
          const expected = evaluate(before, x, k)
          if (expected === null) return
          compared += 1
          expect(evaluate(after, x, k), `${printModule(before)}\n${printModule(after)}`).toEqual(expected)
        },
      ),
      { numRuns: 600, seed: 31 },
    )
    expect(compared).toBeGreaterThan(400)
  })

  test('gives a module that needs nothing back as it is', () => {
    const { module } = readModule('entry e(%0 x: f32[n] input) axes(n) { %1 = abs(%0) return y = %1 }', { ops })
    if (module === null) throw new Error('does not parse')
    expect(run(module)).toBe(module)
  })

  test.each([
    ['1/3', 'ratio', 'div', ['1', '3']],
    ['1', 'int', 'sub', ['3', '2']],
    ['true', 'bool', 'lt', ['1', '2']],
  ])('folds host scalars to %s', (value, kind, op, [x, y]) => {
    const { module } = readModule(
      `entry e(%0 x: f32[n] input) axes(n) {
        %1 = literal() {scalar = "int", value = "${x}"}
        %2 = literal() {scalar = "int", value = "${y}"}
        %3 = ${op}(%1, %2)
        return y = %3
      }`,
      { ops },
    )
    if (module === null) throw new Error('does not parse')
    expect(run(module).funcs[0]?.body.nodes).toMatchObject([{ op: 'literal', attrs: { scalar: kind, value } }])
  })

  test('leaves alone what has no answer, is too long to write, or is not the same on every machine', () => {
    const text = (op: string, x: string, y: string, kind = 'int'): string => `entry e(%0 x: f32[n] input) axes(n) {
      %1 = literal() {scalar = "${kind}", value = "${x}"}
      %2 = literal() {scalar = "${kind}", value = "${y}"}
      %3 = ${op}
      return y = %3
    }`
    for (const source of [
      text('div(%1, %2)', '1', '0'),
      text('pow(%1, %2)', '7', '9000'),
      text('exp(%1)', '1', '1', 'real'),
      text('neg(%1)', '0', '1', 'real'),
    ]) {
      const { module, problems } = readModule(source, { ops })
      if (module === null) throw new Error(problems[0]?.problem)
      expect(run(module).funcs[0]?.body.nodes.at(-1)?.op, source).not.toBe('literal')
    }
  })

  test('takes a thousand statements in no time', () => {
    const nodes = Array.from({ length: 1000 }, (_, i) => `%${i + 1} = ${i % 2 === 0 ? 'neg' : 'abs'}(%${i})`).join('\n')
    const { module } = readModule(`entry e(%0 x: f32[n] input) axes(n) { ${nodes} return y = %1000 }`, { ops })
    if (module === null) throw new Error('does not parse')
    const start = performance.now()
    runPipeline(module, [canonicalize], { ops, verify: 'off' })
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})
