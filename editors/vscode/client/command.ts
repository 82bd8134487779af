/** How `espalier` is started: the one in the extension, by the Node that the editor runs on, or the user's own. */
import { join } from 'node:path'
import { workspace } from 'vscode'

export interface Program {
  readonly program: string
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** Read anew each time, so that a changed setting takes effect with the next restart. */
export function espalier(extension: string): Program {
  const own = workspace.getConfiguration('espalier').get<string>('server.path') ?? ''
  if (own !== '' && !/\.m?js$/.test(own)) return { program: own, words: [], environment: {} }
  const script = own === '' ? join(extension, 'server', 'espalier.js') : own
  // The editor's own program is Node when it is told so.
  return { program: process.execPath, words: [script], environment: { ELECTRON_RUN_AS_NODE: '1' } }
}
