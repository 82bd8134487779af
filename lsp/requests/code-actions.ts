/** Quick fixes: what a diagnostic knows should stand there; a `use` for a function of the library; unused statements removed. */
import type { Diagnostic, Fix } from '../../compiler/diagnostics/diagnostic.ts'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { Analysis } from '../analysis.ts'
import type { LibraryFunctions } from '../library-functions.ts'

export interface QuickFix {
  readonly title: string
  readonly diagnostic: Diagnostic
  readonly edits: readonly Fix[]
  /** The only fix there is for it. */
  readonly preferred: boolean
}

/** Fixes for what is wrong between `from` and `to`. */
export function quickFixes(analysis: Analysis, from: number, to: number, library: LibraryFunctions): readonly QuickFix[] {
  return analysis.checked.diagnostics.flatMap((diagnostic) => {
    const { span } = diagnostic
    if (span === null || span.source !== analysis.source.name || span.end < from || span.start > to) return []
    return [...known(analysis, diagnostic), ...missingUse(analysis, diagnostic, library), ...unused(analysis, diagnostic)]
  })
}

function known({ source }: Analysis, diagnostic: Diagnostic): readonly QuickFix[] {
  const { fix } = diagnostic
  if (fix === undefined || fix.span.source !== source.name) return []
  return [{ title: titleOf(source.text, fix), diagnostic, edits: [fix], preferred: true }]
}

function titleOf(text: string, { span, text: words }: Fix): string {
  const old = text.slice(span.start, span.end)
  if (words === '') return `Remove \`${old}\``
  return old === '' ? `Insert \`${words.trim()}\`` : `Replace \`${shortened(old)}\` by \`${words.trim()}\``
}

const shortened = (text: string): string => (text.length > 30 ? `${text.slice(0, 30)}…` : text)

function missingUse(analysis: Analysis, diagnostic: Diagnostic, library: LibraryFunctions): readonly QuickFix[] {
  const { source, tree } = analysis
  if (diagnostic.code !== 'ESP1007' || diagnostic.span === null) return []
  const name = source.text.slice(diagnostic.span.start, diagnostic.span.end)
  const uses = tree.file.declarations.filter((declaration) => declaration.kind === 'use')
  return library.modulesOf(name).map((module) => ({
    title: `Add \`use std.${module}\``,
    diagnostic,
    edits: [useEdit(source.name, uses.at(-1)?.span ?? null, module)],
    preferred: false,
  }))
}

/** After the last `use`, or before everything. */
export function useEdit(source: string, last: Span | null, module: string): Fix {
  if (last === null) return { span: { source, start: 0, end: 0 }, text: `use std.${module}\n\n` }
  return { span: { source, start: last.end, end: last.end }, text: `\nuse std.${module}` }
}

/** A variable that nothing reads, with its line. */
function unused({ tree, source }: Analysis, diagnostic: Diagnostic): readonly QuickFix[] {
  if (diagnostic.code !== 'ESP1401' || diagnostic.span === null) return []
  const { start } = diagnostic.span
  const items = tree.file.declarations.flatMap((declaration) => (declaration.kind === 'policy' ? declaration.items : []))
  const named = items.flatMap((item): readonly { at: number | undefined; span: Span }[] => {
    if (item.kind === 'state' && item.names.length === 1) return [{ at: item.names[0]?.span.start, span: item.span }]
    if (item.kind !== 'entry') return []
    return item.body.flatMap((one) => (one.kind === 'let' ? [{ at: one.name.span.start, span: one.span }] : []))
  })
  const statement = named.find(({ at }) => at === start)
  if (statement === undefined) return []
  const name = source.text.slice(start, diagnostic.span.end)
  return [
    {
      title: `Remove \`${name}\``,
      diagnostic,
      edits: [{ span: wholeLine(source.text, statement.span), text: '' }],
      preferred: false,
    },
  ]
}

/** With the spaces before it and the line break after it, when it is alone on its lines. */
function wholeLine(text: string, span: Span): Span {
  const before = /[ \t]*$/.exec(text.slice(Math.max(0, span.start - 200), span.start))?.[0].length ?? 0
  const after = /^[ \t]*(?:\r\n|\n|\r)/.exec(text.slice(span.end, span.end + 200))?.[0].length ?? 0
  const start = span.start - before
  const alone = after > 0 && (start === 0 || /[\r\n]/.test(text.charAt(start - 1)))
  return alone ? { ...span, start, end: span.end + after } : span
}
