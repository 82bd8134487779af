/**
 * Sends diagnostics a moment after the last change, with the version of the text they are about; so that a thousand quick
 * changes cost one check. Documents that use a changed one are checked again too.
 */
import type { Connection } from 'vscode-languageserver'
import type { SourceName } from './host.ts'
import { diagnostics } from './requests/diagnostics.ts'
import { uriOfName } from './source-names.ts'
import type { Workspace } from './workspace.ts'

/** Milliseconds without a change before a text is checked. */
const PAUSE = 100

export class Publisher {
  private readonly connection: Connection
  private readonly workspace: Workspace
  private readonly waiting = new Map<SourceName, ReturnType<typeof setTimeout>>()

  constructor(connection: Connection, workspace: Workspace) {
    this.connection = connection
    this.workspace = workspace
  }

  changed(name: SourceName): void {
    this.schedule(name)
    for (const user of this.workspace.usersOf(name)) this.schedule(user)
  }

  allChanged(names: readonly SourceName[]): void {
    for (const name of names) this.schedule(name)
  }

  closed(name: SourceName): void {
    clearTimeout(this.waiting.get(name))
    this.waiting.delete(name)
    void this.connection.sendDiagnostics({ uri: uriOfName(name), diagnostics: [] })
    for (const user of this.workspace.usersOf(name)) this.schedule(user)
  }

  private schedule(name: SourceName): void {
    clearTimeout(this.waiting.get(name))
    this.waiting.set(
      name,
      setTimeout(() => this.publish(name), PAUSE),
    )
  }

  private publish(name: SourceName): void {
    this.waiting.delete(name)
    if (!this.workspace.isOpen(name)) return
    const analysis = this.workspace.analysis(name)
    if (analysis === null) return
    const found = diagnostics(analysis, (other) => this.workspace.textOf(other))
    void this.connection.sendDiagnostics({ uri: uriOfName(name), version: analysis.version, diagnostics: found })
  }
}
