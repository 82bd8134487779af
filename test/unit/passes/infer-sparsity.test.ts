/** The infer-sparsity pass: when rows are proven to keep exactly k, and when not. */
import { describe, expect, test } from 'vitest'
import type { Func } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { inferSparsity } from '../../../compiler/passes/infer-sparsity.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'
import { evaluateModule, moduleOf } from '../../support/evaluate-text.ts'

const run = (text: string): ReturnType<typeof runPipeline> =>
  runPipeline(moduleOf(text), [inferSparsity], { ops, verify: 'roundtrip' })
const node = (func: Func, op: string): Func['body']['nodes'][number] => func.body.nodes.find((each) => each.op === op)!
const remarks = (result: ReturnType<typeof runPipeline>): string[] =>
  result.remarks.map(({ kind, rule, reason }) => `${kind} ${rule}: ${reason}`)

const pack = (
  mask: string,
  over = '["col"]',
): string => `entry e(%0 x: f16[row, col] input, %1 k: int param, %2 m: bool[col] input) axes(row, col) {
  %3 = size() {axis = "col"}
  %4 = budget(%1, %3, _, _) {amount = "count", mode = "drop", round = "down"}
  ${mask}
  %9 = pack(%0, %8, _) {exact = false, format = {"kind": "bitmap", "width": 64}, over = ${over}}
  %10 = unpack(%9)
  return p = %9, out = %10
}`

describe('packing', () => {
  test('takes the budget of its mask', () => {
    const result = run(pack('%8 = keep(%0, %4, _, _) {axes = ["col"], ties = "first"}'))
    const func = result.module.funcs[0]!
    expect(node(func, 'pack')).toMatchObject({ attrs: { exact: true }, results: [{ type: { packing: { exact: true } } }] })
    expect(node(func, 'pack').operands[2]).toBe(node(func, 'budget').results[0]!.id)
    expect(func.outputs.map(({ value }) => value)).toEqual(func.body.yields)
    expect(remarks(result)).toEqual(['fired exact-packing: every row keeps the same number of elements: rows need no offsets'])
  })
  test('of the opposite mask takes the rest', () => {
    const result = run(pack('%7 = keep(%0, %4, _, _) {axes = ["col"], ties = "first"} %8 = not(%7)'))
    expect(node(result.module.funcs[0]!, 'sub').results[0]!.id).toBe(node(result.module.funcs[0]!, 'pack').operands[2])
    expect(
      evaluateModule(result.module, {
        x: [
          [1, 2, 3],
          [9, 8, 7],
        ],
        k: 1,
        m: [0, 0, 0],
      })['out'],
    ).toEqual([
      [1, 0, 0],
      [0, 0, 7],
    ])
  })
  test('over more axes than the mask counts multiplies', () => {
    const result = run(pack('%8 = keep(%0, %4, _, _) {axes = ["col"], ties = "first"}', '["row", "col"]'))
    expect(node(result.module.funcs[0]!, 'pack').attrs['exact']).toBe(true)
    expect(
      evaluateModule(result.module, {
        x: [
          [1, 2, 3],
          [9, 8, 7],
        ],
        k: 1,
        m: [0, 0, 0],
      })['out'],
    ).toEqual([
      [0, 2, 3],
      [9, 8, 0],
    ])
  })
  test.each([
    ['%8 = keep(%0, %4, _, _) {axes = ["row", "col"], ties = "first"}', 'the mask is counted over row, and a row is not'],
    ['%8 = keep(%0, %4, %2, _) {axes = ["col"], ties = "first"}', 'there may be fewer candidates than the budget'],
    ['%8 = keep(%0, %4, _, _) {axes = ["col"], ties = "all"}', 'ties are all kept'],
    ['%8 = not(%2)', 'the mask comes from outside'],
  ])('by %s stays ragged and says why', (mask, reason) => {
    const text = pack(mask)
    const result = run(text)
    expect(node(result.module.funcs[0]!, 'pack').attrs['exact']).toBe(false)
    expect(remarks(result)).toEqual([`missed exact-packing: ${reason}`])
    expect(result.module.funcs[0]).toEqual(moduleOf(text).funcs[0])
  })
})

describe('compaction', () => {
  const compact = (
    mask: string,
  ): string => `entry e(%0 x: f16[row, t] input, %1 sink: int param, %2 recent: int param, %3 m: bool[t] input) axes(row, t, kept: counted %7) {
    ${mask}
    %7 = reduce(%6, _, _) {axes = ["t"], kind = "count"}
    %8 = kept_indices(%6, _) {as = "kept", axis = "t"}
    %9 = gather(%0, %8) {axes = ["t"]}
    return out = %9
  }`
  const given = {
    x: [
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ],
    sink: 1,
    recent: 2,
    m: [0, 1, 0, 1, 0],
  }
  const ends = '%4 = position(%1) {axis = "t", which = "first"} %5 = position(%2) {axis = "t", which = "last"} %6 = or(%4, %5)'

  test('of both ends of an axis needs no counting', () => {
    const result = run(compact(ends))
    const func = result.module.funcs[0]!
    expect(func.axes.find(({ name }) => name === 'kept')?.extent).toEqual({
      kind: 'scalar',
      value: node(func, 'kept_indices').operands[1],
    })
    expect(evaluateModule(result.module, given)['out']).toEqual([
      [1, 4, 5],
      [6, 9, 10],
    ])
    expect(evaluateModule(result.module, { ...given, sink: 4 })['out']).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ])
    expect(evaluateModule(result.module, { ...given, sink: -3, recent: 0 })['out']).toEqual([[], []])
  })
  test('by a mask from outside is counted', () => {
    const result = run(compact('%4 = literal() {scalar = "bool", value = "true"} %6 = and(%3, %4)'))
    expect(result.module.funcs[0]!.axes.find(({ name }) => name === 'kept')?.extent.kind).toBe('counted')
    expect(remarks(result)).toEqual(['missed exact-compaction: `and` may hold for any number of elements'])
    expect(evaluateModule(result.module, given)['out']).toEqual([
      [2, 4],
      [7, 9],
    ])
  })
})
