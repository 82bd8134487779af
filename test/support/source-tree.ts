/** The repository's own source files and what they import, for tests about its structure. Paths are relative, with `/`. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

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

/** `path`: a file of the repository; `package`: anything else, by the specifier as written. */
export type Import = { readonly kind: 'path'; readonly path: string } | { readonly kind: 'package'; readonly name: string }

/** Static, dynamic, re-exporting and type-only imports alike. */
export function importsOf(path: string): readonly Import[] {
  const { importedFiles } = ts.preProcessFile(readSource(path), true, true)
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith('.')
      ? { kind: 'path', path: slashed(normalize(join(dirname(path), fileName))) }
      : { kind: 'package', name: fileName },
  )
}

const slashed = (path: string): string => path.split(sep).join('/')
