/** The number a budget keeps when everything it depends on is written in the source; the meaning is that of the `budget` op. */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'

type Rounding = 'down' | 'up' | 'nearest' | 'even'

const ROUND: Readonly<Record<Rounding, (value: Rational) => Rational>> = {
  down: exact.floor,
  up: exact.ceil,
  nearest: exact.roundHalfUp,
  even: exact.roundHalfEven,
}

/** Null when `at least` or `multiple of` (in this order; undefined: not given) are not known. */
export function knownBudget(
  how: { readonly mode: 'keep' | 'drop'; readonly round: Rounding },
  kind: 'ratio' | 'count',
  amount: Rational,
  size: Rational,
  bounds: readonly (Rational | boolean | null | undefined)[],
): Rational | null {
  const [least, multiple] = bounds
  if (least === null || multiple === null) return null
  const named = kind === 'ratio' ? ROUND[how.round](exact.mul(amount, size)) : amount
  let kept = how.mode === 'keep' ? named : exact.sub(size, named)
  if (exact.isRational(least)) kept = exact.max(kept, least)
  if (exact.isRational(multiple) && multiple.n > 0n) kept = exact.mul(exact.ceil(exact.div(kept, multiple)), multiple)
  return exact.max(exact.ZERO, exact.min(kept, size))
}
