/**
 * The files that a policy may use, found without parsing it, so that the cache can be asked before the compiler is loaded:
 * every text in quotes that names a file is taken for one. That finds all that `use` can mean and perhaps a few more.
 */
import type { Source } from '../compiler/frontend/source.ts'
import { resolvePath } from '../compiler/frontend/stdlib.ts'
import { loadUsed } from './policy-source.ts'
import { sha256 } from './cache.ts'

const MAX_FILES = 200

/** Name and hash of each, in the order they are met; a name without a file has no hash. */
export function readReferenced(source: Source): readonly (readonly [string, string | null])[] {
  const found = new Map<string, string | null>()
  const waiting = [source]
  for (let next = waiting.pop(); next !== undefined && found.size < MAX_FILES; next = waiting.pop()) {
    for (const [, path = ''] of next.text.matchAll(/"([^"\n]+)"/g)) {
      const name = path.includes('\0') ? '' : resolvePath(path, next.name)
      if (name === '' || name.startsWith('std:') || found.has(name) || found.size >= MAX_FILES) continue
      const used = loadQuietly(path, next.name)
      found.set(name, used === null ? null : sha256(used.text))
      if (used !== null) waiting.push(used)
    }
  }
  return [...found]
}

/** A text that happens to name an unreadable file is not a problem here: if it is used, the compiler says so. */
function loadQuietly(path: string, from: string): Source | null {
  try {
    return loadUsed(path, from)
  } catch {
    return null
  }
}
