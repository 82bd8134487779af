/**
 * Results of compilations by the hash of everything that they depend on. An entry is a folder that is written aside, its
 * `meta.json` last, and renamed into place; what is read is verified against the hashes in `meta.json`. So any number of
 * processes may use it at once and be killed at any moment: an entry is whole, or it is not there. The cache is never
 * needed: whatever goes wrong with it, the work is done again.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeFolders } from './files/write.ts'

export type CacheFiles = ReadonlyMap<string, Uint8Array>

const ENTRIES = 'entries'
const ASIDE = 'aside'
const META = 'meta.json'
/** The least recently used entries beyond this many are removed. */
const MAX_ENTRIES = 256
const HOUR = 3_600_000

/** `ESPALIER_CACHE`, else the user's cache folder as the XDG rules have it. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['ESPALIER_CACHE'] ?? ''
  if (own !== '') return own
  const xdg = env['XDG_CACHE_HOME'] ?? ''
  return join(xdg !== '' ? xdg : join(homedir(), '.cache'), 'espalier')
}

/** Equal parts give equal keys, and no two lists of parts share one. */
export function cacheKey(parts: readonly unknown[]): string {
  return sha256(JSON.stringify(parts))
}

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Null when there is no such entry; an entry that is damaged is removed. */
export function readCache(folder: string, key: string): CacheFiles | null {
  const path = join(folder, ENTRIES, key)
  try {
    const meta = parseMeta(readFileSync(join(path, META), 'utf8'))
    const files = new Map<string, Uint8Array>()
    for (const [name, hash] of meta) {
      const content = readFileSync(join(path, name))
      if (sha256(content) !== hash) throw new Error(`${name} is damaged`)
      files.set(name, content)
    }
    touch(join(path, META))
    return files
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(path)) removeEntry(folder, key)
    return null
  }
}

/** Keeps `files` under `key`; false when that was not possible. */
export function writeCache(folder: string, key: string, files: CacheFiles): boolean {
  let aside: string | null = null
  try {
    makeFolders(join(folder, ENTRIES))
    makeFolders(join(folder, ASIDE))
    aside = mkdtempSync(join(folder, ASIDE, `${key.slice(0, 16)}-`))
    for (const [name, content] of files) writeFileSync(join(aside, name), content)
    const hashes = [...files].map(([name, content]) => [name, sha256(content)] as const)
    writeFileSync(join(aside, META), JSON.stringify({ files: hashes }))
    renameSync(aside, join(folder, ENTRIES, key))
    tidy(folder)
    return true
  } catch {
    // Another process was faster (the entry is there already), or the folder cannot be written.
    if (aside !== null) rmSync(aside, { recursive: true, force: true })
    return existsSync(join(folder, ENTRIES, key))
  }
}

function parseMeta(text: string): readonly (readonly [string, string])[] {
  const { files } = JSON.parse(text) as { files: readonly (readonly [string, string])[] }
  for (const [name] of files) if (name.includes('/') || name.includes('\\')) throw new Error('a name that leaves the entry')
  return files
}

function touch(path: string): void {
  const now = Date.now() / 1000
  utimesSync(path, now, now)
}

/** Out of the way in one step, then gone: a reader never sees half of it. */
function removeEntry(folder: string, key: string): void {
  try {
    makeFolders(join(folder, ASIDE))
    const aside = mkdtempSync(join(folder, ASIDE, 'old-'))
    renameSync(join(folder, ENTRIES, key), join(aside, key))
    rmSync(aside, { recursive: true, force: true })
  } catch {
    // Somebody else removed it, or the folder is read-only.
  }
}

/** Removes the entries used longest ago, and what killed processes left aside. */
function tidy(folder: string): void {
  const aside = join(folder, ASIDE)
  for (const name of readdirSync(aside)) {
    const age = Date.now() - (statSync(join(aside, name), { throwIfNoEntry: false })?.mtimeMs ?? Infinity)
    if (age > HOUR) rmSync(join(aside, name), { recursive: true, force: true })
  }
  const keys = readdirSync(join(folder, ENTRIES))
  if (keys.length <= MAX_ENTRIES) return
  const used = keys.map((key) => ({
    key,
    at: statSync(join(folder, ENTRIES, key, META), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  }))
  used.sort((a, b) => a.at - b.at)
  for (const { key } of used.slice(0, keys.length - MAX_ENTRIES)) removeEntry(folder, key)
}
