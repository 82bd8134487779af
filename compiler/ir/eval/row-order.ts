/**
 * The order of selections, as the oracle has it: by sorting. Score descending, NaN after every number, -0 equal to +0,
 * then position ascending.
 */

/** Negative when `a` comes before `b`; 0 when only their positions can tell. */
export function compareScores(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a > b ? -1 : a < b ? 1 : 0
}

/** Positions in order; those of a lower class first. */
export function orderedPositions(scores: Float64Array, classes: Uint8Array): Uint32Array {
  const positions = Uint32Array.from(scores, (_, at) => at)
  return positions.sort(
    (a, b) => (classes[a] as number) - (classes[b] as number) || compareScores(scores[a] as number, scores[b] as number) || a - b,
  )
}
