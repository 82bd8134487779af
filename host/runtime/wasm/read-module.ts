/** From whatever a caller has of a .wasm file to a compiled module. Throws ESP4003 with what went wrong. */
import { problem } from '../../../abi/espalier-error.ts'
import { readFile, reasonOf } from '../read-file.ts'
import type { FileSource } from '../types.ts'
import type { ArtifactSource } from './types.ts'

const isModule = (source: unknown): source is WebAssembly.Module => source instanceof WebAssembly.Module

export async function readModule(source: ArtifactSource): Promise<WebAssembly.Module> {
  if (isModule(source)) return source
  // The type of a module has no members, so it says nothing by itself.
  const { bytes, what } = await readFile(source as FileSource, 'bytes, a Response, a URL nor a WebAssembly.Module')
  try {
    return await WebAssembly.compile(bytes as BufferSource)
  } catch (error) {
    throw problem('ESP4003', { what, reason: reasonOf(error) })
  }
}
