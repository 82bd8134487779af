/** The server's requests beyond the protocol, as this client asks them: `docs/editor.md` has the table. */
import type { TestOutcome } from '../../../lsp/host.ts'

/** What lenses and menus say about the place they are at; a palette says nothing. */
export interface Place {
  readonly uri?: string
  readonly target?: string
  readonly policy?: string
  readonly entry?: string
  readonly name?: string
}

/** A request whose answer is a text to be read. */
export interface TextRequest {
  readonly method: 'espalier/irAfterPass' | 'espalier/kernel' | 'espalier/explain'
  readonly params: Readonly<Record<string, string | null>> & { readonly uri: string }
}

export interface Requests {
  text(request: TextRequest): Promise<string>
  passes(): Promise<readonly string[]>
  runTests(params: { readonly uri: string; readonly name?: string }): Promise<readonly TestOutcome[]>
  librarySource(uri: string): Promise<string>
}
