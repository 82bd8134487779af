/** The places of one name in the document, those that give it a value marked. */
import { DocumentHighlightKind, type DocumentHighlight } from 'vscode-languageserver'
import type { Analysis } from '../analysis.ts'
import { occurrencesOf } from './references.ts'
import { symbolAt } from './symbol-at.ts'

export function documentHighlights(analysis: Analysis, offset: number): DocumentHighlight[] {
  const place = symbolAt(analysis, offset)
  if (place === null) return []
  return occurrencesOf(analysis, place.symbol).map(({ span, role }) => ({
    range: analysis.lines.range(span),
    kind: role === 'declaration' || role === 'write' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }))
}
