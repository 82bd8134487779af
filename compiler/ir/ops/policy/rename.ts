/** `rename`: the same values with axis `from` called `to`. The two axes must have one extent. */
import { expectTensor } from '../../eval/tensor-value.ts'
import { renameAxis } from '../../eval/movement.ts'
import { attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import type { Type } from '../../types.ts'
import { axesProblem, describe, isTensor, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const [x] = types
  if (!isTensor(x)) return problem(`only the axes of a tensor are renamed, and this is ${describe(x)}`, 0)
  const from = attrString(attrs, 'from')
  const to = attrString(attrs, 'to')
  const refusal = axesProblem(x, [from])
  if (refusal !== null) return refusal
  if (from !== to && x.axes.includes(to)) return problem(`${describe(x)} already has an axis \`${to}\``, 0)
  const swap = (axes: readonly string[]): string[] => axes.map((axis) => (axis === from ? to : axis))
  return [{ ...x, axes: swap(x.axes), ...(x.packing && { packing: { ...x.packing, over: swap(x.packing.over) } }) }]
}

export const rename = defineOp({
  name: 'rename',
  summary: 'The same values under another axis name.',
  levels: ['policy', 'sparse'],
  operands: ['x'],
  attrs: { from: 'axis', to: 'axis' },
  traits: ['pure'],
  zero: 'preserves',
  infer,
  eval: ([x], node, context) => [
    renameAxis(expectTensor(x), attrString(node.attrs, 'from'), attrString(node.attrs, 'to'), (axis) => context.extent(axis)),
  ],
  example: `entry example(%0 x: bool[token] input, %1 q: f32[query] input) axes(token, query) {
  %2 = rename(%0) {from = "token", to = "query"} : bool[query]
  return out = %2
}`,
})
