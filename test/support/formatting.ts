/** What must hold of every text that is formatted: the same syntax, tokens and comments, and nothing left to do. */
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import type { SourceFile } from '../../compiler/frontend/ast.ts'
import { parseSource } from '../../compiler/frontend/parse.ts'
import { scan } from '../../compiler/frontend/parse/scan.ts'
import { format } from '../../formatter/format.ts'

export const WIDTHS = [40, 80, 130]

export const formatted = (text: string, printWidth = 80): string =>
  format({ name: 'policy.prune', text }, { printWidth, tabWidth: 2, useTabs: false })

/** The syntax as text, without places. Documentation is made of comments, which are compared on their own. */
function syntaxOf(file: SourceFile, docs: boolean): string {
  const left = new Set(['span', 'comments', ...(docs ? [] : ['doc'])])
  return JSON.stringify(file.declarations, (key, value: unknown) => (left.has(key) ? undefined : value), 1)
}

export interface Reading {
  readonly syntax: string
  /** Without parentheses and commas, which the syntax accounts for. */
  readonly tokens: string
  readonly comments: readonly string[]
  /** The word before each comment. */
  readonly neighbours: readonly string[]
}

export function reading(text: string, docs = true): Reading {
  const source = { name: 'policy.prune', text }
  const sink = new DiagnosticSink()
  const file = parseSource(source, sink)
  if (sink.errorCount > 0) throw new Error(`${sink.list()[0]?.message}\n${text}`)
  const { tokens, comments } = scan(source, new DiagnosticSink())
  const words = tokens.filter((token) => !['(', ')', ','].includes(token.text))
  return {
    syntax: syntaxOf(file, docs),
    tokens: words.map((token) => token.text).join(' '),
    comments: comments.map((comment) => comment.text.trimEnd()),
    neighbours: comments.map((comment) => words.findLast((token) => token.start < comment.span.start)?.text ?? ''),
  }
}

/** What formatting gets wrong with a text, in words; null when nothing. */
export function formattingFault(text: string, widths: readonly number[] = WIDTHS, docs = true): string | null {
  const before = reading(text, docs)
  for (const width of widths) {
    const fault = faultAt(text, before, width, docs)
    if (fault !== null) return fault
  }
  return null
}

function faultAt(text: string, before: Reading, width: number, docs: boolean): string | null {
  const once = formatted(text, width)
  const fault = (what: string) => `${what} at width ${width}:\n${text}\n=== became\n${once}`
  const after = reading(once, docs)
  if (after.tokens !== before.tokens) return fault('other words')
  if (after.syntax !== before.syntax) return fault('other syntax')
  if (after.comments.join('\n') !== before.comments.join('\n')) return fault('other comments')
  const twice = formatted(once, width)
  if (twice !== once) return `${fault('not settled')}\n=== then\n${twice}`
  return /\n[ \t]*\n[ \t]*\n|[ \t]\n|^\n|\n\n$|[^\n]$/.test(once) ? fault('stray blanks') : null
}
