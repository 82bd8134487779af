/** The extension in a browser: the server is a worker, which checks and formats, and neither compiles nor sees other files. */
import { Uri, type ExtensionContext } from 'vscode'
import { LanguageClient } from 'vscode-languageclient/browser'
import { start, stop } from './extension.ts'

export async function activate(context: ExtensionContext): Promise<void> {
  const script = Uri.joinPath(context.extensionUri, 'server', 'browser.js').toString(true)
  await start(context, (options) => new LanguageClient('espalier', 'Espalier', new Worker(script), options), false)
}

export const deactivate = stop
