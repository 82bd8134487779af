/** Doc comments: which token each belongs to. `///` lines attach to the declaration, parameter, state or entry that follows. */
import type { Comment } from '../ast.ts'
import type { Token } from './scan.ts'

/**
 * Texts by the offset of the token that follows them: lines without their slashes and one space, joined by newlines; lines
 * that other lines separate are paragraphs, with an empty line between them.
 */
export function docsByOffset(text: string, tokens: readonly Token[], comments: readonly Comment[]): ReadonlyMap<number, string> {
  const docs = new Map<number, string>()
  let next = 0
  let previous: { owner: number; end: number } | null = null
  for (const { text: line, span, doc } of comments) {
    if (!doc) continue
    while (next < tokens.length && (tokens[next]?.start ?? 0) < span.start) next++
    const owner = tokens[next]?.start
    if (owner === undefined) break
    const content = line.slice(3).replace(/^ /, '').trimEnd()
    const before = docs.get(owner)
    const apart = previous?.owner === owner && lineBreaks(text, previous.end, span.start) > 1
    docs.set(owner, before === undefined ? content : `${before}${apart ? '\n\n' : '\n'}${content}`)
    previous = { owner, end: span.end }
  }
  return docs
}

function lineBreaks(text: string, from: number, to: number): number {
  return text.slice(from, to).split(/\r\n|\n|\r/).length - 1
}
