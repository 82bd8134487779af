/** Type rules and meaning of ops that move elements: broadcast, gather, pack, compact. */
import { describe, expect, test } from 'vitest'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { evaluateText, moduleOf, tensorOf, type Given } from '../../support/evaluate-text.ts'
import { evaluateFunc } from '../../../compiler/ir/eval.ts'

const { NaN: nan } = Number

const line = (op: string, x: number[], n: number, attrs: string, dtype = 'f32'): unknown =>
  evaluateText(
    `entry e(%0 x: ${dtype}[x] input, %1 n: int param) axes(x) { %2 = ${op}(%0${op === 'scan' ? '' : ', %1'}) {axis = "x"${attrs}} return out = %2 }`,
    { x, n },
  )['out']

describe('along one axis', () => {
  test('scan', () => {
    expect(line('scan', [1, 2, 3], 0, ', exclusive = false')).toEqual([1, 3, 6])
    expect(line('scan', [1, 2, 3], 0, ', exclusive = true')).toEqual([0, 1, 3])
    expect(line('scan', [1, 0, 1], 0, ', exclusive = false', 'bool')).toEqual([1, 1, 2])
    expect(line('scan', [1, nan, 1], 0, ', exclusive = true')).toEqual([0, 1, nan])
  })
  test('pool: (width - 1) div 2 elements before, zeros outside', () => {
    expect(line('pool', [3, 6, 9, 12], 3, ', kind = "mean"')).toEqual([3, 6, 9, 7])
    expect(line('pool', [1, 2, 3, 4], 2, ', kind = "sum"')).toEqual([3, 5, 7, 4])
    expect(line('pool', [1, 2, 3, 4], 4, ', kind = "sum"')).toEqual([6, 10, 9, 7])
    expect(line('pool', [-1, -2, -3], 5, ', kind = "max"')).toEqual([-1, -1, -1])
    expect(line('pool', [1, 2], 99, ', kind = "sum"')).toEqual([3, 3])
    expect(line('pool', [1, 2], 1, ', kind = "max"')).toEqual([1, 2])
    expect(line('pool', [1, 2, 4], 3, ', kind = "mean"', 'i32')).toEqual([1, 7 / 3, 2])
    expect(() => line('pool', [1], 0, ', kind = "sum"')).toThrow('at least 1')
  })
  test('shift', () => {
    expect(line('shift', [1, 2, 3], 1, '')).toEqual([0, 1, 2])
    expect(line('shift', [1, 2, 3], -2, '')).toEqual([3, 0, 0])
    expect(line('shift', [1, 2, 3], 7, '')).toEqual([0, 0, 0])
    expect(line('shift', [1, 2, 3], 0, '')).toEqual([1, 2, 3])
  })
  test('middle axes', () => {
    const text =
      'entry e(%0 x: f32[a, b, c] input) axes(a, b, c) { %1 = scan(%0) {axis = "b", exclusive = false} return out = %1 }'
    expect(
      evaluateText(text, {
        x: [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
      })['out'],
    ).toEqual([
      [
        [1, 2],
        [4, 6],
      ],
      [
        [5, 6],
        [12, 14],
      ],
    ])
  })
  test.each([
    ['first', 2, [1, 1, 0, 0, 0]],
    ['last', 2, [0, 0, 0, 1, 1]],
    ['every', 2, [1, 0, 1, 0, 1]],
    ['first', 9, [1, 1, 1, 1, 1]],
    ['last', 9, [1, 1, 1, 1, 1]],
    ['last', 0, [0, 0, 0, 0, 0]],
    ['every', 0, [0, 0, 0, 0, 0]],
    ['first', -1, [0, 0, 0, 0, 0]],
  ])('%s %i', (which, n, expected) => {
    const text = `entry e(%0 n: int param) axes(x) { %1 = position(%0) {axis = "x", which = "${which}"} return out = %1 }`
    expect(evaluateText(text, { n }, { x: 5 })['out']).toEqual(expected)
  })
})

describe('axes', () => {
  test('broadcast repeats, transposes and fills', () => {
    const text = (body: string): string =>
      `entry e(%0 x: f16[a, b] input, %1 s: real param) axes(a, b, c) { ${body} return out = %2 }`
    const given: Given = {
      x: [
        [1, 2],
        [3, 4],
      ],
      s: 0.1,
    }
    expect(evaluateText(text('%2 = broadcast(%0) {axes = ["b", "a"]}'), given)['out']).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(evaluateText(text('%2 = broadcast(%0) {axes = ["a", "c", "b"]}'), given, { c: 2 })['out']).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
      [
        [3, 4],
        [3, 4],
      ],
    ])
    expect(evaluateText(text('%2 = broadcast(%1) {axes = ["a"], dtype = "f16"}'), given)['out']).toEqual([
      0.0999755859375, 0.0999755859375,
    ])
    expect(evaluateText(text('%2 = broadcast(%1) {axes = []}'), given)['out']).toBe(0.1)
  })
  test('rename needs equal extents', () => {
    const text =
      'entry e(%0 x: f32[a] input, %1 y: f32[b] input) axes(a, b) { %2 = rename(%0) {from = "a", to = "b"} %3 = add(%2, %1) return out = %3 }'
    expect(evaluateText(text, { x: [1, 2], y: [10, 20] })['out']).toEqual([11, 22])
    expect(() => evaluateText(text, { x: [1, 2], y: [10] })).toThrow('axis a has extent 2 and axis b has 1')
  })
})

