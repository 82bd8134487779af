/** The requests of the protocol, each answered by the function of its file. */
import { CodeActionKind, type CodeAction, type FormattingOptions, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver'
import { DEFAULT_STYLE, type Style } from '../formatter/format.ts'
import type { Replacement } from '../formatter/format-range.ts'
import type { Analysis } from './analysis.ts'
import { complete } from './completion/complete.ts'
import { LibraryFunctions } from './library-functions.ts'
import { quickFixes, type QuickFix } from './requests/code-actions.ts'
import { codeLenses } from './requests/code-lenses.ts'
import { definition } from './requests/definition.ts'
import { diagnostics } from './requests/diagnostics.ts'
import { documentHighlights } from './requests/document-highlights.ts'
import { documentSymbols } from './requests/document-symbols.ts'
import { foldingRanges } from './requests/folding-ranges.ts'
import { formatting, rangeFormatting } from './requests/formatting.ts'
import { hover } from './requests/hover.ts'
import { inlayHints } from './requests/inlay-hints.ts'
import { references } from './requests/references.ts'
import { prepareRename, rename, type TextChange } from './requests/rename.ts'
import { semanticTokens } from './requests/semantic-tokens.ts'
import { signatureHelp } from './requests/signature-help.ts'
import { symbolAt } from './requests/symbol-at.ts'
import type { Session } from './session.ts'
import { uriOfName } from './source-names.ts'

export function serveRequests(session: Session): void {
  serveReading(session)
  serveNames(session)
  serveWriting(session)
  serveFormatting(session)
}

/** What a reader is shown. */
function serveReading({ connection, workspace, host, answer }: Session): void {
  const textOf = (name: string): string | null => workspace.textOf(name)
  connection.onHover(({ textDocument, position }, token) =>
    answer(textDocument.uri, token, null, (analysis) => hover(analysis, analysis.lines.offset(position), textOf)),
  )
  connection.onDocumentSymbol(({ textDocument }, token) => answer(textDocument.uri, token, [], documentSymbols))
  connection.onFoldingRanges(({ textDocument }, token) => answer(textDocument.uri, token, [], foldingRanges))
  connection.languages.semanticTokens.on(({ textDocument }, token) =>
    answer(textDocument.uri, token, { data: [] }, (analysis) => semanticTokens(analysis)),
  )
  connection.languages.semanticTokens.onRange(({ textDocument, range }, token) =>
    answer(textDocument.uri, token, { data: [] }, (analysis) =>
      semanticTokens(analysis, analysis.lines.offset(range.start), analysis.lines.offset(range.end)),
    ),
  )
  connection.languages.inlayHint.on(({ textDocument, range }, token) =>
    answer(textDocument.uri, token, [], (analysis) =>
      inlayHints(analysis, analysis.lines.offset(range.start), analysis.lines.offset(range.end)),
    ),
  )
  connection.onCodeLens(({ textDocument }, token) =>
    answer(textDocument.uri, token, [], (analysis) => codeLenses(analysis, textDocument.uri, host.workbench?.targets ?? null)),
  )
}

/** Where names are declared and used. */
function serveNames(session: Session): void {
  const { connection, workspace, answer, location } = session
  const others = function* (): Iterable<Analysis> {
    for (const name of workspace.allFiles()) {
      const analysis = workspace.analysis(name)
      if (analysis !== null) yield analysis
    }
  }
  connection.onDefinition(({ textDocument, position }, token) =>
    answer(textDocument.uri, token, null, (analysis) => {
      const span = definition(analysis, analysis.lines.offset(position))
      return span === null ? null : location(span)
    }),
  )
  connection.onReferences(({ textDocument, position, context }, token) =>
    answer(textDocument.uri, token, [], (analysis) => {
      const symbol = symbolAt(analysis, analysis.lines.offset(position))?.symbol
      if (symbol === undefined) return []
      return references(analysis, symbol, others).flatMap((found) =>
        found.occurrences
          .filter(({ role }) => context.includeDeclaration || role !== 'declaration')
          .map(({ span }) => ({ uri: uriOfName(found.analysis.source.name), range: found.analysis.lines.range(span) })),
      )
    }),
  )
  connection.onDocumentHighlight(({ textDocument, position }, token) =>
    answer(textDocument.uri, token, [], (analysis) => documentHighlights(analysis, analysis.lines.offset(position))),
  )
  connection.onPrepareRename(({ textDocument, position }, token) =>
    answer(textDocument.uri, token, null, (analysis) => {
      const { occurrence, symbol } = prepareRename(analysis, analysis.lines.offset(position))
      return { range: analysis.lines.range(occurrence.span), placeholder: symbol.name }
    }),
  )
  connection.onRenameRequest(({ textDocument, position, newName }, token) =>
    answer(textDocument.uri, token, null, (analysis) => {
      const trial = workspace.trial.bind(workspace)
      return workspaceEdit(rename(analysis, analysis.lines.offset(position), newName, others, trial))
    }),
  )
}

const workspaceEdit = (changes: ReadonlyMap<Analysis, readonly TextChange[]>): WorkspaceEdit => ({
  changes: Object.fromEntries(
    [...changes].map(([{ source, lines }, list]) => [
      uriOfName(source.name),
      list.map(({ span, text }) => ({ range: lines.range(span), newText: text })),
    ]),
  ),
})

/** What helps a writer. */
function serveWriting({ connection, host, workspace, answer }: Session): void {
  const library = new LibraryFunctions(host.library)
  connection.onCompletion(({ textDocument, position }, token) =>
    answer(textDocument.uri, token, [], (analysis) => complete(analysis, analysis.lines.offset(position), library)),
  )
  connection.onSignatureHelp(({ textDocument, position }, token) =>
    answer(textDocument.uri, token, null, (analysis) => signatureHelp(analysis, analysis.lines.offset(position))),
  )
  connection.onCodeAction(({ textDocument, range }, token) =>
    answer(textDocument.uri, token, [], (analysis) => {
      const found = quickFixes(analysis, analysis.lines.offset(range.start), analysis.lines.offset(range.end), library)
      const shown = diagnostics(analysis, (name) => workspace.textOf(name))
      return found.map((fix) => codeAction(analysis, textDocument.uri, fix, shown))
    }),
  )
}

function serveFormatting({ connection, answer }: Session): void {
  const edits = ({ lines }: Analysis, replacement: Replacement | null): TextEdit[] =>
    replacement === null ? [] : [{ range: lines.range(replacement), newText: replacement.text }]
  connection.onDocumentFormatting(({ textDocument, options }, token) =>
    answer(textDocument.uri, token, [], (analysis) => edits(analysis, formatting(analysis, styleOf(options)))),
  )
  connection.onDocumentRangeFormatting(({ textDocument, range, options }, token) =>
    answer(textDocument.uri, token, [], (analysis) => {
      const [start, end] = [analysis.lines.offset(range.start), analysis.lines.offset(range.end)]
      return edits(analysis, rangeFormatting(analysis, start, end, styleOf(options)))
    }),
  )
}

const styleOf = ({ tabSize, insertSpaces }: FormattingOptions): Style => ({
  ...DEFAULT_STYLE,
  tabWidth: tabSize,
  useTabs: !insertSpaces,
})

function codeAction({ lines, checked }: Analysis, uri: string, fix: QuickFix, shown: ReturnType<typeof diagnostics>): CodeAction {
  const diagnostic = shown[checked.diagnostics.indexOf(fix.diagnostic)]
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    isPreferred: fix.preferred,
    ...(diagnostic === undefined ? {} : { diagnostics: [diagnostic] }),
    edit: { changes: { [uri]: fix.edits.map(({ span, text }) => ({ range: lines.range(span), newText: text })) } },
  }
}
