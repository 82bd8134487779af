/** A tree as a document: which printer lays out which shape. */
import type { Branch, Part } from '../tree.ts'
import { isElement } from '../tree.ts'
import { block, file, list, parenthesis, run } from './brackets.ts'
import type { Context } from './context.ts'
import { doc as prettier, type Doc } from './doc.ts'
import { alternatives, chain, clauses, joint } from './operators.ts'
import { words } from './words.ts'

const { breakParent, lineSuffix } = prettier

type Printer = (branch: Branch, context: Context) => Doc

const PRINTERS: Readonly<Record<Branch['kind'], Printer>> = {
  file,
  block,
  list,
  run,
  chain: (branch, context) => chain(branch, context, true),
  clauses,
  joint,
  if: alternatives,
  paren: parenthesis,
  unit: words,
  item: words,
  head: words,
  link: words,
  clause: words,
  flow: words,
}

export function documentOf(tree: Branch, text: string): Doc {
  const print = (part: Part): Doc => {
    if (part.kind === 'leaf' || part.kind === 'note') return part.text
    const printed = PRINTERS[part.kind](part, context)
    return isElement(part) && part.trailing !== null ? [printed, lineSuffix(` ${part.trailing.text}`), breakParent] : printed
  }
  const context: Context = { text, print, printChain: (branch) => chain(branch, context, false) }
  return print(tree)
}
