/** Host plan: two axes that the policy reads by each other's positions, so their extents must agree. */
import { defineOp } from '../../op.ts'

export const sameExtent = defineOp({
  name: 'same_extent',
  summary: 'the host refuses the call unless the two axes have the same extent',
  levels: ['kernel'],
  operands: [],
  attrs: { axes: 'axes' },
  traits: ['writes'],
  infer: () => [],
  example: `entry example(%0 x: f32[row] input, %1 y: f32[other] input) axes(row, other) {
  same_extent() {axes = ["row", "other"]}
}`,
})
