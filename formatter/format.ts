/**
 * Lays out a policy file. Total for files that parse: the result has the same tokens, but for parentheses that say nothing
 * and commas behind last elements, and the same comments in the same order. Formatting the result changes nothing.
 */
import type { Source } from '../compiler/frontend/source.ts'
import { parseTree } from './parse-tree.ts'
import { printDocument } from './print/doc.ts'
import { documentOf } from './print/document.ts'

export interface Style {
  readonly printWidth: number
  readonly tabWidth: number
  readonly useTabs: boolean
}

/** Prettier's. */
export const DEFAULT_STYLE: Style = { printWidth: 80, tabWidth: 2, useTabs: false }

/** Throws `Unreadable` for a file that does not parse. Lines of the result end with `\n`. */
export function format(source: Source, style: Style = DEFAULT_STYLE): string {
  return printDocument(documentOf(parseTree(source), source.text), { ...style }).formatted
}
