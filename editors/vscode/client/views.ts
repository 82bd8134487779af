/**
 * Texts that the server makes, as read-only documents: a file of the library, the IR after a pass, kernels, a plan. What to
 * ask is in the address, so a window that is opened again shows them again; they follow the policy while it is typed.
 */
import { EventEmitter, Uri, window, workspace, ViewColumn, type Disposable, type TextDocumentContentProvider } from 'vscode'
import type { Requests, TextRequest } from './protocol.ts'

const VIEW = 'espalier-view'
const LIBRARY = 'espalier-std'

/** After the last keystroke: a policy is compiled for every change. */
const SETTLE_MS = 400

export function serveViews(requests: Requests): Disposable[] {
  const changed = new EventEmitter<Uri>()
  const views: TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: ({ query }) => shown(requests, JSON.parse(query) as TextRequest),
  }
  const library: TextDocumentContentProvider = {
    provideTextDocumentContent: (uri) => requests.librarySource(uri.toString()),
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const refresh = (): void => {
    for (const { uri } of workspace.textDocuments) if (uri.scheme === VIEW) changed.fire(uri)
  }
  return [
    changed,
    workspace.registerTextDocumentContentProvider(VIEW, views),
    workspace.registerTextDocumentContentProvider(LIBRARY, library),
    workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId !== 'prune') return
      clearTimeout(timer)
      timer = setTimeout(refresh, SETTLE_MS)
    }),
    { dispose: () => clearTimeout(timer) },
  ]
}

/** Why there is nothing to show is shown, too: the next keystroke may change it. */
const shown = ({ text }: Requests, request: TextRequest): Promise<string> =>
  text(request).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))

/** Beside the policy, which keeps the focus. `title` names the tab and, by its ending, the language. */
export async function openView(title: string, request: TextRequest): Promise<void> {
  const uri = Uri.from({ scheme: VIEW, path: `/${title}`, query: JSON.stringify(request) })
  const document = await workspace.openTextDocument(uri)
  await window.showTextDocument(document, { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: false })
}
