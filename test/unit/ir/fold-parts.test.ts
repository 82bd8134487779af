/** `fold_parts` against `fold_softmax` of the same elements, and what a part without elements gives. */
import { expect, test } from 'vitest'
import { evalFoldParts } from '../../../compiler/ir/eval/fold-parts.ts'
import { evalFoldSoftmax } from '../../../compiler/ir/eval/fold-softmax.ts'
import { intValue, tensorValue } from '../../../compiler/ir/eval/tensor-value.ts'
import type { EvalContext } from '../../../compiler/ir/eval-value.ts'
import type { Attrs, Node } from '../../../compiler/ir/node.ts'

const nodeOf = (op: string, results: number, attrs: Attrs): Node => ({
  op,
  operands: [],
  attrs,
  results: Array.from({ length: results }, (_, id) => ({ id, type: { kind: 'tensor', dtype: 'f32', axes: [] } })),
  regions: [],
  span: null,
})

const extents: Readonly<Record<string, number>> = { h: 2, a: 2, b: 3, parts: 3 }
const context: EvalContext = {
  extent: (axis) => extents[axis]!,
  run: () => [],
  call: () => [],
}
const numbers = (count: number, of: (i: number) => number): Float64Array => Float64Array.from({ length: count }, (_, i) => of(i))

test('parts are runs of the summed axes in the order in which they are named', () => {
  const s = tensorValue(
    'f32',
    ['h', 'a', 'b'],
    [2, 2, 3],
    numbers(12, (i) => Math.sin(i)),
  )
  const v = tensorValue(
    'f32',
    ['b', 'a', 'c'],
    [3, 2, 2],
    numbers(12, (i) => i),
  )
  const node = nodeOf('fold_parts', 3, { axes: ['a', 'b'], part: 'parts', points: [] })
  const [peaks, totals, sums] = evalFoldParts([intValue(4), s, v], node, context)
  expect(sums).toMatchObject({ axes: ['parts', 'h', 'c'], shape: [3, 2, 2] })
  for (const p of [0, 1]) {
    const places = [0, 1, 2, 3, 4, 5].slice(4 * p, 4 * p + 4)
    const score = tensorValue(
      'f32',
      ['h', 't'],
      [2, places.length],
      Float64Array.from([0, 1].flatMap((h) => places.map((at) => s.data[h * 6 + at]!))),
    )
    const value = tensorValue(
      'f32',
      ['t', 'c'],
      [places.length, 2],
      Float64Array.from(places.flatMap((at) => [0, 1].map((c) => v.data[(at % 3) * 4 + Math.floor(at / 3) * 2 + c]!))),
    )
    const [m, total, sum] = evalFoldSoftmax([score, value], nodeOf('fold_softmax', 3, { axes: ['t'] }))
    expect([...peaks!.data.slice(2 * p, 2 * p + 2)]).toEqual([...m!.data])
    expect([...totals!.data.slice(2 * p, 2 * p + 2)]).toEqual([...total!.data])
    expect([...sums!.data.slice(4 * p, 4 * p + 4)]).toEqual([...sum!.data])
  }
})

test('a part without elements is what nothing gives', () => {
  const s = tensorValue('f32', ['h', 'a'], [2, 2], Float64Array.of(1, 2, 3, 4))
  const node = nodeOf('fold_parts', 2, { axes: ['a'], part: 'parts', points: ['h'] })
  const [peaks, totals] = evalFoldParts([intValue(2), s], node, context)
  expect([...peaks!.data]).toEqual([2, 4, -Infinity, -Infinity, -Infinity, -Infinity])
  expect([...totals!.data.slice(2)]).toEqual([0, 0, 0, 0])
})
