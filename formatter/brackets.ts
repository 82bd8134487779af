/** Gathers the words and marks between brackets: the elements of a list, the statements of a block. */
import { branch, isBranch, isLeaf, type Branch, type Part } from './tree.ts'
import { itemShape, splitAtCommas } from './shapes.ts'

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** The parts with every pair of brackets among them made one part. */
export function closeBrackets(syntax: string, parts: readonly Part[]): Part[] {
  const done: Part[] = []
  let at = 0
  while (at < parts.length) {
    const part = parts[at]
    if (part === undefined) break
    const end = isLeaf(part, '(', '[', '{') ? closingOf(parts, at) : at
    done.push(end > at ? bracketed(syntax, parts.slice(at, end + 1)) : part)
    at = end + 1
  }
  return done
}

function closingOf(parts: readonly Part[], open: number): number {
  let depth = 0
  for (let at = open; at < parts.length; at++) {
    if (isLeaf(parts[at], '(', '[', '{')) depth++
    else if (isLeaf(parts[at], ...Object.values(CLOSING)) && --depth === 0) return at
  }
  return open
}

function bracketed(syntax: string, parts: readonly Part[]): Branch {
  const inner = closeBrackets(syntax, parts.slice(1, -1))
  const [open, close] = [parts[0], parts.at(-1)]
  if (open === undefined || close === undefined) return branch('flow', syntax, inner)
  if (isLeaf(open, '{')) return branch('block', syntax, [open, ...statements(syntax, inner), close])
  const named = syntax === 'entry'
  return branch('list', syntax, [open, ...splitAtCommas(inner, named).map((item) => itemShape(syntax, item)), close])
}

/** Statements are nodes but for the last one of a function (`return …`) and of a loop (`next …`). */
function statements(syntax: string, parts: readonly Part[]): Branch[] {
  const last = parts.findIndex((part) => isLeaf(part, 'return', 'next'))
  const before = last < 0 ? parts : parts.slice(0, last)
  const units = before.filter(isBranch).map((unit): Branch => ({ ...unit, kind: 'unit' }))
  const word = parts[last]
  if (word === undefined) return units
  const values = splitAtCommas(parts.slice(last + 1), false).map((item) => itemShape(syntax, item))
  return [...units, branch('unit', 'return', [branch('run', 'return', [word, ...values])])]
}
