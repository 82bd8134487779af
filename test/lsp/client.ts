/** A client of the real server: `espalier lsp` as a process, spoken to over its standard streams. */
import { spawn, type ChildProcess } from 'node:child_process'
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
} from 'vscode-languageserver-protocol/node'
import { command } from '../unit/cli/espalier.ts'
import type { Diagnostic, PublishDiagnosticsParams, Position, InitializeResult } from 'vscode-languageserver-protocol'

export class Client {
  readonly connection: ProtocolConnection
  readonly process: ChildProcess
  private readonly published = new Map<string, PublishDiagnosticsParams>()
  private readonly waiting: (() => void)[] = []
  private version = 1

  constructor() {
    this.process = spawn(process.execPath, [command, 'lsp'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdin, stdout } = this.process
    if (stdin === null || stdout === null) throw new Error('the server has no streams')
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin))
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.set(params.uri, params)
      for (const wake of this.waiting.splice(0)) wake()
    })
    this.connection.listen()
  }

  async start(folder: string | null = null): Promise<InitializeResult> {
    const workspaceFolders = folder === null ? null : [{ uri: folder, name: 'test' }]
    const result = await this.request<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: folder,
      capabilities: {},
      workspaceFolders,
    })
    await this.notify('initialized', {})
    return result
  }

  request<T>(method: string, params: unknown): Promise<T> {
    return this.connection.sendRequest<T>(method, params)
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.connection.sendNotification(method, params)
  }

  /** About a place in a document. */
  at<T>(method: string, uri: string, position: Position, more: object = {}): Promise<T> {
    return this.request<T>(`textDocument/${method}`, { textDocument: { uri }, position, ...more })
  }

  of<T>(method: string, uri: string, more: object = {}): Promise<T> {
    return this.request<T>(`textDocument/${method}`, { textDocument: { uri }, ...more })
  }

  open(uri: string, text: string): Promise<void> {
    this.version++
    return this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'prune', version: this.version, text } })
  }

  change(uri: string, text: string): Promise<void> {
    this.version++
    return this.notify('textDocument/didChange', { textDocument: { uri, version: this.version }, contentChanges: [{ text }] })
  }

  /** The diagnostics of the last version that was sent. */
  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    for (;;) {
      const found = this.published.get(uri)
      if (found?.version === this.version) return found.diagnostics
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.process.once('exit', () => resolve()))
    await this.request('shutdown', null)
    await this.notify('exit', null)
    await ended
  }
}
