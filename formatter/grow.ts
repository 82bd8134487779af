/**
 * Tokens and syntax to the tree that is laid out. A syntax node is a run of tokens; those that belong to no node inside it
 * are its own words and marks. Left out are commas between elements and parentheses that say nothing; the printers write
 * the former where they are needed.
 */
import type { Token } from '../compiler/frontend/parse/scan.ts'
import { closeBrackets } from './brackets.ts'
import { operatorOf, redundant, type Place } from './levels.ts'
import { shaped } from './shapes.ts'
import { nodesInside, type SyntaxNode } from './syntax-nodes.ts'
import { branch, isBranch, isLeaf, type Branch, type Leaf, type Part } from './tree.ts'

/** The whole file; a file without declarations has a branch without parts. */
export function growFile(file: SyntaxNode, tokens: readonly Token[]): Branch {
  const grower = new Grower(tokens)
  const units = nodesInside(file).map((node) => grower.grow(node))
  return { ...branch('file', 'file', units), start: -1, end: Infinity }
}

const CHAINS: ReadonlySet<string> = new Set(['binary', 'compare', 'where'])

class Grower {
  private readonly tokens: readonly Token[]
  private readonly starting = new Map<number, number>()

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
    tokens.forEach((token, index) => this.starting.set(token.start, index))
  }

  grow(node: SyntaxNode): Branch {
    const { own, parentheses } = this.ownParts(node)
    const inner = own.length - 2 * parentheses
    const parts = own.slice(parentheses, parentheses + inner)
    const grown = CHAINS.has(node.kind) ? chain(node.kind, parts) : shaped(node.kind, closeBrackets(node.kind, parts))
    const open = own[parentheses - 1]
    const close = own[parentheses + inner]
    return open === undefined || close === undefined ? grown : branch('paren', node.kind, [open, grown, close])
  }

  /** Leaves and grown nodes of the run, and how many pairs of parentheses are around all of it. */
  private ownParts(node: SyntaxNode): { readonly own: Part[]; readonly parentheses: number } {
    const children = nodesInside(node)
    const own: Part[] = []
    let at = this.starting.get(node.span.start) ?? 0
    let next = 0
    while (at < this.tokens.length) {
      const token = this.tokens[at]
      if (token === undefined || token.start >= node.span.end) break
      const child = children[next]
      if (child?.span.start === token.start) {
        own.push(this.grow(child))
        while (at < this.tokens.length && (this.tokens[at]?.start ?? 0) < child.span.end) at++
        next++
      } else {
        own.push(leaf(token))
        at++
      }
    }
    let parentheses = 0
    while (isLeaf(own[parentheses], '(') && isLeaf(own[own.length - 1 - parentheses], ')')) parentheses++
    return { own: bare(node.kind, own, parentheses), parentheses }
  }
}

const leaf = ({ text, start, end }: Token): Leaf => ({ kind: 'leaf', text, start, end })

/** Without parentheses around operands that say nothing. */
function bare(syntax: string, parts: readonly Part[], around: number): Part[] {
  return parts.map((part, index) => {
    const inner = isBranch(part) && part.kind === 'paren' ? part.parts[1] : undefined
    if (!isBranch(inner)) return part
    const before = index === around ? undefined : parts[index - 1]
    const after = parts[index + 1]
    const place: Place = { syntax, behind: before?.kind === 'leaf' ? before.text : null }
    const left = before === undefined && CHAINS.has(syntax) && after?.kind === 'leaf' ? after.text : null
    return redundant(inner, place, left) ? inner : part
  })
}

const SUMS = ['+', '-']
const PRODUCTS = ['*', '/', '%']

/** Operators that chain: `a + b - c` is one chain, comparisons and powers are none. */
function together(left: string, right: string): boolean {
  if (SUMS.includes(left)) return SUMS.includes(right)
  if (PRODUCTS.includes(left)) return PRODUCTS.includes(right)
  return left === right && ['and', 'or', 'where'].includes(left)
}

function chain(syntax: string, parts: readonly Part[]): Branch {
  const [left, operator, ...right] = parts
  if (left === undefined || !isLeaf(operator)) return branch('flow', syntax, [...parts])
  if (operator.text === '^') return branch('flow', syntax, [...parts])
  const link = branch('link', syntax, [operator, ...right])
  if (isBranch(left) && left.kind === 'chain' && together(operatorOf(left), operator.text))
    return branch('chain', syntax, [...left.parts, link])
  return branch('chain', syntax, [branch('head', syntax, [left]), link])
}
