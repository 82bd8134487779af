/**
 * `iterate`: carries values through `times` steps. The region takes the step (0, 1, …; an i32 without axes) and the carried
 * values, and yields the next ones; the results are the values after the last step, or the initial ones when `times` is
 * not positive. Types do not change from step to step. The region also sees the values of the function.
 */
import { MOST_STEPS } from '../../../../abi/loop-steps.ts'
import { EvalError } from '../../eval/eval-error.ts'
import { scalarNumber, tensorValue } from '../../eval/tensor-value.ts'
import type { EvalValue } from '../../eval-value.ts'
import type { Block } from '../../node.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import { sameType } from '../../same-type.ts'
import { tensor, type Type } from '../../types.ts'
import { denseTensor, describe, isInt, isTypeProblem, problem } from '../type-rules.ts'

const STEP = tensor('i32', [])

function infer(types: readonly (Type | null)[], _attrs: unknown, regions: readonly Block[]): readonly Type[] | TypeProblem {
  const [times, ...carried] = types
  if (!isInt(times)) return problem(`the number of steps is a whole number known to the host, and this is ${describe(times)}`, 0)
  if (carried.length === 0) return problem('nothing is carried from step to step')
  for (const [at, type] of carried.entries()) {
    const dense = denseTensor(type, at + 1)
    if (isTypeProblem(dense)) return dense
  }
  const [body, ...others] = regions
  if (body === undefined || others.length > 0) return problem('needs one region')
  const wanted = [STEP, ...(carried as readonly Type[])]
  const fits = body.params.length === wanted.length && body.params.every(({ type }, at) => sameType(type, wanted[at] ?? STEP))
  if (!fits) return problem(`its region takes the step and what is carried: ${wanted.map(describe).join(', ')}`)
  return carried as readonly Type[]
}

export const iterate = defineOp({
  name: 'iterate',
  summary: 'Values carried through a number of steps.',
  levels: ['policy', 'sparse'],
  operands: ['times', 'init*'],
  attrs: {},
  traits: ['pure', 'control', 'costly'],
  infer,
  eval: ([times, ...init], node, context) => {
    const steps = times?.kind === 'scalar' ? scalarNumber(times) : 0
    if (steps > MOST_STEPS) throw new EvalError(`a loop takes at most ${MOST_STEPS} steps, and this one would take ${steps}`)
    let carried = init as readonly EvalValue[]
    for (let step = 0; step < steps; step++)
      carried = context.run(node.regions[0]!, [tensorValue('i32', [], [], Float64Array.of(step)), ...carried])
    return carried
  },
  example: `entry example(%0 x: f32[row] input, %1 n: int argument) axes(row) {
  %2 = iterate(%1, %0) : f32[row] { (%3 step: i32[], %4 value: f32[row])
    %5 = add(%4, %3) : f32[row]
    yield %5
  }
  return out = %2
}`,
})
