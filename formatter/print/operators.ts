/** Expressions made of operators, and forms made of words: each operator or word that is not on the first line begins one. */
import { isBranch, isLeaf, type Branch, type Part } from '../tree.ts'
import { behind, elements, waiting, type Context } from './context.ts'
import { doc as prettier, type Doc } from './doc.ts'
import { words } from './words.ts'

const { breakParent, group, hardline, indent, line } = prettier

/** Operands below each other; `further`: behind the first one. */
export function chain(branch: Branch, context: Context, further: boolean): Doc {
  const [head, ...links] = branch.parts
  const rest = following(links, context)
  return group([head === undefined ? '' : context.print(head), further ? indent(rest) : rest])
}

/** `keep … of … by … within …`. */
export function clauses(branch: Branch, context: Context): Doc {
  return chain(branch, context, true)
}

/** `keep cost … of`, then each kind of unit, then what is said of all. */
export function joint(branch: Branch, context: Context): Doc {
  const [head, ...rest] = branch.parts
  const from = rest.findIndex((part) => part.kind === 'clause')
  const units = from < 0 ? rest : rest.slice(0, from)
  const common = from < 0 ? [] : rest.slice(from)
  const shown = units.at(-1)?.kind === 'note' ? units.slice(0, -1) : units
  const comments = units.slice(shown.length)
  return group([
    head === undefined ? '' : context.print(head),
    indent([line, elements(shown, context, ',', ''), following([...comments, ...common], context)]),
  ])
}

/** `if … then …`, `else if … then …`, `else …`, each on a line; `then` goes to another one where it must. */
export function alternatives(branch: Branch, context: Context): Doc {
  const [head, ...rest] = branch.parts
  const printed = rest.map((part, index): Doc => {
    const previous = branch.parts[index]
    if (!isBranch(part) || !isLeaf(part.parts[0], 'then')) return following([part], context, index === rest.length - 1)
    const shouldBreak = previous?.kind === 'note' || (isBranch(previous) && previous.trailing !== null)
    return [group(indent([line, words(part, context)]), { shouldBreak }), behind(part)]
  })
  return group([head === undefined ? '' : context.print(head), printed])
}

/** Each on a line, or all in one. A comment at the end waits for the end of its line, for text may follow. */
function following(parts: readonly Part[], context: Context, isEnd = true): Doc[] {
  return parts.map((part, index): Doc => {
    if (part.kind !== 'note') return [line, context.print(part)]
    return isEnd && index === parts.length - 1 ? waiting(part.text) : [hardline, part.text, breakParent]
  })
}
