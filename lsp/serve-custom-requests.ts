/** The requests beyond the protocol. */
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver'
import { irAfterPass, passNames } from './custom/ir-after-pass.ts'
import * as protocol from './custom/protocol.ts'
import { RequestRefusal } from './custom/request-refusal.ts'
import type { Workbench } from './host.ts'
import type { Session } from './session.ts'
import { nameOfUri } from './source-names.ts'

export function serveCustomRequests({ connection, workspace, host, answer }: Session): void {
  const workbench = (): Workbench => {
    if (host.workbench === null)
      throw new RequestRefusal('compiling and running are not available here; `espalier` has them on the command line')
    return host.workbench
  }
  const missing = (uri: string): never => {
    throw new ResponseError(LSPErrorCodes.RequestFailed, `there is no document ${uri}`)
  }
  connection.onRequest(protocol.librarySource, ({ uri }) => workspace.textOf(nameOfUri(uri)) ?? missing(uri))
  connection.onRequest(protocol.passes, () => [...new Set(passNames)])
  connection.onRequest(protocol.irAfterPass, async ({ uri, pass, policy }, token) => {
    const text = await answer(uri, token, null, (analysis) => irAfterPass(analysis, pass, policy ?? null))
    return text ?? missing(uri)
  })
  connection.onRequest(protocol.kernel, async ({ uri, entry, policy, target }, token) => {
    const text = await answer(uri, token, null, ({ source }) =>
      workbench().kernel(source, workspace.load, { target, policy: policy ?? null, entry: entry ?? null }),
    )
    return text ?? missing(uri)
  })
  connection.onRequest(protocol.explain, async ({ uri, entry }, token) => {
    const text = await answer(uri, token, null, ({ source }) => workbench().explain(source, workspace.load, entry ?? null))
    return text ?? missing(uri)
  })
  connection.onRequest(protocol.runTests, async ({ uri, name }, token) => {
    const outcomes = await answer(uri, token, null, ({ source }) => workbench().runTests(source, workspace.load, name ?? null))
    return outcomes ?? missing(uri)
  })
}
