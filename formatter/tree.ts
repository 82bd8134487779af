/**
 * What is laid out: the tokens of a file in the shape of its syntax. A printer that walks this tree can move tokens and
 * comments to other lines and nothing else, so it cannot change what a policy says.
 */
import type { Comment } from '../compiler/frontend/ast.ts'

/** One token, as written. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly text: string
  readonly start: number
  readonly end: number
}

/** A comment on lines of its own, among the parts of a container. */
export interface Note {
  readonly kind: 'note'
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * Containers, whose elements may each begin a line: `file` and `block` (declarations, statements), `list` (in brackets),
 * `run` (a word and elements with commas), `chain` (operands of operators of one level, operators first), `clauses` (a form
 * of words: `keep … by …`), `joint` (a selection of several kinds of units), `if`.
 * Elements: `unit` (declaration, statement, step), `item`, `head`, `link` (an operator and its operand), `clause`.
 * In one line unless something inside it breaks: `flow`, and `paren` around one expression.
 */
export type Shape = Container | Element | 'flow' | 'paren'
export type Container = 'file' | 'block' | 'list' | 'run' | 'chain' | 'clauses' | 'joint' | 'if'
export type Element = 'unit' | 'item' | 'head' | 'link' | 'clause'

export interface Branch {
  readonly kind: Shape
  /** Kind of the syntax node that it was made of. */
  readonly syntax: string
  readonly parts: Part[]
  readonly start: number
  readonly end: number
  /** The comment behind it on its last line. Elements alone have one. */
  trailing: Comment | null
}

export type Part = Leaf | Note | Branch

const CONTAINERS: ReadonlySet<Shape> = new Set<Container>(['file', 'block', 'list', 'run', 'chain', 'clauses', 'joint', 'if'])
const ELEMENTS: ReadonlySet<Shape> = new Set<Element>(['unit', 'item', 'head', 'link', 'clause'])

export const isContainer = (branch: Branch): boolean => CONTAINERS.has(branch.kind)

export const isBranch = (part: Part | undefined): part is Branch =>
  part !== undefined && part.kind !== 'leaf' && part.kind !== 'note'

export const isElement = (part: Part | undefined): part is Branch => isBranch(part) && ELEMENTS.has(part.kind)

export const isLeaf = (part: Part | undefined, ...texts: readonly string[]): part is Leaf =>
  part?.kind === 'leaf' && (texts.length === 0 || texts.includes(part.text))

/** A branch of some parts, at their place. */
export function branch(kind: Shape, syntax: string, parts: Part[]): Branch {
  return { kind, syntax, parts, start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0, trailing: null }
}
