/** How many elements a selection keeps: the budget of `keep` and `drop`, on exact numbers. */
import { problem } from './espalier-error.ts'
import type { BudgetExpr } from './manifest.ts'
import {
  ceil,
  compare,
  div,
  floor,
  isInteger,
  max,
  min,
  mul,
  ONE,
  rational,
  roundHalfEven,
  roundHalfUp,
  sign,
  sub,
} from './rational.ts'
import { toNumber, toText, ZERO, type Rational } from './rational.ts'
import { toExact, type ScalarSlot } from './scalar-ops.ts'

export interface Budget {
  readonly mode: 'keep' | 'drop'
  readonly round: 'down' | 'up' | 'nearest' | 'even'
  readonly amount: Rational
  readonly amountIs: 'ratio' | 'count'
  readonly extent: Rational
  readonly atLeast: Rational | null
  readonly multipleOf: Rational | null
}

const rounding = { down: floor, up: ceil, nearest: roundHalfUp, even: roundHalfEven } as const

/** The kept count, 0 to the extent. Throws EspalierError for a ratio outside 0..1 and for a count that is negative or fractional. */
export function keptCount(budget: Budget): Rational {
  const { amount, extent } = budget
  if (budget.amountIs === 'ratio' && (sign(amount) < 0 || compare(amount, ONE) > 0))
    throw problem('ESP4107', { what: `the amount to ${budget.mode}`, expected: '0 to 1', got: String(toNumber(amount)) })
  if (budget.amountIs === 'count') requireCount(amount, `the amount to ${budget.mode}`)
  const named = budget.amountIs === 'ratio' ? rounding[budget.round](mul(amount, extent)) : amount
  let kept = budget.mode === 'keep' ? named : sub(extent, named)
  if (budget.atLeast !== null) kept = max(kept, requireCount(budget.atLeast, '`at least`'))
  if (budget.multipleOf !== null) kept = upToMultiple(kept, requireCount(budget.multipleOf, '`multiple of`'))
  return max(ZERO, min(kept, extent))
}

const upToMultiple = (value: Rational, step: Rational): Rational => (sign(step) === 0 ? value : mul(ceil(div(value, step)), step))

function requireCount(value: Rational, what: string): Rational {
  if (!isInteger(value) || sign(value) < 0)
    throw problem('ESP4108', {
      what,
      expected: 'a whole number of 0 or more',
      got: isInteger(value) ? toText(value) : String(toNumber(value)),
    })
  return value
}

/** The budget expression of a manifest, over slots evaluated before it. */
export function evaluateBudget(expr: BudgetExpr, slot: (ref: number) => ScalarSlot): ScalarSlot {
  const refs = [expr.amount, expr.extent, expr.atLeast, expr.multipleOf]
  const slots = refs.map((ref) => (ref === null ? null : slot(ref)))
  for (const part of slots) {
    if (part === undefined) return undefined
    if (part !== null && 'failure' in part) return part
  }
  const [amount, extent, atLeast, multipleOf] = slots.map((part) => (part && 'value' in part ? exactAmount(part.value) : null))
  const [amountSlot] = slots
  const isCount = amountSlot && 'kind' in amountSlot && amountSlot.kind === 'int'
  return {
    kind: 'int',
    value: keptCount({
      mode: expr.mode,
      round: expr.round,
      amount: amount ?? ZERO,
      amountIs: expr.amountIs ?? (isCount ? 'count' : 'ratio'),
      extent: extent ?? ZERO,
      atLeast: atLeast ?? null,
      multipleOf: multipleOf ?? null,
    }),
  }
}

/** A real amount (the result of a square root, say) is exactly the double it is. */
function exactAmount(value: Rational | number | boolean): Rational {
  const exact = toExact(value)
  if (exact !== null) return exact
  let scaled = Number(value)
  if (!Number.isFinite(scaled)) throw problem('ESP4401', { operation: 'an amount', reason: `is ${scaled}` })
  let power = 0n
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    power++
  }
  return rational(BigInt(scaled), 2n ** power)
}
