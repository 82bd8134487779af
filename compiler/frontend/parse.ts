/**
 * Text to syntax tree. Total: any text gives a file with the declarations that parsed, and a diagnostic for everything that
 * did not; nothing is thrown, nothing takes more than about a second, whatever the text is.
 */
import type { DiagnosticSink } from '../diagnostics/sink.ts'
import type { Comment, SourceFile } from './ast.ts'
import { outline, type Section } from './outline.ts'
import { correctKeywords } from './parse/correct-keywords.ts'
import { docsByOffset } from './parse/docs.ts'
import { PieceParser } from './parse/parser.ts'
import type { PieceCache } from './parse/piece-cache.ts'
import { MAX_TOKENS, scan, type Token } from './parse/scan.ts'
import { wholeSpan, type Source } from './source.ts'

/** UTF-16 units. The largest policies are a few thousand. */
const MAX_LENGTH = 1024 * 1024

/** A syntax tree with what it was made from: what an editor asks where the tree has a hole. */
export interface ReadSource {
  readonly file: SourceFile
  /** As they were understood: misspelt keywords are put right. Empty where the text is refused as a whole. */
  readonly tokens: readonly Token[]
  readonly sections: readonly Section[]
}

export const parseSource = (source: Source, sink: DiagnosticSink, cache: PieceCache | null = null): SourceFile =>
  readSource(source, sink, cache).file

export function readSource(source: Source, sink: DiagnosticSink, cache: PieceCache | null = null): ReadSource {
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
    return { file: file([], []), tokens: [], sections: [] }
  }
  const { tokens: written, comments, complete } = scan(source, sink)
  if (!complete) {
    sink.report('ESP0114', beginning, { limit: MAX_TOKENS, unit: 'words and marks' })
    return { file: file([], comments), tokens: [], sections: [] }
  }
  const tokens = correctKeywords(source, written, sink)
  const docs = docsByOffset(source.text, tokens, comments)
  cache?.nextGeneration()
  const parser = new PieceParser({ source, tokens, docs, cache }, sink)
  const sections = outline(tokens)
  const declarations = sections.flatMap((section) => parser.section(section) ?? [])
  return { file: file(declarations, comments), tokens, sections }
}
