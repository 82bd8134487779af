/** Type rules and meaning of elementwise ops, on tensors and host scalars. */
import { describe, expect, test } from 'vitest'
import { EvalError } from '../../../compiler/ir/eval.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { scalarOps } from '../../../compiler/ir/ops/scalar/index.ts'
import type { OpDef } from '../../../compiler/ir/op.ts'
import { machine, scalar, tensor, type Type } from '../../../compiler/ir/types.ts'
import { evaluateText, tensorOf } from '../../support/evaluate-text.ts'

const table: Readonly<Record<string, OpDef>> = ops
const infer = (op: string, types: readonly Type[], attrs = {}): unknown => {
  const result = table[op]?.infer(types, attrs, [])
  return Array.isArray(result) ? result[0] : (result as { problem: string }).problem
}
const f16 = tensor('f16', ['row'])
const f32 = tensor('f32', ['row'])
const i32 = tensor('i32', ['row'])
const u32 = tensor('u32', ['row'])
const bool = tensor('bool', ['row'])
const int = scalar('int')
const ratio = scalar('ratio')
const real = scalar('real')
const truth = scalar('bool')

describe('types', () => {
  test.each<[string, Type[], unknown]>([
    ['add', [f16, f16], f32],
    ['add', [tensor('u8', ['row']), u32], u32],
    ['add', [i32, u32], 'signed and unsigned integers do not mix: convert one of them'],
    ['add', [i32, f16], f32],
    ['add', [bool, bool], i32],
    ['add', [i32, int], i32],
    ['mul', [i32, ratio], f32],
    ['mul', [u32, int], u32],
    ['div', [i32, i32], f32],
    ['div', [int, int], ratio],
    ['add', [int, ratio], ratio],
    ['add', [ratio, real], real],
    ['sqrt', [int], real],
    ['floor', [real], int],
    ['floordiv', [ratio, int], int],
    ['pow', [ratio, int], ratio],
    ['pow', [int, ratio], real],
    ['lt', [f16, int], bool],
    ['lt', [bool, int], 'masks have no order: compare numbers'],
    ['eq', [bool, truth], bool],
    ['eq', [bool, int], 'a mask is not a number: use the mask itself, or `not` of it'],
    ['and', [bool, truth], bool],
    ['and', [i32, i32], i32],
    ['and', [f32, bool], 'masks are combined here, and this is f32[row]: compare it with something first'],
    ['neg', [u32], 'an unsigned number has no negative: convert it to i32 or f32 first'],
    ['shl', [f32, int], 'bits are shifted in whole numbers, and this is f32[row]'],
    [
      'add',
      [{ ...f16, packing: { format: { kind: 'indices' }, over: ['row'], exact: false } }, f16],
      'a packed tensor has no elements to compute with: `unpack` it first',
    ],
    ['select', [bool, f16, int], f32],
    ['select', [bool, bool, truth], bool],
    ['select', [bool, bool, int], 'one branch is a mask, the other is not: bool[row] and a whole number'],
    ['select', [f32, f32, f32], 'the condition must be a mask or a truth value, and it is f32[row]'],
    ['select', [truth, int, real], real],
  ])('%s %j', (op, types, expected) => expect(infer(op, types)).toEqual(expected))

  test('kernel values agree in dtype and lanes', () => {
    const x4 = machine('f32', 4)
    expect(infer('add', [x4, x4])).toEqual(x4)
    expect(infer('add', [x4, machine('f32')])).toMatch('one machine type')
    expect(infer('lt', [machine('u32', 4), machine('u32', 4)])).toEqual(machine('bool', 4))
    expect(infer('shr', [machine('u32', 4), machine('i32')])).toEqual(machine('u32', 4))
    expect(infer('select', [machine('bool', 4), x4, x4])).toEqual(x4)
    expect(infer('sqrt', [machine('i32')])).toMatch('not defined on i32')
    expect(infer('convert', [x4], { to: 'i32' })).toEqual(machine('i32', 4))
  })

  test('axes are merged by name', () => {
    const axes = (a: string[], b: string[]): unknown =>
      (infer('add', [tensor('f32', a), tensor('f32', b)]) as { axes: string[] }).axes
    expect(axes(['channel'], ['kv', 'token', 'channel'])).toEqual(['kv', 'token', 'channel'])
    expect(axes(['a', 'b'], ['b', 'a'])).toEqual(['a', 'b'])
    expect(axes(['head', 'query', 'channel'], ['head', 'token', 'channel'])).toEqual(['head', 'query', 'channel', 'token'])
    expect(axes([], ['row'])).toEqual(['row'])
  })

  test('every elementwise op is pure, elementwise and evaluated', () => {
    for (const [name, def] of Object.entries<OpDef>(scalarOps)) {
      expect(def.name).toBe(name)
      expect(def.traits).toEqual(expect.arrayContaining(['pure', 'elementwise']))
      expect(def.eval).toBeDefined()
    }
  })
})

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const unary = (op: string, x: number[], dtype = 'f32', attrs = ''): unknown =>
  evaluateText(`entry e(%0 x: ${dtype}[row] input) axes(row) { %1 = ${op}(%0) ${attrs} return out = %1 }`, { x })['out']
