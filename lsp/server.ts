/**
 * The language server on a connection: a thin shell that finds the analysis, calls the function of the request, and turns
 * spans into ranges. Where it runs, and over what, is the caller's business.
 */
import {
  CodeActionKind,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  LSPErrorCodes,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Host } from './host.ts'
import { Publisher } from './publisher.ts'
import { RequestRefusal } from './custom/request-refusal.ts'
import { serveCustomRequests } from './serve-custom-requests.ts'
import { serveRequests } from './serve-requests.ts'
import type { Session } from './session.ts'
import { RenameRefusal } from './requests/rename.ts'
import { legend } from './requests/semantic-tokens.ts'
import { nameOfUri, uriOfName } from './source-names.ts'
import { TextLines } from './text-lines.ts'
import { Workspace } from './workspace.ts'

export function serve(connection: Connection, host: Host): void {
  const workspace = new Workspace(host)
  const documents = new TextDocuments(TextDocument)
  const publisher = new Publisher(connection, workspace)
  let watches = false
  connection.onInitialize((params): InitializeResult => {
    workspace.setFolders(foldersOf(params))
    watches = params.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true
    return { capabilities, serverInfo: { name: 'espalier' } }
  })
  connection.onInitialized(() => {
    if (!watches) return
    const watchers = [{ globPattern: '**/*.prune' }]
    connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(() => {})
  })
  const changed = (document: TextDocument): void => {
    workspace.set({ name: nameOfUri(document.uri), version: document.version, text: document.getText() })
    publisher.changed(nameOfUri(document.uri))
  }
  documents.onDidChangeContent(({ document }) => changed(document))
  documents.onDidClose(({ document }) => {
    workspace.close(nameOfUri(document.uri))
    publisher.closed(nameOfUri(document.uri))
  })
  const filesChanged = (): void => {
    workspace.forgetFiles()
    publisher.allChanged(documents.keys().map(nameOfUri))
  }
  documents.onDidSave(filesChanged)
  connection.onDidChangeWatchedFiles(filesChanged)
  const session: Session = { connection, host, workspace, answer: answerer(workspace), location: locator(workspace) }
  serveRequests(session)
  serveCustomRequests(session)
  documents.listen(connection)
  connection.listen()
}

const capabilities: InitializeResult['capabilities'] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
  hoverProvider: true,
  completionProvider: { triggerCharacters: ['.', '[', '(', ':', ' '] },
  signatureHelpProvider: { triggerCharacters: ['(', '[', ','] },
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  documentHighlightProvider: true,
  foldingRangeProvider: true,
  semanticTokensProvider: { legend, full: true, range: true },
  inlayHintProvider: true,
  codeLensProvider: {},
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
}

const foldersOf = ({ workspaceFolders, rootUri }: InitializeParams): readonly string[] =>
  (workspaceFolders?.map(({ uri }) => uri) ?? (rootUri == null ? [] : [rootUri])).map(nameOfUri)

const answerer =
  (workspace: Workspace): Session['answer'] =>
  async (uri, token, missing, make) => {
    await otherMessages()
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled')
    const analysis = workspace.analysis(nameOfUri(uri))
    if (analysis === null) return missing
    try {
      return await make(analysis)
    } catch (error) {
      if (error instanceof RenameRefusal || error instanceof RequestRefusal)
        throw new ResponseError(LSPErrorCodes.RequestFailed, error.message)
      if (error instanceof ResponseError) throw error
      throw new ResponseError(ErrorCodes.InternalError, error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
  }

/** Timers run after messages that have arrived. */
const otherMessages = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

const locator =
  (workspace: Workspace): Session['location'] =>
  (span) => {
    const lines = workspace.analysis(span.source)?.lines ?? new TextLines(workspace.textOf(span.source) ?? '')
    return { uri: uriOfName(span.source), range: lines.range(span) }
  }
