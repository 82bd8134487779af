/** The verifier: every rule has a module that breaks it, and no module makes it throw. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countOps } from '../../../compiler/ir/count-ops.ts'
import { checkInvariant } from '../../../compiler/ir/invariants.ts'
import type { Func, Module } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { problemText } from '../../../compiler/ir/problem.ts'
import { readModule } from '../../../compiler/ir/text/parse.ts'
import { verifyModule } from '../../../compiler/ir/verify.ts'
import { definitions, freeValues, nextId, typesOf, useCounts } from '../../../compiler/ir/walk.ts'

function parse(text: string): Module {
  const { module, problems } = readModule(text, { ops })
  if (module === null) throw new Error(problems.map(({ problem }) => problem).join('; '))
  return module
}

const problems = (module: Module): readonly string[] => verifyModule(module, ops).map(problemText)

const good = parse(`module m policy {
  axes head = kv * group
  fn f (%0 x: f32[n] input) axes(n) {
    %1 = abs(%0) : f32[n]
    return y = %1
  }
  entry e (%0 x: f32[kv, group] input as [head = kv * group], %1 z: f32[n] input) axes(kv, group, n, two: %2) {
    %2 = literal() {scalar = "int", value = "2"} : int
    %3 = call(%1) {callee = "f", results = [{"axes": ["n"], "dtype": "f32", "kind": "tensor"}]} : f32[n]
    return a = %0 as [head = kv * group], b = %3
  }
}`)

const entry = (change: (func: Func) => Partial<Func>): Module => ({
  ...good,
  funcs: good.funcs.map((func) => (func.name === 'e' ? { ...func, ...change(func) } : func)),
})

describe('the interface of functions', () => {
  test('a good module has no problems', () => expect(problems(good)).toEqual([]))

  test.each<[string, Module]>([
    ['the axis head is declared twice', { ...good, axes: [...good.axes, ...good.axes] }],
    ['is there twice', { ...good, funcs: [...good.funcs, ...good.funcs] }],
    ['e: the axis n is listed twice', entry((func) => ({ axes: [...func.axes, { name: 'n', extent: { kind: 'bound' } }] }))],
    ['the parameters of the body are not those', entry((func) => ({ params: func.params.slice(1) }))],
    [
      "parameter 1 of the body is not the function's",
      entry((func) => ({ params: func.params.map((param) => ({ ...param, name: 'q' })) })),
    ],
    ['the outputs are not what the body yields', entry((func) => ({ outputs: func.outputs.slice(1) }))],
    ['output a is given twice', entry((func) => ({ outputs: func.outputs.map((output) => ({ ...output, name: 'a' })) }))],
    ['input x is there twice', entry((func) => ({ params: func.params.map((param) => ({ ...param, name: 'x' })) }))],
    [
      'x is declared over [kv] and is over [kv, group]',
      entry((func) => ({ params: func.params.map((param) => ({ ...param, axes: [{ name: 'head', atoms: ['kv'] }] })) })),
    ],
    [
      'has the axis group, which the function does not list',
      entry((func) => ({ axes: func.axes.filter(({ name }) => name !== 'group') })),
    ],
    [
      'the extent of the axis two is %9, which the body does not compute',
      entry((func) => ({ axes: [...func.axes.slice(0, 3), { name: 'two', extent: { kind: 'scalar', value: 9 } }] })),
    ],
    [
      'the extent of the axis two is not a host int',
      entry((func) => ({ axes: [...func.axes.slice(0, 3), { name: 'two', extent: { kind: 'scalar', value: 0 } }] })),
    ],
    [
      'the extent of the axis two is not a tensor without axes',
      entry((func) => ({ axes: [...func.axes.slice(0, 3), { name: 'two', extent: { kind: 'counted', value: 0 } }] })),
    ],
    ['call: there is no fn f', { ...good, funcs: good.funcs.filter(({ name }) => name !== 'f') }],
    [
      "argument 1 is not of the type of f's parameter",
      {
        ...good,
        funcs: good.funcs.map((func) =>
          func.name === 'f'
            ? { ...func, params: func.params.map((param) => ({ ...param, type: { kind: 'scalar', scalar: 'int' } as const })) }
            : func,
        ),
      },
    ],
  ])('%s', (message, module) => expect(problems(module).join('\n')).toContain(message))
})

describe('regions that capture', () => {
  const region = (captured: string, used: string): readonly string[] => {
    const text = `module m sparse { entry e(%0 x: f32[n] input, %1 y: f32[n] input) axes(n) {
      %2 = region(${captured}) {grid = ["n"], types = [{"axes": ["n"], "dtype": "f32", "kind": "tensor"}]} : f32[n] {
        %3 = abs(${used}) : f32[n]
        yield %3
      }
      return o = %2
    } }`
    return problems(parse(text))
  }
  test('list what they read', () => {
    expect(region('%0', '%0')).toEqual([])
    expect(region('%0', '%1')).toEqual([
      'e: region: its region reads %1, which its operands do not list',
      'e: region: lists %0, which its region does not read',
    ])
  })
})

test('whatever is wrong with a module, it is said and not thrown', () => {
  const junk = fc.oneof(
    fc.constant(null),
    fc.nat(9),
    fc.constant([]),
    fc.constant('x'),
    fc.constant({ kind: 'bound' }),
    fc.double(),
  )
  const leaves = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
      : [path]
  const set = (value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown => {
    if (key === undefined) return replacement
    const record = value as Record<string, unknown>
    return Array.isArray(value)
      ? value.map((item, i) => (String(i) === key ? set(item, rest, replacement) : item))
      : { ...record, [key]: set(record[key], rest, replacement) }
  }
  const places = leaves(good).filter((path) =>
    ['operands', 'attrs', 'yields', 'value', 'id', 'op'].some((part) => path.includes(part)),
  )
  fc.assert(
    fc.property(fc.constantFrom(...places), junk, (path, replacement) => {
      const broken = set(good, path, replacement) as Module
      expect(() => verifyModule(broken, ops)).not.toThrow()
    }),
    { numRuns: 500, seed: 21 },
  )
})

describe('walking', () => {
  const loop = parse(`module m kernel { kernel k(%0 x: read f32[], %1 n: i32, %2 z: f32) {
    %3 = for(%1, %1, %2) {step = 1} : f32 { (%4 i: i32, %5 s: f32)
      %6 = load(%0, %4) {lanes = 1} : f32
      %7 = add(%6, %5) : f32
      yield %7
    }
  } }`).funcs[0] as Func

  test('knows uses, definitions, types and free values', () => {
    expect(nextId(loop)).toBe(8)
    expect(Object.fromEntries(useCounts(loop))).toEqual({ 0: 1, 1: 2, 2: 1, 4: 1, 5: 1, 6: 1, 7: 1 })
    expect(definitions(loop).get(7)?.op).toBe('add')
    expect(definitions(loop).get(5)).toBeUndefined()
    expect(typesOf(loop).get(4)).toEqual({ kind: 'machine', dtype: 'i32', lanes: 1 })
    const body = loop.body.nodes[0]?.regions[0]
    expect(body === undefined ? [] : freeValues(body)).toEqual([0])
  })

  test('counts ops by path', () => {
    expect(countOps({ ...good, funcs: [loop] })).toEqual({
      add: 1,
      for: 1,
      'k/add': 1,
      'k/for': 1,
      'k/for/add': 1,
      'k/for/load': 1,
      'k/load': 1,
      load: 1,
    })
  })

  test('checks invariants', () => {
    expect(checkInvariant('no-calls', good, ops).map(problemText)).toEqual(['e: call: a call is left'])
    expect(checkInvariant('no-composites', good, ops)).toEqual([])
  })
})
