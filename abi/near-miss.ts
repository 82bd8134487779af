/** The candidate a misspelt word was probably meant to be. Deterministic: the closest one, the earliest among equals. */

/** Damerau-Levenshtein distance (adjacent swaps count once), given up (Infinity) once it must exceed `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const replaced = (previous[column - 1] ?? 0) + (same ? 0 : 1)
      let best = Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1)
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (row > 1 && column > 1 && swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1)
      current.push(best)
    }
    if (Math.min(...current) > limit) return Infinity
    before = previous
    previous = current
  }
  return previous[b.length] ?? Infinity
}

/** Longer words are not slips of the hand. */
const MAX_WORD = 64

/** Null when nothing is close enough to be a slip of the hand. */
export function nearMiss(word: string, candidates: Iterable<string>): string | null {
  if (word.length > MAX_WORD) return null
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (candidate === word || candidate.length > MAX_WORD) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance - 1)
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}
