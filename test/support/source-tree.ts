/** The repository's own source files, for tests about its structure. Paths are relative, with `/`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url))

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage', 'generated'])

/** Every file below `folder` whose name ends in one of `endings`, sorted. */
export function filesBelow(folder: string, endings: readonly string[]): readonly string[] {
  const found: string[] = []
  const visit = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue
      const child = join(path, entry.name)
      if (entry.isDirectory()) visit(child)
      else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(slashed(relative(repositoryRoot, child)))
    }
  }
  visit(join(repositoryRoot, folder))
  return found.sort()
}

export const readSource = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8')

export const slashed = (path: string): string => path.split(sep).join('/')
