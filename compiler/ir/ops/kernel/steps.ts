/** Host plan: how many steps a loop takes, which the host refuses before anything runs when they are too many. */
import { boundedSteps, MOST_STEPS } from '../../../../abi/loop-steps.ts'
import { isRational } from '../../../../abi/rational.ts'
import { EvalError } from '../../eval/eval-error.ts'
import { expectScalar, scalarValue } from '../../eval/tensor-value.ts'
import { defineOp } from '../../op.ts'
import { scalar } from '../../types.ts'
import { problem } from './signature.ts'

export const steps = defineOp({
  name: 'steps',
  summary: `the steps of a loop: none for a negative number, and no answer beyond ${MOST_STEPS}`,
  levels: ['kernel'],
  operands: ['times'],
  attrs: {},
  traits: ['pure'],
  infer: ([times]) =>
    times?.kind === 'scalar' && times.scalar === 'int' ? [scalar('int')] : problem('expects a whole number known to the host', 0),
  eval: ([times]) => {
    const { value } = expectScalar(times)
    if (!isRational(value)) throw new EvalError(`${String(value)} is not a number of steps`)
    try {
      return [scalarValue(boundedSteps(value))]
    } catch (error) {
      throw error instanceof RangeError ? new EvalError(error.message) : error
    }
  },
  example: `entry example(%0 n: int argument) {
  %1 = steps(%0) : int
}`,
})
