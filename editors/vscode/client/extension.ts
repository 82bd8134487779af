/** What both ways in have in common. A server that does not start is told about, and its restart stays possible. */
import { commands, window, type Disposable, type ExtensionContext } from 'vscode'
import { Client, type StartClient } from './client.ts'
import { registerCommands } from './commands.ts'
import { serveViews } from './views.ts'

let running: Client | null = null

export async function start(context: ExtensionContext, make: StartClient, compiles: boolean, own: readonly Disposable[] = []) {
  const client = new Client(make)
  running = client
  context.subscriptions.push(client.output, ...own, ...serveViews(client), ...registerCommands(client))
  await commands.executeCommand('setContext', 'espalier.compiles', compiles)
  try {
    await client.start()
  } catch (error) {
    client.output.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
    void window.showErrorMessage(`The language server of Espalier did not start: ${error instanceof Error ? error.message : ''}`)
  }
}

export async function stop(): Promise<void> {
  await running?.stop()
  running = null
}