describe('compaction', () => {
  const compact = (m: number[][], k: number | null): unknown =>
    evaluateText(
      `entry e(%0 x: f16[h, t, c] input, %1 m: bool[h, t] input, %2 k: int param) axes(h, t, c, kept) {
        %3 = kept_indices(%1, ${k === null ? '_' : '%2'}) {as = "kept", axis = "t"}
        %4 = gather(%0, %3) {axes = ["t"]}
        return at = %3, out = %4
      }`,
      {
        x: [
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          [
            [7, 8],
            [9, 10],
            [11, 12],
          ],
        ],
        m,
        k: k ?? 0,
      },
    )
  test('keeps positions in order, row by row', () => {
    const expected = {
      at: [
        [0, 2],
        [1, 2],
      ],
      out: [
        [
          [1, 2],
          [5, 6],
        ],
        [
          [9, 10],
          [11, 12],
        ],
      ],
    }
    expect(
      compact(
        [
          [1, 0, 1],
          [0, 1, 1],
        ],
        null,
      ),
    ).toEqual(expected)
    expect(
      compact(
        [
          [1, 0, 1],
          [0, 1, 1],
        ],
        2,
      ),
    ).toEqual(expected)
    expect(
      compact(
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
        null,
      ),
    ).toEqual({ at: [[], []], out: [[], []] })
  })
  test('rows of different lengths are as long as the longest, position 0 behind the others', () => {
    const rows = [
      [1, 0, 1],
      [0, 1, 0],
    ]
    const at = [
      [0, 2],
      [1, 0],
    ]
    expect(compact(rows, null)).toMatchObject({ at })
    expect(() => compact(rows, 2)).toThrow('a row keeps 1 of axis')
  })
  test('gather: new axes take the place of the gathered one, outside is 0', () => {
    const text =
      'entry e(%0 x: f32[t, c] input, %1 at: i32[q, s] input) axes(t, c, q, s) { %2 = gather(%0, %1) {axes = ["t"]} return out = %2 }'
    expect(
      evaluateText(text, {
        x: [
          [1, 2],
          [3, 4],
        ],
        at: [
          [1, 0, 7],
          [-1, 1, 1],
        ],
      })['out'],
    ).toEqual([
      [
        [3, 4],
        [1, 2],
        [0, 0],
      ],
      [
        [0, 0],
        [3, 4],
        [3, 4],
      ],
    ])
    const permute =
      'entry e(%0 x: f32[t] input, %1 at: i32[t] input) axes(t) { %2 = gather(%0, %1) {axes = ["t"]} return out = %2 }'
    expect(evaluateText(permute, { x: [10, 20, 30], at: [2, 0, 1] })['out']).toEqual([30, 10, 20])
  })
  test('gather: all positions are read before x is, and a number of the host takes the axis away', () => {
    const swap =
      'entry e(%0 x: f32[a, b] input, %1 i: i32[b] input, %2 j: i32[a] input) axes(a, b) { %3 = gather(%0, %1, %2) {axes = ["a", "b"]} return out = %3 }'
    const x = [
      [1, 2],
      [3, 4],
    ]
    expect(evaluateText(swap, { x, i: [1, 0], j: [1, 5] })['out']).toEqual([
      [4, 0],
      [2, 0],
    ])
    const row =
      'entry e(%0 x: f32[a, b] input) axes(a, b) { %1 = literal() {scalar = "int", value = "1"} %2 = gather(%0, %1) {axes = ["a"]} return out = %2 }'
    expect(evaluateText(row, { x })['out']).toEqual([3, 4])
  })
  test('put: one slice is replaced, and nothing where the position is outside', () => {
    const at = (value: number): string =>
      `entry e(%0 x: f32[a, b] input, %1 y: f32[] input) axes(a, b) { %2 = literal() {scalar = "int", value = "${value}"} %3 = put(%0, %1, %2) {axes = ["b"]} return out = %3 }`
    const x = [
      [1, 2],
      [3, 4],
    ]
    expect(evaluateText(at(1), { x, y: 9 })['out']).toEqual([
      [1, 9],
      [3, 9],
    ])
    for (const outside of [-1, 2]) expect(evaluateText(at(outside), { x, y: 9 })['out']).toEqual(x)
  })
})

