/**
 * Text to syntax tree. Total: any text gives a file with the declarations that parsed, and a diagnostic for everything that
 * did not; nothing is thrown, nothing takes more than about a second, whatever the text is.
 */
import type { DiagnosticSink } from '../diagnostics/sink.ts'
import type { Comment, SourceFile } from './ast.ts'
import { outline } from './outline.ts'
import { correctKeywords } from './parse/correct-keywords.ts'
import { docsByOffset } from './parse/docs.ts'
import { PieceParser } from './parse/parser.ts'
import { MAX_TOKENS, scan } from './parse/scan.ts'
import { wholeSpan, type Source } from './source.ts'

/** UTF-16 units. The largest policies are a few thousand. */
const MAX_LENGTH = 1024 * 1024

export function parseSource(source: Source, sink: DiagnosticSink): SourceFile {
  const file = (declarations: SourceFile['declarations'], comments: readonly Comment[]): SourceFile => ({
    kind: 'file',
    source: source.name,
    declarations,
    comments,
    span: wholeSpan(source),
  })
  const beginning = { source: source.name, start: 0, end: 0 }
  if (source.text.length > MAX_LENGTH) {
    sink.report('ESP0114', beginning, { limit: MAX_LENGTH, unit: 'characters' })
    return file([], [])
  }
  const { tokens: written, comments, complete } = scan(source, sink)
  if (!complete) {
    sink.report('ESP0114', beginning, { limit: MAX_TOKENS, unit: 'words and marks' })
    return file([], comments)
  }
  const tokens = correctKeywords(source, written, sink)
  const parser = new PieceParser(source.name, tokens, docsByOffset(source.text, tokens, comments), sink)
  const declarations = outline(tokens).flatMap((section) => parser.section(section) ?? [])
  return file(declarations, comments)
}
