/** `Run on Tensors from Files…`: an entry of the saved policy on files that are picked, as a task: without a shell, and so without its quotes. */
import {
  commands,
  ProcessExecution,
  SymbolKind,
  Task,
  tasks,
  TaskScope,
  Uri,
  window,
  type Disposable,
  type DocumentSymbol,
} from 'vscode'
import { espalier } from './command.ts'
import { policyAt } from './commands.ts'
import type { Place } from './protocol.ts'

const TENSORS = { Tensors: ['safetensors', 'npz', 'npy'] }

export const registerRun = (extension: string): Disposable =>
  commands.registerCommand('espalier.run', async (place?: Place) => {
    try {
      await run(extension, place ?? {})
    } catch (error) {
      void window.showErrorMessage(error instanceof Error ? error.message : String(error))
    }
  })

async function run(extension: string, place: Place): Promise<void> {
  const uri = Uri.parse(policyAt(place))
  if (uri.scheme !== 'file') throw new Error('Only a policy that is saved as a file can be run.')
  const entry = await entryOf(uri)
  if (entry === undefined) return
  const inputs = await window.showOpenDialog({
    canSelectMany: true,
    filters: TENSORS,
    openLabel: 'Run',
    title: `Tensors for ${entry}`,
  })
  if (inputs === undefined || inputs.length === 0) return
  const [policy = '', name = ''] = entry.split('.')
  const { program, words, environment } = espalier(extension)
  const files = inputs.map(({ fsPath }) => fsPath)
  const line = [...words, 'run', uri.fsPath, '--policy', policy, '--entry', name, '--in', ...files]
  const execution = new ProcessExecution(program, line, { env: { ...environment } })
  await tasks.executeTask(
    new Task({ type: 'espalier', command: 'run' }, TaskScope.Workspace, `run ${entry}`, 'espalier', execution),
  )
}

/** `POLICY.ENTRY`, picked when there are several. */
async function entryOf(uri: Uri): Promise<string | undefined> {
  const symbols = await commands.executeCommand<DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', uri)
  const entries = (symbols ?? []).flatMap(({ name, children }) =>
    children.filter(({ kind }) => kind === SymbolKind.Method).map((child) => `${name}.${child.name}`),
  )
  if (entries.length === 0) throw new Error('There is no entry here.')
  return entries.length === 1 ? entries[0] : window.showQuickPick(entries, { placeHolder: 'Which entry?' })
}
