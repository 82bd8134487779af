/** What formatting must not change, as a text to compare: the syntax without its places, and the comments in order. */
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import { parseSource } from '../compiler/frontend/parse.ts'
import type { Source } from '../compiler/frontend/source.ts'

/** Null for a text that does not parse. A `///` in the middle of a line documents nothing until it is moved above it. */
export function meaningOf(source: Source): string | null {
  const sink = new DiagnosticSink()
  const { declarations, comments } = parseSource(source, sink)
  if (sink.errorCount > 0) return null
  const syntax = JSON.stringify(declarations, (key, value: unknown) => (key === 'span' || key === 'doc' ? undefined : value))
  return [syntax, ...comments.map(({ text }) => text.trimEnd())].join('\n')
}
