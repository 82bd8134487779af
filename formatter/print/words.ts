/** Runs of words and marks in one line, and values behind a mark, which may go to the next line. */
import { isBranch, isLeaf, type Branch, type Part } from '../tree.ts'
import type { Context } from './context.ts'
import { doc as prettier, type Doc } from './doc.ts'

const { group, indent, line } = prettier

/** `name = value`, `name: value`: what is made of operators goes below the name before it is broken itself. */
export function words(branch: Branch, context: Context): Doc {
  const { parts, syntax } = branch
  const value = parts.at(-1)
  if (!isBelow(value) || !isLeaf(parts.at(-2), '=', ':=', ':')) return inLine(parts, syntax, context)
  return group([inLine(parts.slice(0, -1), syntax, context), group(indent([line, below(value, context)]))])
}

/** Whether a value is better begun on a line of its own than broken behind what is before it. */
export const isBelow = (part: Part | undefined): part is Branch => isBranch(part) && (part.kind === 'chain' || part.kind === 'if')

export const below = (value: Branch, context: Context): Doc =>
  value.kind === 'chain' ? context.printChain(value) : context.print(value)

export function inLine(parts: readonly Part[], syntax: string, context: Context): Doc[] {
  return parts.flatMap((part, index) => {
    const previous = parts[index - 1]
    const printed = context.print(part)
    return previous !== undefined && isApart(previous, part, syntax) ? [' ', printed] : [printed]
  })
}

const CALLS: ReadonlySet<string> = new Set(['call', 'axis-call'])

function isApart(left: Part, right: Part, syntax: string): boolean {
  if (isLeaf(right, ',', ':', '.') || isLeaf(left, '.')) return false
  if (isLeaf(left, '-') && syntax === 'unary') return false
  if (!isBranch(right) || right.kind !== 'list' || right.syntax === 'list') return true
  return !CALLS.has(syntax) && isLeaf(left, 'of', 'over', 'with', ':')
}
