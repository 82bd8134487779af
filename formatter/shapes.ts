/** What the parts of a syntax node are to the layout: elements with commas, clauses, a statement, or a run of words. */
import { branch, isBranch, isLeaf, type Branch, type Leaf, type Part } from './tree.ts'

const UNITS: ReadonlySet<string> = new Set([
  'use',
  'fn',
  'policy',
  'test',
  'axes',
  'state',
  'entry',
  'let',
  'update',
  'return',
  'set',
  'size',
  'expect',
  'expect-error',
])

/** Words that begin a clause. */
const SELECTING = ['by', 'costing', 'within', 'protect', 'ties', 'round', 'at', 'multiple']
const CLAUSES: Readonly<Record<string, readonly string[]>> = {
  select: SELECTING,
  pack: ['by', 'as'],
  compact: ['by', 'as'],
  merge: ['by', 'weighted'],
}
/** Of those, the ones that belong to a joint selection and not to its last kind of unit. */
const JOINT = ['ties', 'round', 'at', 'multiple']

/** `closed`: own words and marks, and grown nodes, brackets gathered. */
export function shaped(syntax: string, closed: readonly Part[]): Branch {
  const parts = [...closed]
  const words = CLAUSES[syntax]
  if (words !== undefined) return clauses(syntax, parts, words)
  if (syntax === 'joint') return joint(parts)
  if (syntax === 'if') return alternatives(parts)
  if (syntax === 'list' && isBranch(parts[0])) return parts[0]
  if (syntax === 'axes' || syntax === 'return') return branch('unit', syntax, [run(syntax, parts)])
  return branch(UNITS.has(syntax) ? 'unit' : 'flow', syntax, parts)
}

/** The elements between commas. `named`: what has no type of its own belongs to what follows: `K, V: f16[token]`. */
export function splitAtCommas(parts: readonly Part[], named: boolean): Part[][] {
  const items: Part[][] = []
  let item: Part[] = []
  for (const part of parts) {
    const ends = isLeaf(part, ',') && (!named || item.some((each) => isLeaf(each, ':')))
    if (!ends) item.push(part)
    else if (item.length > 0) {
      items.push(item)
      item = []
    }
  }
  return item.length > 0 ? [...items, item] : items
}

/** An element of a list, or of a run with commas; `x else 0` has a clause. */
export function itemShape(syntax: string, parts: readonly Part[]): Branch {
  const [value] = parts
  const otherwise = parts.findIndex((part) => isLeaf(part, 'else'))
  if (otherwise > 0) return branch('item', syntax, [clauses(syntax, parts, ['else'])])
  return branch('item', isBranch(value) && parts.length === 1 ? value.syntax : syntax, [...parts])
}

function run(syntax: string, parts: readonly Part[]): Branch {
  const [word, ...rest] = parts
  const items = splitAtCommas(rest, false).map((item) => itemShape(syntax, item))
  return branch('run', syntax, word === undefined ? items : [word, ...items])
}

/** Splits before each of the words, except where one is a name: an axis may be called `round`. */
function splitAtWords(parts: readonly Part[], words: readonly string[]): { readonly head: Part[]; readonly rest: Part[][] } {
  const head: Part[] = []
  const rest: Part[][] = []
  parts.forEach((part, index) => {
    const isName = isLeaf(parts[index - 1], 'of', 'as', 'into')
    if (!isName && isLeaf(part, ...words)) rest.push([part])
    else (rest.at(-1) ?? head).push(part)
  })
  return { head, rest }
}

function clauses(syntax: string, parts: readonly Part[], words: readonly string[]): Branch {
  const { head, rest } = splitAtWords(parts, words)
  if (rest.length === 0) return branch('flow', syntax, head)
  return branch('clauses', syntax, [branch('head', syntax, head), ...rest.map((clause) => branch('clause', syntax, clause))])
}

/** `keep n of`, kinds of units, clauses for all of them. */
function joint(parts: readonly Part[]): Branch {
  const of = parts.findIndex((part) => isLeaf(part, 'of'))
  const kinds = splitAtCommas(parts.slice(of + 1), false)
  const { head: last, rest } = splitAtWords(kinds.at(-1) ?? [], JOINT)
  const units = [...kinds.slice(0, -1), last].map((unit) => branch('item', 'joint', [clauses('joint', unit, SELECTING)]))
  const common = rest.map((clause) => branch('clause', 'joint', clause))
  return branch('joint', 'joint', [branch('head', 'joint', parts.slice(0, of + 1)), ...units, ...common])
}

/** `if … then … else if … then … else …` as one list of clauses. */
function alternatives(parts: readonly Part[]): Branch {
  const { head, rest } = splitAtWords(parts, ['then', 'else'])
  const all = [branch('head', 'if', head)]
  for (const clause of rest) {
    const [word, next] = clause
    if (isLeaf(word, 'else') && isBranch(next) && next.kind === 'if') all.push(...continued(word, next))
    else all.push(branch('clause', 'if', clause))
  }
  return branch('if', 'if', all)
}

function continued(word: Leaf, inner: Branch): Branch[] {
  const [head, ...rest] = inner.parts.filter(isBranch)
  return [branch('clause', 'if', [word, ...(head?.parts ?? [])]), ...rest]
}
