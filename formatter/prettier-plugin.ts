/** The language for Prettier: `prettier --plugin espalier/prettier-plugin`, also for `prune` fences in Markdown. */
import type { Parser, Plugin, Printer } from 'prettier'
import { LineMap } from '../compiler/diagnostics/line-map.ts'
import { parseTree, Unreadable } from './parse-tree.ts'
import { documentOf } from './print/document.ts'
import type { Branch } from './tree.ts'

/** Comments are in the tree, and its parts are printed by printers of their own: to Prettier a file is one node. */
interface Policies {
  readonly tree: Branch
  readonly text: string
}

/** What Prettier shows with the lines around it. */
class PolicySyntaxError extends SyntaxError {
  readonly loc: { readonly start: Position; readonly end: Position }

  constructor(message: string, start: Position, end: Position) {
    super(`${message} (${start.line}:${start.column})`)
    this.loc = { start, end }
  }
}

interface Position {
  readonly line: number
  readonly column: number
}

function positioned({ diagnostics }: Unreadable, text: string): SyntaxError {
  const [first] = diagnostics.filter(({ severity }) => severity === 'error')
  const lines = new LineMap(text)
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more; \`espalier check\` shows them)` : ''
  const { start, end } = first?.span ?? { start: 0, end: 0 }
  return new PolicySyntaxError(`${first?.code}: ${first?.message}${more}`, lines.position(start), lines.position(end))
}

const parser: Parser<Policies> = {
  parse(text, options) {
    try {
      return { tree: parseTree({ name: options.filepath ?? '<text>', text }), text }
    } catch (error) {
      throw error instanceof Unreadable ? positioned(error, text) : error
    }
  },
  astFormat: 'prune',
  locStart: () => 0,
  locEnd: ({ text }) => text.length,
}

const printer: Printer<Policies> = {
  print: ({ node }) => documentOf(node.tree, node.text),
  getVisitorKeys: () => [],
}

export const languages: NonNullable<Plugin['languages']> = [
  { name: 'Prune', parsers: ['prune'], extensions: ['.prune'], aliases: ['prune'], vscodeLanguageIds: ['prune'] },
]
export const parsers: Readonly<Record<string, Parser<Policies>>> = { prune: parser }
export const printers: Readonly<Record<string, Printer<Policies>>> = { prune: printer }
