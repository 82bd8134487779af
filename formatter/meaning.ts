/** What formatting must not change, as a text to compare: the syntax without its places, and the comments in order. */
import type { SourceFile } from '../compiler/frontend/ast.ts'

/** Without documentation, which is comments: a `///` in the middle of a line documents nothing until it is moved above it. */
export function meaningOf({ declarations, comments }: SourceFile): string {
  const syntax = JSON.stringify(declarations, (key, value: unknown) => (key === 'span' || key === 'doc' ? undefined : value))
  return [syntax, ...comments.map(({ text }) => text.trimEnd())].join('\n')
}
