/** Lists in brackets, parentheses, blocks, and runs of elements behind a word. */
import { isBranch, isElement, isLeaf, type Branch, type Part } from '../tree.ts'
import { elements, waiting, type Context } from './context.ts'
import { doc as prettier, type Doc } from './doc.ts'
import { below, isBelow } from './words.ts'

const { breakParent, fill, group, hardline, ifBreak, indent, line, softline } = prettier

/** Where the grammar allows a comma behind the last element. */
const CLOSED_BY_COMMA: ReadonlySet<string> = new Set([
  ...['call', 'axis-call', 'format'],
  ...['policy', 'entry', 'fn'],
  ...['iterate', 'fold'],
])

export function list(branch: Branch, context: Context): Doc {
  const { open, inner, close } = inside(branch)
  if (inner.length === 0) return [open, close]
  if (inner.length === 1 && isHugged(inner[0])) return [open, context.print(inner[0]), close]
  const comma = (open === '(' && CLOSED_BY_COMMA.has(branch.syntax)) || branch.syntax === 'list' ? ifBreak(',') : ''
  if (branch.syntax === 'list' && inner.every(isNumber))
    return group([open, indent([softline, numbers(inner, context)]), comma, softline, close])
  const [only] = inner
  const single =
    inner.length === 1 && isBranch(only) && only.parts.length === 1 && only.trailing === null ? only.parts[0] : undefined
  const contents = isBelow(single) ? [below(single, context), comma] : elements(inner, context, ',', comma)
  return group([open, indent([softline, contents]), softline, close], { shouldBreak: isBrokenMatrix(branch, inner, context) })
}

function numbers(inner: readonly Part[], context: Context): Doc {
  return fill(inner.flatMap((part, index) => (index === 0 ? [context.print(part)] : [line, context.print(part)])).map(withComma))
}

/** In a fill, contents and gaps alternate. */
function withComma(part: Doc, index: number, all: readonly Doc[]): Doc {
  return index % 2 === 0 && index < all.length - 1 ? [part, ','] : part
}

const isNumber = (part: Part): boolean => {
  if (!isElement(part) || part.trailing !== null || part.parts.length !== 1) return false
  const [value] = part.parts
  return isBranch(value) && value.kind === 'flow' && value.parts.every((each) => each.kind === 'leaf' || isNumberBranch(each))
}

const isNumberBranch = (part: Part): boolean =>
  isBranch(part) && part.kind === 'flow' && part.parts.every((each) => each.kind === 'leaf')

/** A list of lists that an author wrote row by row stays so. */
function isBrokenMatrix(branch: Branch, inner: readonly Part[], { text }: Context): boolean {
  const [first, second] = inner
  if (branch.syntax !== 'list' || first === undefined || second === undefined) return false
  if (!isElement(first) || !isBranch(first.parts[0]) || first.parts[0].kind !== 'list') return false
  return /[\r\n]/.test(text.slice(first.end, second.start))
}

/** An element that brings brackets of its own needs no lines of its own: `prune(W = [[…], […]])`. */
function isHugged(part: Part | undefined): part is Branch {
  if (!isElement(part) || part.trailing !== null) return false
  const last = part.parts.at(-1)
  if (!isBranch(last)) return false
  return (last.kind === 'list' && last.syntax === 'list') || last.syntax === 'iterate' || last.syntax === 'fold'
}

export function parenthesis(branch: Branch, context: Context): Doc {
  const [, value] = branch.parts
  const printed = isBelow(value) ? below(value, context) : value === undefined ? '' : context.print(value)
  return group(['(', indent([softline, printed]), softline, ')'])
}

/** Policies and tests always have lines of their own; one statement alone stays in the line where it was written so. */
export function block(branch: Branch, context: Context): Doc {
  const { open, inner, close } = inside(branch)
  const [first] = inner
  if (first === undefined) return [open, close]
  const inLine = inner.length === 1 && !/[\r\n]/.test(context.text.slice(branch.start, first.start))
  const shouldBreak = !inLine || branch.syntax === 'policy' || branch.syntax === 'test'
  return group([open, indent([line, elements(inner, context, '', '')]), line, close], { shouldBreak })
}

/** `return a: …, b: …`, `axes a = …, b = …`: one element behind the word, several in the same line or each on its own. */
export function run(branch: Branch, context: Context): Doc {
  const [word, ...rest] = branch.parts
  const first = rest[0]
  const head = word === undefined ? '' : context.print(word)
  if (rest.length === 1 && isElement(first)) {
    const value = first.parts.length === 1 ? first.parts[0] : undefined
    if (!isBelow(value)) return [head, ' ', context.print(first)]
  }
  const end = rest.at(-1)
  const shown = end?.kind === 'note' ? rest.slice(0, -1) : rest
  const behind = end?.kind === 'note' ? waiting(end.text) : ''
  return group([head, indent([line, elements(shown, context, ',', ''), behind])])
}

export function file(branch: Branch, context: Context): Doc {
  const printed = elements(
    branch.parts,
    context,
    '',
    '',
    (before, after) => isLarge(before) || (isLarge(after) && isBranch(before)),
  )
  return branch.parts.length === 0 ? '' : [group([printed, breakParent]), hardline]
}

const isLarge = (part: Part): boolean => isBranch(part) && (part.syntax === 'policy' || part.syntax === 'test')

function inside(branch: Branch): { readonly open: string; readonly inner: readonly Part[]; readonly close: string } {
  const open = branch.parts[0]
  const close = branch.parts.at(-1)
  return { open: isLeaf(open) ? open.text : '', inner: branch.parts.slice(1, -1), close: isLeaf(close) ? close.text : '' }
}
