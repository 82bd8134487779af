/** One client for as long as the extension lives: started, restarted, asked. How the server is reached is the caller's business. */
import { window, type LogOutputChannel } from 'vscode'
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient'
import type { Requests } from './protocol.ts'

export type StartClient = (options: LanguageClientOptions) => BaseLanguageClient

export class Client implements Requests {
  readonly output: LogOutputChannel = window.createOutputChannel('Espalier', { log: true })
  private readonly make: StartClient
  private current: BaseLanguageClient | null = null

  constructor(make: StartClient) {
    this.make = make
  }

  async start(): Promise<void> {
    this.current = this.make({ documentSelector: [{ language: 'prune' }], outputChannel: this.output })
    await this.current.start()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async stop(): Promise<void> {
    const client = this.current
    this.current = null
    // One that did not start has nothing to stop.
    await client?.dispose().catch(() => {})
  }

  text: Requests['text'] = ({ method, params }) => this.ask(method, params)
  passes: Requests['passes'] = () => this.ask('espalier/passes', {})
  runTests: Requests['runTests'] = (params) => this.ask('espalier/runTests', params)
  librarySource: Requests['librarySource'] = (uri) => this.ask('espalier/librarySource', { uri })

  private async ask<T>(method: string, params: object): Promise<T> {
    if (this.current === null) throw new Error('the language server does not run: see the output “Espalier”')
    return this.current.sendRequest<T>(method, params)
  }
}
