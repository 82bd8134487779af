/** A model split over several safetensors files: `*.safetensors.index.json` says which tensor is in which shard. */
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { refuse } from '../refusal.ts'
import { openFile } from './byte-source.ts'
import { openSafetensors } from './safetensors.ts'
import { parseStrictJson, type JsonObject } from './strict-json.ts'
import type { TensorFile } from './stored-tensor.ts'
import { decodeUtf8 } from './utf8.ts'

const MAX_INDEX = 100_000_000

export function openSharded(path: string): TensorFile {
  const shardOf = readIndex(path)
  const shards = new Map<string, TensorFile>()
  const shard = (name: string): TensorFile => {
    const known = shards.get(name)
    if (known !== undefined) return known
    const file = openSafetensors(openFile(join(dirname(path), name)))
    shards.set(name, file)
    return file
  }
  return {
    path,
    names: [...shardOf.keys()],
    metadata: new Map(),
    tensor(name) {
      const file = shardOf.get(name)
      if (file === undefined) return null
      const missing = `the index says it is in \`${file}\`, which does not have it`
      return shard(file).tensor(name) ?? refuse('ESP5204', { path, tensor: name, problem: missing })
    },
    close() {
      for (const file of shards.values()) file.close()
    },
  }
}

function readIndex(path: string): ReadonlyMap<string, string> {
  const malformed = (problem: string): never => refuse('ESP5203', { path, problem })
  const source = openFile(path)
  if (source.size > MAX_INDEX) malformed(`it is ${source.size} bytes long`)
  const text = decodeUtf8(source.read(0, source.size, 'the index'))
  source.close()
  const parsed = parseStrictJson(text ?? malformed('it is not UTF-8 text'))
  if (!parsed.ok) {
    if (parsed.duplicate !== null) refuse('ESP5205', { path, name: parsed.duplicate })
    return malformed(`it is not JSON: ${parsed.problem}`)
  }
  const map = parsed.value instanceof Map ? (parsed.value as JsonObject).get('weight_map') : undefined
  if (!(map instanceof Map)) return malformed('it has no `weight_map`')
  for (const [name, file] of map as JsonObject) {
    if (typeof file !== 'string' || !isBeside(file)) malformed(`tensor \`${name}\` is in no file beside the index`)
  }
  return map as ReadonlyMap<string, string>
}

/** Shards lie in the folder of the index or below it; an index cannot point elsewhere. */
const isBeside = (file: string): boolean => file !== '' && !isAbsolute(file) && !normalize(file).startsWith('..')
