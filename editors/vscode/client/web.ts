/** The extension in a browser: the server is a worker, which checks and formats, and neither compiles nor sees other files. */
import { Uri, workspace, type ExtensionContext } from 'vscode'
import { LanguageClient } from 'vscode-languageclient/browser'
import { start, stop } from './extension.ts'

export async function activate(context: ExtensionContext): Promise<void> {
  // By its text: the address of an extension is not always one that a worker may be started from.
  const script = await workspace.fs.readFile(Uri.joinPath(context.extensionUri, 'server', 'browser.js'))
  const url = URL.createObjectURL(new Blob([script.slice()], { type: 'text/javascript' }))
  context.subscriptions.push({ dispose: () => URL.revokeObjectURL(url) })
  await start(context, (options) => new LanguageClient('espalier', 'Espalier', new Worker(url), options), false)
}

export const deactivate = stop
