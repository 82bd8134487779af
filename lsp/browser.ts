/** The language server as a web worker: the library and open documents, no files, no assembler. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser'
import { library } from '../cli/generated/library.ts'
import type { Host } from './host.ts'
import { serve } from './server.ts'

const host: Host = { library, read: () => null, list: () => [], workbench: null }

serve(createConnection(new BrowserMessageReader(self), new BrowserMessageWriter(self)), host)
