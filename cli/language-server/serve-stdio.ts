/** The language server on the standard streams of this process. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import { serve } from '../../lsp/server.ts'
import { fileHost } from './file-host.ts'

/** Returns when the client has ended the session. */
export function serveStdio(): Promise<void> {
  return new Promise((resolve) => {
    const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout)
    connection.onExit(resolve)
    serve(connection, fileHost())
  })
}
