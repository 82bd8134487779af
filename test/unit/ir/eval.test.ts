/** The evaluator: whole functions, states, calls, contractions in slices. */
import { describe, expect, test } from 'vitest'
import { evaluateFunc, EvalError } from '../../../compiler/ir/eval.ts'
import { tensorValue } from '../../../compiler/ir/eval/tensor-value.ts'
import type { TensorValue } from '../../../compiler/ir/eval-value.ts'
import { evaluateText, moduleOf, tensorOf } from '../../support/evaluate-text.ts'

describe('parameters and extents', () => {
  const text = `module m policy {
    param r: ratio = 7/10
    param n: int
    entry e(%0 x: f32[row] input, %1 r: ratio param, %2 n: int param) axes(row) {
      %3 = size() {axis = "row"}
      %4 = budget(%1, %3, _, _) {amount = "ratio", mode = "keep", round = "down"}
      return k = %4, n = %2
    }
  }`
  const x = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  test('defaults are exact, overrides may be text or numbers', () => {
    expect(evaluateText(text, { x, n: 1 })).toEqual({ k: 7, n: 1 })
    expect(evaluateText(text, { x, n: 1, r: '1/3' })['k']).toBe(3)
    expect(evaluateText(text, { x, n: 1, r: 0.9 })['k']).toBe(9)
  })
  test('what is missing or wrong is said', () => {
    expect(() => evaluateText(text, { x })).toThrow('parameter n is not set')
    expect(() => evaluateText(text, { n: 1 })).toThrow('input x is not given')
    expect(() => evaluateText(text, { x, n: 1 }, { row: 3 })).toThrow('axis row is 10 in x but 3 elsewhere')
    expect(() => evaluateText(text, { x: tensorOf('f16', ['row'], x), n: 1 })).toThrow('x is f32, and was given f16')
    expect(() => evaluateText(text, { x: tensorOf('f32', ['other'], x), n: 1 })).toThrow('x has axes [row]')
  })
  test('inputs agree on extents, and with pinned ones', () => {
    const two = 'entry e(%0 x: f32[row] input, %1 y: f32[row] input) axes(row) { %2 = add(%0, %1) return out = %2 }'
    expect(() => evaluateText(two, { x: [1, 2], y: [1] })).toThrow('axis row is 1 in y but 2 elsewhere')
    const pinned =
      'entry e(%0 x: f32[lane] input) axes(lane: %1) { %1 = literal() {scalar = "int", value = "4"} return out = %0 }'
    expect(evaluateText(pinned, { x: [1, 2, 3, 4] })['out']).toEqual([1, 2, 3, 4])
    expect(() => evaluateText(pinned, { x: [1, 2, 3] })).toThrow('axis lane is 4 in the policy but 3 elsewhere')
  })
  test('an error carries the span of its node', () => {
    const module = moduleOf(`entry e(%0 n: int param) axes() {
      %1 = literal() {scalar = "int", value = "0"}
      %2 = div(%0, %1) : ratio @ "p.prune" 10..15
      return out = %2
    }`)
    const run = (): unknown =>
      evaluateFunc(module, module.funcs[0]!, { inputs: new Map(), params: new Map([['n', 1]]), extents: new Map() })
    expect(run).toThrow(EvalError)
    expect(run).toThrow(expect.objectContaining({ span: { source: 'p.prune', start: 10, end: 15 } }))
  })
})