const binary = (op: string, x: number[], y: number[], dtype = 'f32'): unknown =>
  evaluateText(`entry e(%0 x: ${dtype}[row] input, %1 y: ${dtype}[row] input) axes(row) { %2 = ${op}(%0, %1) return out = %2 }`, {
    x,
    y,
  })['out']

describe('on tensors', () => {
  test('rounding', () => {
    expect(unary('round', [0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, -2.6])).toEqual([0, 2, 2, -0, -2, 2, -3])
    expect(unary('floor', [-1.5, inf, nan])).toEqual([-2, inf, nan])
  })
  test('NaN and infinities', () => {
    expect(binary('max', [1, nan, -inf], [nan, 2, -inf])).toEqual([nan, nan, -inf])
    expect(binary('eq', [nan, 0, inf], [nan, -0, inf])).toEqual([0, 1, 1])
    expect(binary('ne', [nan], [nan])).toEqual([1])
    expect(unary('isnan', [nan, inf, 0])).toEqual([1, 0, 0])
    expect(unary('sqrt', [-1, 4])).toEqual([nan, 2])
  })
  test('integers wrap', () => {
    expect(binary('add', [0x7fffffff], [1], 'i32')).toEqual([-0x80000000])
    expect(binary('mul', [65537], [65537], 'u32')).toEqual([131073])
    expect(binary('sub', [0], [1], 'u32')).toEqual([0xffffffff])
    expect(binary('shr', [0xf0000000], [4], 'u32')).toEqual([0x0f000000])
    expect(binary('shr', [-16], [2], 'i32')).toEqual([-4])
    expect(binary('and', [0xffffffff], [0x80000001], 'u32')).toEqual([0x80000001])
    expect(unary('not', [0], 'u32')).toEqual([0xffffffff])
  })
  test('bits', () => {
    expect(unary('popcount', [0, 1, 0xffffffff, 0x80000001, 0x0f0f0f0f], 'u32')).toEqual([0, 1, 32, 2, 16])
    expect(unary('popcount', [-1, -128, 5], 'i8')).toEqual([32, 25, 2])
    expect(binary('shl', [1, 1, 1, -1], [31, 32, 33, -1], 'i32')).toEqual([-0x80000000, 1, 2, -0x80000000])
    expect(binary('shr', [-1, -8, 0x7fffffff], [31, 1, -1], 'i32')).toEqual([-1, -4, 0])
    expect(binary('xor', [0xff, 0], [0x0f, 0xffffffff], 'u32')).toEqual([0xf0, 0xffffffff])
    expect(binary('or', [200], [7], 'u8')).toEqual([207])
  })
  test('division', () => {
    expect(binary('div', [1, 7], [2, 0], 'i32')).toEqual([0.5, inf])
    expect(binary('floordiv', [-7, 7, 5], [2, 2, 0], 'i32')).toEqual([-4, 3, 0])
    expect(binary('rem', [-7, 7, 5], [2, 2, 0], 'i32')).toEqual([-1, 1, 0])
  })
  test('conversion saturates and rounds', () => {
    expect(unary('convert', [3e9, -3e9, nan, 2.9, -2.9], 'f32', '{to = "i32"}')).toEqual([0x7fffffff, -0x80000000, 0, 2, -2])
    expect(unary('convert', [300, -5, 7.9], 'f32', '{to = "u8"}')).toEqual([255, 0, 7])
    expect(
      unary(
        'convert',
        [65519, 65520, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 2 ** -24 * 1.5, -(2 ** -26)],
        'f32',
        '{to = "f16"}',
      ),
    ).toEqual([65504, inf, 1, 1 + 2 ** -9, 0, 2 ** -23, -0])
    expect(unary('convert', [1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38], 'f32', '{to = "bf16"}')).toEqual([1, 1 + 2 ** -6, inf])
    expect(unary('convert', [0, 2, nan], 'f32', '{to = "bool"}')).toEqual([0, 1, 1])
  })
  test('a mask hides NaN', () => {
    const text = 'entry e(%0 x: f32[row] input, %1 m: bool[row] input) axes(row) { %2 = mask(%0, %1) return out = %2 }'
    expect(evaluateText(text, { x: [nan, 2, 3], m: [0, 1, 0] })['out']).toEqual([0, 2, 0])
  })
  test('broadcasting is by name, in any order of axes', () => {
    const text = `entry e(%0 x: f32[a, b] input, %1 y: f32[b, a] input, %2 z: f32[c] input) axes(a, b, c) {
      %3 = sub(%0, %1)
      %4 = mul(%2, %3)
      return out = %4
    }`
    const given = {
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [
        [10, 20],
        [30, 40],
      ],
      z: [1, -1],
    }
    expect(evaluateText(text, given)['out']).toEqual([
      [
        [-9, -28],
        [-17, -36],
      ],
      [
        [9, 28],
        [17, 36],
      ],
    ])
  })
  test('zero-length axes', () => {
    const x = tensorOf('f32', ['row', 'column'], [], [0, 3])
    const text =
      'entry e(%0 x: f32[row, column] input, %1 y: f32[column] input) axes(row, column) { %2 = add(%0, %1) return out = %2 }'
    expect(evaluateText(text, { x, y: [1, 2, 3] })['out']).toEqual([])
  })
})

