/** What can be folded: anything in brackets over several lines, and runs of comments. Works on any text. */
import { FoldingRangeKind, type FoldingRange } from 'vscode-languageserver'
import type { Analysis } from '../analysis.ts'

const OPEN: ReadonlySet<string> = new Set(['(', '[', '{'])
const CLOSE: ReadonlySet<string> = new Set([')', ']', '}'])
/** More than an editor shows at once. */
const MAX_RANGES = 5000

export function foldingRanges(analysis: Analysis): FoldingRange[] {
  return [...bracketRanges(analysis), ...commentRanges(analysis)].slice(0, MAX_RANGES)
}

function bracketRanges({ tree, lines }: Analysis): readonly FoldingRange[] {
  const ranges: FoldingRange[] = []
  const open: number[] = []
  for (const { kind, text, start } of tree.tokens) {
    if (kind !== 'mark') continue
    if (OPEN.has(text)) open.push(start)
    if (!CLOSE.has(text)) continue
    const from = open.pop()
    if (from === undefined) continue
    const [startLine, endLine] = [lines.position(from).line, lines.position(start).line - 1]
    if (endLine > startLine) ranges.push({ startLine, endLine })
  }
  return ranges
}

function commentRanges({ tree, lines, source }: Analysis): readonly FoldingRange[] {
  const alone = tree.file.comments.flatMap(({ span }) => {
    const { line, character } = lines.position(span.start)
    return source.text.slice(span.start - character, span.start).trim() === '' ? [line] : []
  })
  const ranges: FoldingRange[] = []
  for (let first = 0; first < alone.length;) {
    let last = first
    while (alone[last + 1] === (alone[last] ?? 0) + 1) last++
    const [startLine = 0, endLine = 0] = [alone[first], alone[last]]
    if (endLine > startLine) ranges.push({ startLine, endLine, kind: FoldingRangeKind.Comment })
    first = last + 1
  }
  return ranges
}
