/** The server's view of files: names are URIs of files, texts are read as the command line reads them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Host, SourceName } from '../../lsp/host.ts'
import { nameOfUri, uriOfName } from '../../lsp/source-names.ts'
import { fileKind } from '../files/file-kind.ts'
import { library } from '../generated/library.ts'
import { readText } from '../policy-source.ts'
import { Refusal } from '../refusal.ts'
import { workbench } from './workbench.ts'

/** Enough for a person's policies, and no reason to walk a whole disk. */
const MAX_FILES = 2000
const MAX_FOLDERS = 5000
const MAX_BYTES = 2 * 2 ** 20

export const fileHost = (): Host => ({ library, read, list, workbench: workbench() })

/** Null for names that are not those of files. */
function pathOf(name: SourceName): string | null {
  if (!name.startsWith('file:')) return null
  try {
    return fileURLToPath(uriOfName(name))
  } catch {
    return null
  }
}

function read(name: SourceName): string | null {
  const path = pathOf(name)
  if (path === null || fileKind(path) !== 'file') return null
  try {
    return readText(path, MAX_BYTES)
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

function list(folder: SourceName): readonly SourceName[] {
  const root = pathOf(folder)
  const folders = root === null ? [] : [root]
  const found: SourceName[] = []
  for (let at = 0; at < folders.length && at < MAX_FOLDERS && found.length < MAX_FILES; at++) {
    const path = folders[at] ?? ''
    for (const entry of entriesOf(path)) {
      const child = join(path, entry.name)
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') folders.push(child)
      else if (entry.isFile() && entry.name.endsWith('.prune')) found.push(nameOfUri(pathToFileURL(child).href))
    }
  }
  return found
}

/** None of a folder that cannot be looked into. */
function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch {
    return []
  }
}
