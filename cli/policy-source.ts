/** Reads the text of a policy: a file, `std:NAME` of the embedded library, or `-` for stdin; and what `use` asks for. */
import type { Source } from '../compiler/frontend/source.ts'
import { createLoader, type Load } from '../compiler/frontend/stdlib.ts'
import { nearMiss } from '../abi/near-miss.ts'
import { openFile } from './files/byte-source.ts'
import { fileKind } from './files/file-kind.ts'
import { library } from './generated/library.ts'
import { refuse } from './refusal.ts'

/** More than the parser takes, however many bytes its characters have; it says so itself, so a text that is cut is refused. */
const MAX_TEXT = 4 * 2 ** 20
const STD = 'std:'

export async function readPolicySource(path: string): Promise<Source> {
  if (path === '-') return { name: '<stdin>', text: decodeText('<stdin>', await readStdin()) }
  if (path.startsWith(STD)) return librarySource(path.slice(STD.length))
  return { name: path, text: readText(path, MAX_TEXT) }
}

export function librarySource(name: string): Source {
  const text = Object.hasOwn(library, name) ? library[name] : undefined
  if (text === undefined) refuse('ESP5108', { name, suggestion: nearMiss(name, Object.keys(library)) })
  return { name: `${STD}${name}`, text }
}

export const libraryNames = (): readonly string[] => Object.keys(library)

/** A whole text file, cut at `limit` bytes. Not UTF-8, missing, a folder: refusals. */
export function readText(path: string, limit: number): string {
  const source = openFile(path)
  try {
    return decodeText(path, source.read(0, Math.min(limit, source.size), 'the text'))
  } finally {
    source.close()
  }
}

function decodeText(path: string, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes)
  const isCut = bytes.length >= MAX_TEXT
  if (!text.includes('\uFFFD') || isCut) return text
  const again = new TextEncoder().encode(text)
  const skip = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const offset = again.findIndex((byte, i) => byte !== bytes[i + skip])
  return offset < 0 ? text : refuse('ESP5105', { path, offset: offset + skip })
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > MAX_TEXT) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_TEXT)
}

/** What `use` refers to: the library, or a path relative to the file that uses it. Null when there is no such file. */
export const loadUsed: Load = createLoader(new Map(Object.entries(library).map(([name, text]) => [STD + name, text])), (path) => {
  return fileKind(path) === 'file' ? readText(path, MAX_TEXT) : null
})
