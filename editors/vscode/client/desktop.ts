/** The extension on a machine: the server is a process, and there is a command to run tasks with. */
import type { ExtensionContext } from 'vscode'
import { LanguageClient } from 'vscode-languageclient/node'
import { espalier } from './command.ts'
import { start, stop } from './extension.ts'
import { registerRun } from './run.ts'
import { registerTasks } from './tasks.ts'

export async function activate(context: ExtensionContext): Promise<void> {
  const make = (options: ConstructorParameters<typeof LanguageClient>[3]): LanguageClient => {
    const { program, words, environment } = espalier(context.extensionPath)
    const run = { command: program, args: [...words, 'lsp'], options: { env: { ...process.env, ...environment } } }
    return new LanguageClient('espalier', 'Espalier', run, options)
  }
  await start(context, make, true, [registerTasks(context.extensionPath), registerRun(context.extensionPath)])
}

export const deactivate = stop
