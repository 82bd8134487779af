/**
 * One face for .npy, .npz and .safetensors (a shard or the index of many): names, dtypes and shapes from the headers,
 * data on request. The content decides which format it is. All problems are diagnostics ESP51xx and ESP52xx.
 */
import { basename, extname, join } from 'node:path'
import { nearMiss } from '../../abi/near-miss.ts'
import { refuse } from '../refusal.ts'
import { openFile, type ByteSource } from './byte-source.ts'
import { fileKind } from './file-kind.ts'
import { isNpy, npyBytes, openNpy } from './npy.ts'
import { isZip } from './zip.ts'
import { npzBytes, openNpz } from './npz.ts'
import { isSafetensors, openSafetensors, safetensorsBytes } from './safetensors.ts'
import { openSharded } from './sharded.ts'
import type { StoredTensor, TensorFile } from './stored-tensor.ts'
import type { FileTensor } from './tensor.ts'
import { makeFolder, writeAside } from './write.ts'

export function openTensorFile(path: string): TensorFile {
  refuseFolder(path)
  if (path.endsWith('.json')) return openSharded(path)
  const source = openFile(path)
  try {
    return detect(source)
  } catch (error) {
    source.close()
    throw error
  }
}

/** The format is in the first bytes. A .npy file has one tensor, named like the file. */
export function detect(source: ByteSource): TensorFile {
  const head = source.read(0, Math.min(16, source.size), 'the file')
  if (isNpy(head)) {
    const name = basename(source.name, '.npy')
    return {
      path: source.name,
      names: [name],
      metadata: new Map(),
      tensor: (asked) => (asked === name ? openNpy(source, name) : null),
      close: () => source.close(),
    }
  }
  if (isZip(head)) return openNpz(source)
  if (isSafetensors(head) || source.name.endsWith('.safetensors')) return openSafetensors(source)
  return refuse('ESP5201', { path: source.name })
}

function refuseFolder(path: string): void {
  if (fileKind(path) === 'folder') refuse('ESP5102', { path })
}

/** `name` as the file has it, or the diagnostic with a near miss. */
export function storedTensor(file: TensorFile, name: string): StoredTensor {
  return file.tensor(name) ?? refuse('ESP5208', { path: file.path, name, suggestion: nearMiss(name, file.names) })
}

/** Reads a tensor, or the slice that `leading` indices of its first axes select. `reference` is for messages. */
export function readTensor(stored: StoredTensor, leading: readonly number[], reference: string): FileTensor {
  const { shape, dtype } = stored
  if (leading.length > shape.length) {
    refuse('ESP5209', { reference, problem: `the tensor has ${shape.length} axes and ${leading.length} indices are given` })
  }
  leading.forEach((index, axis) => {
    const extent = shape[axis] ?? 0
    if (index >= extent) refuse('ESP5209', { reference, problem: `index ${index} is outside axis ${axis} of extent ${extent}` })
  })
  return { dtype, shape: shape.slice(leading.length), data: stored.read(leading) }
}

/**
 * Writes named tensors by the ending of `path`: .safetensors, .npz, .npy (one tensor), anything else is a folder with one
 * .npy each. Files are complete or absent. Returns the paths written.
 */
export function writeTensors(
  path: string,
  tensors: ReadonlyMap<string, FileTensor>,
  metadata: Readonly<Record<string, string>> = {},
): readonly string[] {
  switch (extname(path)) {
    case '.safetensors':
      return [writeAside(path, safetensorsBytes(tensors, metadata))]
    case '.npz':
      return [writeAside(path, npzBytes(tensors))]
    case '.npy': {
      const [only, ...others] = tensors.values()
      if (only === undefined || others.length > 0) return refuse('ESP5210', { path, count: tensors.size })
      return [writeAside(path, npyBytes(only))]
    }
    default:
      makeFolder(path)
      return [...tensors].map(([name, tensor]) => writeAside(join(path, `${name}.npy`), npyBytes(tensor)))
  }
}
