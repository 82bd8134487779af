/** The kernels of a policy compiled for one kind of GPU: those that `load` was given, or a file beside the CUDA C. */
import { cubinName } from '../../../abi/cubin-name.ts'
import { EspalierError } from '../../../abi/espalier-error.ts'
import type { ArtifactSource } from '../device/types.ts'
import { readFile } from '../read-file.ts'

/** Null when there is none. Throws ESP4003 when the one that was given cannot be read. */
export async function readCubin(
  given: ArtifactSource | undefined,
  source: ArtifactSource,
  text: Uint8Array<ArrayBuffer>,
  architecture: string,
): Promise<Uint8Array | null> {
  if (given !== undefined) return bytesOf((await readFile(given)).bytes)
  const file = typeof source === 'string' && source.startsWith('file:') ? new URL(source) : source
  if (!(file instanceof URL) || file.protocol !== 'file:') return null
  const artifact = file.pathname.slice(file.pathname.lastIndexOf('/') + 1)
  try {
    return bytesOf((await readFile(new URL(await cubinName(artifact, text, architecture), file))).bytes)
  } catch (error) {
    if (error instanceof EspalierError) return null
    throw error
  }
}

/** A copy: what was given may change. */
export const bytesOf = (file: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> =>
  new Uint8Array(ArrayBuffer.isView(file) ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength) : new Uint8Array(file))