describe('states', () => {
  const text = `module m policy {
    state seen: i32[] = 0
    state total: f32[channel] = 1
    entry e(%0 x: f32[token, channel] input, %1 seen: i32[] state, %2 total: f32[channel] state) axes(token, channel) {
      %3 = literal() {scalar = "int", value = "1"}
      %4 = add(%1, %3)
      %5 = reduce(%0, _, _) {axes = ["token"], kind = "sum"}
      %6 = add(%2, %5)
      return seen = %4 state, total = %6 state
    }
  }`
  test('start from their initial value and are carried by the caller', () => {
    expect(
      evaluateText(text, {
        x: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toEqual({ seen: 1, total: [5, 7] })
    expect(evaluateText(text, { x: [[1, 2]], seen: tensorOf('i32', [], 5), total: [0, 0] })).toEqual({ seen: 6, total: [1, 2] })
  })
})

describe('calls', () => {
  test('pass values, and axes that callees see', () => {
    const text = `
      fn centre(%0 x: f32[row] input) axes(row) {
        %1 = size() {axis = "row"}
        %2 = reduce(%0, _, _) {axes = ["row"], kind = "sum"}
        %3 = div(%2, %1)
        %4 = sub(%0, %3)
        return out = %4
      }
      entry e(%0 x: f32[row] input) axes(row) {
        %1 = call(%0) {callee = "centre", results = [{"axes": ["row"], "dtype": "f32", "kind": "tensor"}]}
        return out = %1
      }`
    expect(evaluateText(text, { x: [1, 2, 6] })['out']).toEqual([-2, -1, 3])
  })
  test('recursion ends', () => {
    const text = `
      fn f(%0 x: f32[row] input) axes(row) {
        %1 = call(%0) {callee = "f", results = [{"axes": ["row"], "dtype": "f32", "kind": "tensor"}]}
        return out = %1
      }
      entry e(%0 x: f32[row] input) axes(row) {
        %1 = call(%0) {callee = "f", results = [{"axes": ["row"], "dtype": "f32", "kind": "tensor"}]}
        return out = %1
      }`
    expect(() => evaluateText(text, { x: [1] })).toThrow('more than 100 deep')
  })
})

describe('counted axes', () => {
  test('have the extent that was counted', () => {
    const text = `entry e(%0 x: f32[t] input, %1 m: bool[t] input) axes(t, kept: counted %2) {
      %2 = reduce(%1, _, _) {axes = ["t"], kind = "count"}
      %3 = kept_indices(%1, _) {as = "kept", axis = "t"}
      %4 = gather(%0, %3) {axes = ["t"]}
      %5 = index() {axis = "kept"}
      %6 = add(%4, %5)
      return out = %6
    }`
    expect(evaluateText(text, { x: [1, 2, 3, 4], m: [0, 1, 0, 1] })['out']).toEqual([2, 5])
    expect(evaluateText(text, { x: [1, 2, 3, 4], m: [0, 0, 0, 0] })['out']).toEqual([])
  })
})

test('regions see the values of their function', () => {
  const text = `module m sparse {
    entry e(%0 x: f32[row, col] input) axes(row, col) {
      %1 = region(%0) {grid = ["row"], types = [{"axes": ["row"], "dtype": "f32", "kind": "tensor"}]} : f32[row] {
        %2 = mul(%0, %0) : f32[row, col]
        %3 = reduce(%2, _, _) {axes = ["col"], kind = "sum"} : f32[row]
        yield %3
      }
      return out = %1
    }
  }`
  expect(
    evaluateText(text, {
      x: [
        [1, 2],
        [3, 4],
      ],
    })['out'],
  ).toEqual([5, 25])
})

describe('large contractions', () => {
  const random = (axes: string[], shape: number[]): TensorValue => {
    const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7919) % 251) - 125)
    return tensorValue('f32', axes, shape, data)
  }
  const run = (body: string, shapes: Record<string, [string[], number[]]>): TensorValue => {
    const params = Object.entries(shapes).map(([name, [axes]], at) => `%${at} ${name}: f32[${axes.join(', ')}] input`)
    const module = moduleOf(`entry e(${params.join(', ')}) axes(h, q, t, c) { ${body} }`)
    const inputs = new Map(Object.entries(shapes).map(([name, [axes, shape]]) => [name, random(axes, shape)]))
    return evaluateFunc(module, module.funcs[0]!, { inputs, params: new Map(), extents: new Map() }).outputs.get(
      'out',
    ) as TensorValue
  }
  const at = (value: TensorValue, ...index: number[]): number =>
    value.data[index.reduce((offset, i, axis) => offset * (value.shape[axis] as number) + i, 0)] as number
  const Q: [string[], number[]] = [
    ['h', 'q', 'c'],
    [2, 256, 64],
  ]
  const K: [string[], number[]] = [
    ['h', 't', 'c'],
    [2, 300, 64],
  ]

  test('are computed slice by slice, to the same result', () => {
    const scores = run('%2 = mul(%0, %1) %3 = abs(%2) %4 = reduce(%3, _, _) {axes = ["c"], kind = "sum"} return out = %4', {
      Q,
      K,
    })
    expect(scores.axes).toEqual(['h', 'q', 't'])
    const [q, k] = [random(...Q), random(...K)]
    for (const [h, i, j] of [
      [0, 0, 0],
      [1, 255, 299],
      [1, 100, 7],
    ] as const) {
      const expected = Array.from({ length: 64 }, (_, c) => Math.abs(at(q, h, i, c) * at(k, h, j, c))).reduce((a, b) => a + b, 0)
      expect(at(scores, h, i, j)).toBe(expected)
    }
  })
  test('also over an outer axis, and read twice', () => {
    const out = run(
      `%2 = mul(%0, %1)
       %3 = reduce(%2, _, _) {axes = ["t"], kind = "sum"}
       %4 = reduce(%2, _, _) {axes = ["t"], kind = "max"}
       %5 = sub(%3, %4)
       return out = %5`,
      { Q, K },
    )
    expect([...out.axes].sort()).toEqual(['c', 'h', 'q'])
    const [q, k] = [random(...Q), random(...K)]
    const products = Array.from({ length: 300 }, (_, t) => at(q, 1, 9, 5) * at(k, 1, t, 5))
    expect(at(out, 1, 9, 5)).toBe(products.reduce((a, b) => a + b, 0) - Math.max(...products))
  })
  test('are materialised when everything is reduced', () => {
    const out = run('%2 = mul(%0, %1) %3 = reduce(%2, _, _) {axes = ["h", "q", "t", "c"], kind = "max"} return out = %3', {
      Q,
      K,
    })
    expect(out.data[0]).toBe(125 * 125)
  })
})

test('a tensor too large to hold is an error, not a crash', () => {
  const text = 'entry e(%0 s: real param) axes(a, b) { %1 = broadcast(%0) {axes = ["a", "b"]} return out = %1 }'
  expect(() => evaluateText(text, { s: 1 }, { a: 1e6, b: 1e6 })).toThrow('too large to evaluate')
})
