/**
 * `random_bits`: 32 random bits for every position of some axes, a function of that position, a seed and a stream alone:
 * word 0 or 1 of Threefry-2x32-20 with the row-major position (and 0) as counter and (seed, stream) as key. Seed and stream
 * are read modulo 2^32. No two positions, and no two streams, have to do with each other; the order of computing is irrelevant.
 */
import { evalRandomBits } from '../../eval/random.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import { computeDType, tensor, type Type } from '../../types.ts'
import { describe, hasDuplicates, isScalar, isTensor, listAxes, problem } from '../type-rules.ts'

/** Whether a value can be a seed: a whole number of the host, or a tensor of one integer. */
function isSeed(type: Type | null | undefined): boolean {
  if (isScalar(type)) return type.scalar === 'int'
  return (
    isTensor(type) && type.packing === undefined && type.axes.length === 0 && ['i32', 'u32'].includes(computeDType(type.dtype))
  )
}

function infer(types: readonly (Type | null)[], axes: readonly string[]): readonly Type[] | TypeProblem {
  const wrong = types.findIndex((type) => !isSeed(type))
  if (wrong >= 0)
    return problem(`a seed is a whole number or an integer tensor without axes, and this is ${describe(types[wrong])}`, wrong)
  return hasDuplicates(axes) ? problem(`an axis is named twice in ${listAxes(axes)}`) : [tensor('u32', axes)]
}

export const randomBits = defineOp({
  name: 'random_bits',
  summary: 'Random bits for every position, from a seed and a stream.',
  levels: ['policy', 'sparse'],
  operands: ['seed', 'stream'],
  attrs: { axes: 'axes', word: 'number' },
  traits: ['pure', 'costly'],
  zero: 'unknown',
  infer: (types, attrs) =>
    attrs['word'] === 0 || attrs['word'] === 1 ? infer(types, attrAxes(attrs)) : problem('the word is 0 or 1'),
  eval: (operands, node, context) => [evalRandomBits(operands, node, context)],
  example: `entry example(%0 x: f32[row] input, %1 seed: int param, %2 step: u32[] state) axes(row) {
  %3 = random_bits(%1, %2) {axes = ["row"], word = 0} : u32[row]
  return out = %3
}`,
})
