/**
 * A fused region: policy-level tensor ops that become one kernel. Its meaning is that of its block; `grid` names the axes
 * along which every value of the block can be computed point by point, so that a schedule may loop over (or launch over)
 * them outermost and keep what is inside in registers or row scratch. Any subset of the grid is a legal schedule too.
 *
 * The block uses values of the function directly; `operands` lists exactly those, so that dataflow is visible.
 */
import { defineOp } from '../../op.ts'
import type { Type } from '../../types.ts'

export const region = defineOp({
  name: 'region',
  summary: 'policy-level ops fused into one kernel over a grid of axes',
  levels: ['sparse'],
  operands: ['captured*'],
  attrs: { grid: 'axes', types: 'json' },
  traits: ['pure'],
  infer: (_types, attrs) => attrs.types as unknown as readonly Type[],
  eval: (_operands, node, context) => context.run(node.regions[0]!, []),
  example: `entry example(%0 x: f32[row, column] input) axes(row, column) {
  %1 = region(%0) {grid = ["row"], types = [{"axes": ["row"], "dtype": "f32", "kind": "tensor"}]} : f32[row] {
    %2 = reduce(%0, _, _) {axes = ["column"], kind = "sum"} : f32[row]
    yield %2
  }
  return out = %1
}`,
})
