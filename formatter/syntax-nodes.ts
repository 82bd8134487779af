/** The syntax nodes directly inside of one, found by what they have in common: a kind and a span. In order of the text. */
import type { Span } from '../compiler/diagnostics/span.ts'

export interface SyntaxNode {
  readonly kind: string
  readonly span: Span
}

export function nodesInside(node: object): readonly SyntaxNode[] {
  const found = new Set<SyntaxNode>()
  for (const value of Object.values(node)) collect(value, found)
  return [...found].sort((a, b) => a.span.start - b.span.start)
}

function collect(value: unknown, found: Set<SyntaxNode>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, found)
  else if (typeof value !== 'object' || value === null) return
  // An input stands at its name, and its type, which inputs may share, elsewhere.
  else if (isNode(value) && value.kind !== 'input') found.add(value)
  else for (const inner of Object.values(value)) collect(inner, found)
}

const isNode = (value: object): value is SyntaxNode => 'kind' in value && typeof value.kind === 'string' && 'span' in value
