/** `espalier lsp`: the language server, for editors. */
import type { Command } from '../command.ts'
import { exitStatus } from '../refusal.ts'

export const lsp: Command = {
  spec: {
    name: 'lsp',
    summary: 'Serve an editor: the Language Server Protocol on stdin and stdout.',
    examples: [{ line: 'espalier lsp', does: 'started by an editor, not by hand' }],
    options: { stdio: { kind: 'flag', doc: 'The default; some editors insist on saying so.' } },
    positional: { name: '', doc: '', min: 0, max: 0 },
  },
  async run() {
    const { serveStdio } = await import('../language-server/serve-stdio.ts')
    await serveStdio()
    return exitStatus.ok
  },
}
