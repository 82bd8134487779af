/** The number that a machine constant is. Infinities and NaN are spelt as text, and so are whole numbers beyond 2^53. */
import { CompilerBug } from '../compiler/diagnostics/bug.ts'
import type { Attr } from '../compiler/ir/node.ts'

const WORDS: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN }

/** `pass`: who meets something else, for the report of the defect. */
export function machineNumber(value: Attr, pass: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string') return WORDS[value] ?? Number(value)
  throw new CompilerBug(`${JSON.stringify(value)} is not a machine constant`, { pass })
}