describe('on host scalars', () => {
  const scalars = (body: string, given = {}): unknown =>
    evaluateText(`entry e(%0 a: ratio param, %1 b: ratio param, %9 n: int param) axes() { ${body} }`, {
      a: '7/10',
      b: '3',
      n: 5,
      ...given,
    })['out']

  test('ratios are exact', () => {
    expect(scalars('%2 = mul(%0, %1) %3 = mul(%2, %9) %4 = floor(%3) return out = %4', { a: '9/10', b: 10 })).toBe(45)
    expect(scalars('%2 = div(%9, %9) return out = %2')).toBe(1)
    expect(scalars('%2 = rem(%0, %1) return out = %2', { a: '-7', b: 2 })).toBe(-1)
    expect(scalars('%2 = pow(%0, %9) return out = %2', { a: '1/2' })).toBe(1 / 32)
    expect(scalars('%2 = eq(%0, %1) return out = %2', { a: 0.3, b: '30%' })).toBe(true)
    expect(scalars('%2 = lt(%0, %1) %3 = not(%2) return out = %3')).toBe(false)
    expect(scalars('%2 = lt(%0, %1) %3 = select(%2, %0, %1) return out = %3')).toBe(0.7)
  })
  test('real numbers become whole ones', () => {
    expect(scalars('%2 = sqrt(%9) %3 = ceil(%2) return out = %3', { n: 10 })).toBe(4)
    expect(() => scalars('%2 = log(%9) %3 = floor(%2) return out = %3', { n: 0 })).toThrow(EvalError)
  })
  test('bits of whole numbers have no end', () => {
    expect(scalars('%2 = literal() {scalar = "int", value = "-1"} %3 = xor(%9, %2) return out = %3', { n: 5 })).toBe(-6)
    expect(scalars('%2 = shl(%9, %9) return out = %2', { n: 30 })).toBe(30 * 2 ** 30)
    expect(scalars('%2 = neg(%9) %3 = shr(%2, %9) return out = %3', { n: 1 })).toBe(-1)
    expect(scalars('%2 = popcount(%9) return out = %2', { n: 2 ** 40 + 3 })).toBe(3)
    expect(() => scalars('%2 = neg(%9) %3 = popcount(%2) return out = %3')).toThrow('no number of bits')
    expect(infer('and', [int, ratio])).toMatch('only truth values')
    expect(infer('popcount', [f32])).toMatch('bits are counted in whole numbers')
    expect(infer('shr', [u32, i32])).toEqual(u32)
  })
  test('what has no value is said', () => {
    expect(() => scalars('%2 = div(%0, %1) return out = %2', { b: 0 })).toThrow('division by zero')
    expect(() => scalars('%2 = neg(%9) %3 = pow(%9, %2) return out = %3')).toThrow('not a whole number')
    expect(() => scalars('return out = %0', { a: 'many' })).toThrow('not a value for a')
    expect(() => scalars('return out = %9', { n: 1.5 })).toThrow('not a value for n')
  })
})
