/** From whatever a caller has of an artefact's file to its bytes. Throws ESP4003 with what went wrong. */
import { describe, EspalierError, problem } from '../../abi/espalier-error.ts'
import type { FileSource } from './types.ts'

export interface FileBytes {
  readonly bytes: ArrayBuffer | ArrayBufferView
  /** What a message calls them. */
  readonly what: string
}

type Bytes = ArrayBuffer | ArrayBufferView

/** @param kinds what `source` may be, for the message when it is something else */
export async function readFile(source: FileSource, kinds = 'bytes, a Response nor a URL'): Promise<FileBytes> {
  if (isBytes(source)) return { bytes: source, what: 'the file given to load()' }
  if (typeof source === 'string' || source instanceof URL) return readUrl(toUrl(source))
  const response: unknown = await attempt('the response given to load()', () => source)
  if (!isResponse(response)) throw problem('ESP4003', { what: describe(response), reason: `it is neither ${kinds}` })
  return { bytes: await readResponse(response), what: response.url || 'the response given to load()' }
}

const isBytes = (source: unknown): source is Bytes =>
  ArrayBuffer.isView(source) || Object.prototype.toString.call(source) === '[object ArrayBuffer]'

const isResponse = (value: unknown): value is Response =>
  typeof value === 'object' && value !== null && 'arrayBuffer' in value && 'ok' in value

function toUrl(source: string | URL): URL {
  if (source instanceof URL) return source
  try {
    return new URL(source, (globalThis as { location?: { href: string } }).location?.href)
  } catch {
    throw problem('ESP4003', { what: describe(source), reason: 'it is not a URL; for a file, give its bytes or a file: URL' })
  }
}

async function readUrl(url: URL): Promise<FileBytes> {
  const what = url.href
  if (url.protocol !== 'file:') return { bytes: await readResponse(await attempt(what, () => fetch(url))), what }
  // Only hosts with a file system get here. The name is put together so that bundlers for browsers do not look for the module.
  const name = ['node', 'fs/promises'].join(':')
  const files = await attempt(what, () => import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<FileReading>)
  return { bytes: await attempt(what, () => files.readFile(url)), what }
}

interface FileReading {
  readFile(url: URL): Promise<Uint8Array>
}

async function readResponse(response: Response): Promise<ArrayBuffer> {
  const what = response.url || 'the response given to load()'
  if (!response.ok)
    throw problem('ESP4003', { what, reason: `the server answered ${response.status} ${response.statusText}`.trim() })
  return attempt(what, () => response.arrayBuffer())
}

async function attempt<T>(what: string, run: () => PromiseLike<T> | T): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof EspalierError) throw error
    throw problem('ESP4003', { what, reason: reasonOf(error) })
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
