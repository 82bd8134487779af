/** The token that an offset is in or at the end of. */
import type { Token } from '../../compiler/frontend/parse/scan.ts'
import type { Analysis } from '../analysis.ts'

/** Index of the last token that starts before `offset`; -1 when there is none. */
export function tokenBefore({ tree }: Analysis, offset: number): number {
  let low = -1
  let high = tree.tokens.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((tree.tokens[middle]?.start ?? 0) < offset) low = middle
    else high = middle - 1
  }
  return low
}

export function tokenAt(analysis: Analysis, offset: number): Token | null {
  const token = analysis.tree.tokens[tokenBefore(analysis, offset + 1)]
  if (token !== undefined && token.start <= offset && offset < token.end) return token
  const before = analysis.tree.tokens[tokenBefore(analysis, offset)]
  return before !== undefined && before.end === offset ? before : null
}
