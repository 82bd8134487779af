/** Text to the tree that is laid out, by the parser of the compiler. */
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import { parseSource } from '../compiler/frontend/parse.ts'
import { scan } from '../compiler/frontend/parse/scan.ts'
import type { Source } from '../compiler/frontend/source.ts'
import { placeComments } from './comments.ts'
import { growFile } from './grow.ts'
import type { Branch } from './tree.ts'

/** The file does not parse; nothing was laid out. */
export class Unreadable extends Error {
  override readonly name = 'SyntaxError'
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: readonly Diagnostic[], message: string) {
    super(message)
    this.diagnostics = diagnostics
  }
}

export function parseTree(source: Source): Branch {
  const sink = new DiagnosticSink()
  const file = parseSource(source, sink)
  if (sink.errorCount > 0) throw new Unreadable(sink.list(), sink.list()[0]?.message ?? 'cannot be parsed')
  const { tokens, comments } = scan(source, new DiagnosticSink())
  const tree = growFile(file, tokens)
  placeComments(tree, comments, source.text)
  return tree
}
