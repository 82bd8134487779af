/** Evaluation of random bits: the generator at every position. */
import { isRational } from '../../../abi/rational.ts'
import type { EvalContext, EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrAxes } from '../op.ts'
import { numberWords, threefry } from '../threefry.ts'
import { allocate, tensorValue } from './tensor-value.ts'

/** A seed modulo 2^32. */
function wordOf(value: EvalValue | null | undefined): number {
  if (value?.kind === 'tensor') return (value.data[0] ?? 0) >>> 0
  const given = value?.value
  return isRational(given) ? Number(BigInt.asUintN(32, given.n)) : Number(given ?? 0) >>> 0
}

export function evalRandomBits(operands: readonly (EvalValue | null)[], node: Node, context: EvalContext): TensorValue {
  const axes = attrAxes(node.attrs)
  const shape = axes.map((axis) => context.extent(axis))
  const key = [wordOf(operands[0]), wordOf(operands[1])] as const
  const word = node.attrs['word'] === 1 ? 1 : 0
  const data = allocate(shape)
  for (let at = 0; at < data.length; at++) data[at] = threefry(numberWords, [at, 0], key)[word]
  return tensorValue('u32', axes, shape, data)
}