describe('packing', () => {
  const module = moduleOf(`entry e(%0 x: f16[a, b] input, %1 m: bool[b] input) axes(a, b) {
    %2 = pack(%0, %1, _) {exact = false, format = {"kind": "bitmap", "width": 64}, over = ["b"]}
    %3 = unpack(%2)
    return p = %2, out = %3
  }`)
  test('keeps the dense decoding and the mask', () => {
    const inputs = new Map([
      [
        'x',
        tensorOf(
          'f16',
          ['a', 'b'],
          [
            [1, nan],
            [0, 4],
          ],
        ),
      ],
      ['m', tensorOf('bool', ['b'], [1, 0])],
    ])
    const { outputs } = evaluateFunc(module, module.funcs[0]!, { inputs, params: new Map(), extents: new Map() })
    const packed = outputs.get('p')
    expect(packed).toMatchObject({
      packed: { packing: { format: { kind: 'bitmap', width: 64 }, over: ['b'], exact: false }, mask: Uint8Array.of(1, 0, 1, 0) },
    })
    expect(outputs.get('out')).toMatchObject({ data: Float64Array.of(1, 0, 0, 0), dtype: 'f16' })
  })
  test('a false promise of exactness is a bug, not a result', () => {
    const text = `entry e(%0 x: f16[a] input, %1 m: bool[a] input, %2 k: int param) axes(a) {
      %3 = pack(%0, %1, %2) {exact = true, format = {"kind": "indices"}, over = ["a"]}
      return p = %3
    }`
    expect(() => evaluateText(text, { x: [1, 2], m: [1, 1], k: 1 })).toThrow('keeps 2 entries, not 1')
  })
  test('formats are checked', () => {
    const infer = (format: object): unknown =>
      ops.pack.infer([{ kind: 'tensor', dtype: 'f16', axes: ['a'] }, { kind: 'tensor', dtype: 'bool', axes: ['a'] }, null], {
        format: format as never,
        over: ['a'],
        exact: false,
      })
    const refusal = { problem: expect.stringMatching(/^what is given is no format: bitmap\(32\) or bitmap\(64\), nm/) as string }
    expect(infer({ kind: 'bitmap', width: 48 })).toMatchObject(refusal)
    expect(infer({ kind: 'nm', n: 5, m: 4 })).toMatchObject(refusal)
    expect(infer({ kind: 'nm', n: 2 })).toMatchObject(refusal)
    expect(infer({ kind: 'coo' })).toMatchObject(refusal)
    expect(infer({ kind: 'nm', n: 2, m: 4 })).toMatchObject([{ packing: { format: { kind: 'nm', n: 2, m: 4 } } }])
  })
})
