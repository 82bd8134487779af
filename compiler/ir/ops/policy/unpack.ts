/** `unpack`: the dense tensor of a packed one, zero where nothing is stored. */
import { expectTensor, tensorValue } from '../../eval/tensor-value.ts'
import { defineOp } from '../../op.ts'
import { tensor } from '../../types.ts'
import { describe, isTensor, problem } from '../type-rules.ts'

export const unpack = defineOp({
  name: 'unpack',
  summary: 'The dense tensor of a packed one.',
  levels: ['policy', 'sparse'],
  operands: ['p'],
  attrs: {},
  traits: ['pure'],
  zero: 'preserves',
  infer: ([p]) =>
    isTensor(p) && p.packing !== undefined
      ? [tensor(p.dtype, p.axes)]
      : problem(`only a packed tensor is unpacked, and this is ${describe(p)}`, 0),
  eval: ([p]) => {
    const { dtype, axes, shape, data } = expectTensor(p)
    return [tensorValue(dtype, axes, shape, data)]
  },
  example: `entry example(%0 p: bitmap(64) over [column] exact f16[row, column] input) axes(row, column) {
  %1 = unpack(%0) : f16[row, column]
  return out = %1
}`,
})
