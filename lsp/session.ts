/** What the handlers of requests share. */
import type { CancellationToken, Connection, Location } from 'vscode-languageserver'
import type { Span } from '../compiler/diagnostics/span.ts'
import type { Analysis } from './analysis.ts'
import type { Host } from './host.ts'
import type { Workspace } from './workspace.ts'

export interface Session {
  readonly connection: Connection
  readonly host: Host
  readonly workspace: Workspace
  /**
   * Answers a request about a document after other messages that wait: a change of the text, or that nobody wants the
   * answer any more. `missing` is the answer for a document that is not known.
   */
  answer<T>(uri: string, token: CancellationToken, missing: T, make: (analysis: Analysis) => T | Promise<T>): Promise<T>
  location(span: Span): Location
}
