/** A tree as a document: which printer lays out which shape. */
import type { Branch, Part } from '../tree.ts'
import { block, file, list, parenthesis, run } from './brackets.ts'
import { behind, type Context } from './context.ts'
import type { Doc } from './doc.ts'
import { alternatives, chain, clauses, joint } from './operators.ts'
import { words } from './words.ts'

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
    return [PRINTERS[part.kind](part, context), behind(part)]
  }
  const context: Context = { text, print, printChain: (branch) => chain(branch, context, false) }
  return print(tree)
}
