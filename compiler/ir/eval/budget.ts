/** Evaluation of `budget`, on exact numbers: see the op for what it means. */
import * as rational from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { EvalValue, ScalarValue } from '../eval-value.ts'
import { attrString } from '../op.ts'
import type { Attrs } from '../node.ts'
import { EvalError } from './eval-error.ts'
import { expectScalar, scalarValue } from './tensor-value.ts'

const ROUNDING: Readonly<Record<string, (value: Rational) => Rational>> = {
  down: rational.floor,
  up: rational.ceil,
  nearest: rational.roundHalfUp,
  even: rational.roundHalfEven,
}

/** A real amount is exactly the double it is; exact amounts are ratios and counts. */
function exactAmount(value: ScalarValue): Rational {
  const exact = typeof value.value === 'number' ? rational.exactly(value.value) : value.value
  if (exact === null || typeof exact === 'boolean') throw new EvalError(`${String(value.value)} is not an amount`)
  return exact
}

function count(value: EvalValue | null | undefined, what: string): Rational {
  const exact = exactAmount(expectScalar(value))
  if (!rational.isInteger(exact) || rational.sign(exact) < 0)
    throw new EvalError(`${what} is ${rational.toText(exact)}: it must be 0 or more`)
  return exact
}

function named(amount: ScalarValue, extent: Rational, attrs: Attrs): Rational {
  const mode = attrString(attrs, 'mode')
  if (attrs['amount'] === 'count') return count(amount, `the count to ${mode}`)
  const ratio = exactAmount(amount)
  if (rational.sign(ratio) < 0 || rational.compare(ratio, rational.ONE) > 0)
    throw new EvalError(`the ratio to ${mode} is ${rational.toText(ratio)}: it must be between 0 % and 100 %`)
  const round = ROUNDING[attrString(attrs, 'round')] ?? rational.floor
  return round(rational.mul(ratio, extent))
}

export function evalBudget(operands: readonly (EvalValue | null)[], attrs: Attrs): ScalarValue {
  const [amount, size, atLeast, multipleOf] = operands
  const extent = count(size, 'the extent')
  const quantity = named(expectScalar(amount), extent, attrs)
  let kept = attrs['mode'] === 'keep' ? quantity : rational.sub(extent, quantity)
  if (atLeast != null) kept = rational.max(kept, count(atLeast, '`at least`'))
  if (multipleOf != null) {
    const step = count(multipleOf, '`multiple of`')
    if (step.n !== 0n) kept = rational.mul(rational.ceil(rational.div(kept, step)), step)
  }
  return scalarValue(rational.max(rational.ZERO, rational.min(kept, extent)))
}
