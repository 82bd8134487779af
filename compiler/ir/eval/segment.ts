/** Evaluation of `segment`: one walk over all elements, each combined into its cell. */
import type { EvalContext, EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrAxes, attrString } from '../op.ts'
import { mergeAxes } from '../ops/type-rules.ts'
import type { TensorType } from '../types.ts'
import { stridesFor } from './domain.ts'
import { EvalError } from './eval-error.ts'
import { wrapIntegers } from './elementwise.ts'
import { identityOf } from './reduce.ts'
import { walk } from './strided.ts'
import { allocate, asTensor, expectTensor, rowMajor, shapeOver, stridesOver, tensorValue } from './tensor-value.ts'

const STEPS: Readonly<Record<string, (acc: number, value: number) => number>> = {
  sum: (acc, value) => acc + value,
  max: (acc, value) => Math.max(acc, value),
  min: (acc, value) => Math.min(acc, value),
  any: (acc, value) => Number(acc !== 0 || value !== 0),
  all: (acc, value) => Number(acc !== 0 && value !== 0),
  count: (acc, value) => acc + Number(value !== 0),
}

export function evalSegment(operands: readonly (EvalValue | null)[], node: Node, context: EvalContext): TensorValue {
  const x = expectTensor(operands[0])
  const at = expectTensor(operands[1])
  const where = operands[2] == null ? null : asTensor(operands[2], 'bool')
  const given = where === null ? [x, at] : [x, at, where]
  const axes = mergeAxes(given.map((value) => value.axes))
  const type = node.results[0]?.type as TensorType
  const into = attrString(node.attrs, 'into')
  const reduced = attrAxes(node.attrs)
  const shape = type.axes.map((axis) => (axis === into ? context.extent(axis) : shapeOver([axis], given)[0]!))
  const kind = attrString(node.attrs, 'kind')
  const step = STEPS[kind]
  if (step === undefined) throw new EvalError(`there is no segment ${kind}`)
  const data = allocate(shape).fill(identityOf(kind, x.dtype))
  const cells = context.extent(into)
  const along = rowMajor(shape)[type.axes.indexOf(into)] as number
  const result = stridesFor(axes, type.axes, shape).map((stride, i) => (reduced.includes(axes[i]!) ? 0 : stride))
  const { length, steps, each } = walk(shapeOver(axes, given), [
    ...given.map((value) => stridesOver(axes, value)),
    ...(where === null ? [axes.map(() => 0)] : []),
    result,
  ])
  each((offsets) => {
    for (let i = 0; i < length; i++) {
      const place = (operand: number): number => (offsets[operand] as number) + i * (steps[operand] as number)
      const cell = at.data[place(1)] as number
      if (cell < 0 || cell >= cells || (where !== null && where.data[place(2)] === 0)) continue
      const o = place(3) + cell * along
      data[o] = step(data[o] as number, x.data[place(0)] as number)
    }
  })
  if (type.dtype === 'i32' || type.dtype === 'u32') wrapIntegers(data, type.dtype === 'u32')
  return tensorValue(type.dtype, type.axes, shape, data)
}
