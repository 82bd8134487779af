/** Sources of the standard library, read from the tree rather than from what a build embeds. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceText } from '../../compiler/driver.ts'
import { readSource, repositoryRoot } from './source-tree.ts'

/** `std:mustafar` */
export function librarySource(name: string): SourceText {
  const file = /^std:([a-z0-9-]+)$/.exec(name)?.[1]
  if (file === undefined) throw new Error(`${name} is not of the form std:NAME`)
  return { name, text: readSource(`stdlib/${file}.prune`) }
}

/** Answers `use std.math`; relative files do not exist in tests. */
export function loadLibrary(path: string): SourceText | null {
  const file = `stdlib/${path.replace(/^std[.:]/, '')}.prune`
  return /^std[.:][a-z0-9-]+$/.test(path) && existsSync(join(repositoryRoot, file))
    ? { name: path, text: readSource(file) }
    : null
}
