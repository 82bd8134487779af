/** Number literals as exact values: a literal is a decimal fraction and is never rounded on its way to a budget. */
import { div, parseRational, rational, type Rational } from '../../abi/rational.ts'

/** What `12`, `0.5`, `1e-4` or, with `percent`, `70` (of `70%`) stands for. Null when it is too long or too large to be meant. */
export function literalValue(text: string, percent: boolean): Rational | null {
  const value = parseRational(text)
  return value === null || !percent ? value : div(value, rational(100))
}
