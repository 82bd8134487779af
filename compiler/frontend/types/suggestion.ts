/** Help for an unknown name: the one that was probably meant, or those there are. */
import { nearMiss } from '../../../abi/near-miss.ts'

/** What to report about an unknown name: help, and the name that was probably meant as a fix. */
export const guess = (word: string, candidates: readonly string[]): { help: string | null; fix: string | null } => ({
  help: suggestion(word, candidates),
  fix: nearMiss(word, candidates),
})

/** `did you mean \`x\`?`, or the alternatives when there are few, or null. */
export function suggestion(word: string, candidates: readonly string[]): string | null {
  const near = nearMiss(word, candidates)
  if (near !== null) return `did you mean \`${near}\`?`
  if (candidates.length === 0 || candidates.length > 12) return null
  return `there is ${candidates.map((name) => `\`${name}\``).join(', ')}`
}
