/** How many steps a loop takes: bounded, so that no number that a caller gives makes a call run without end. */
import * as exact from './rational.ts'
import type { Rational } from './rational.ts'

/** Beyond this a number of steps is taken for a mistake. */
export const MOST_STEPS = 1_000_000

const most = exact.rational(MOST_STEPS)

/** The steps of a loop that is told to take so many: none for a negative number. Throws RangeError for too many. */
export function boundedSteps(times: Rational): Rational {
  if (exact.compare(times, most) > 0) throw new RangeError(`a loop takes at most ${MOST_STEPS} steps`)
  return exact.sign(times) < 0 ? exact.rational(0) : times
}
