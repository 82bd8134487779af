/** From whatever a caller has of a .wasm file to a compiled module. Throws ESP4003 with what went wrong. */
import { describe, EspalierError, problem } from '../../abi/espalier-error.ts'
import type { ArtifactSource } from './types.ts'

/** The type of a module has no members, so it says nothing by itself. */
type CodeSource = ArrayBuffer | ArrayBufferView | Response | PromiseLike<Response> | URL | string

const isModule = (source: unknown): source is WebAssembly.Module => source instanceof WebAssembly.Module

export async function readArtifact(source: ArtifactSource): Promise<WebAssembly.Module> {
  if (isModule(source)) return source
  const { bytes, what } = await readBytes(source as CodeSource)
  try {
    return await WebAssembly.compile(bytes as BufferSource)
  } catch (error) {
    throw problem('ESP4003', { what, reason: reasonOf(error) })
  }
}

type Bytes = ArrayBuffer | ArrayBufferView

async function readBytes(source: CodeSource): Promise<{ readonly bytes: Bytes; readonly what: string }> {
  if (isBytes(source)) return { bytes: source, what: 'the module given to load()' }
  if (typeof source === 'string' || source instanceof URL) return readUrl(toUrl(source))
  const response: unknown = await attempt('the response given to load()', () => source)
  if (!isResponse(response))
    throw problem('ESP4003', {
      what: describe(response),
      reason: 'it is neither bytes, a Response, a URL nor a WebAssembly.Module',
    })
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

async function readUrl(url: URL): Promise<{ readonly bytes: Bytes; readonly what: string }> {
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

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
