/** A counted loop with carried values. */
import type { Block } from '../../node.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import type { Type } from '../../types.ts'
import { isIndex, problem } from './signature.ts'

/** Carried operands from `first` on must have the types of the block's parameters after `skip`; they are the results. */
export function carriedTypes(
  types: readonly (Type | null)[],
  first: number,
  block: Block | undefined,
  skip: number,
): readonly Type[] | TypeProblem {
  const carried = types.slice(first)
  if (block === undefined) return problem('has no body')
  if (block.params.length !== carried.length + skip) return problem('the body takes another number of carried values')
  if (block.yields.length !== carried.length) return problem('the body yields another number of values')
  return carried as Type[]
}

export const forLoop = defineOp({
  name: 'for',
  summary:
    'runs its region for index = lo, lo + step, … while index < hi; carries values from one run to the next; `rolled`: there are few runs',
  levels: ['kernel'],
  operands: ['lo', 'hi', 'carried*'],
  attrs: { step: 'number', 'rolled?': 'boolean' },
  traits: ['control'],
  infer: (types, _attrs, regions) => {
    if (!isIndex(types[0]) || !isIndex(types[1])) return problem('bounds are scalar integers')
    return carriedTypes(types, 2, regions[0], 1)
  },
  example: `kernel example(%0 x: read f32[], %1 n: i32, %2 start: f32) {
  %3 = for(%1, %1, %2) {step = 1} : f32 { (%4 i: i32, %5 sum: f32)
    %6 = load(%0, %4) {lanes = 1} : f32
    %7 = add(%5, %6) : f32
    yield %7
  }
}`,
})
