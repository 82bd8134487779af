/** What a source file of the repository imports. */
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { readSource, slashed } from './source-tree.ts'

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
