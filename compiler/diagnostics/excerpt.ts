/**
 * Marked source lines: the block under a diagnostic's headline. Every mark gets its line and a row under it; lines that
 * are not neighbours are separated by `...`; long lines are cut around the first mark on them.
 */
import { type LineMap } from './line-map.ts'
import type { Span } from './span.ts'
import { displayWidth, printable } from './text-width.ts'

export interface Mark {
  readonly span: Span
  readonly style: 'primary' | 'secondary'
  readonly label: string
}

/** Decorates text for one role; the identity when colours are off. */
export type Paint = (role: 'error' | 'warning' | 'primary' | 'secondary' | 'gutter' | 'strong', text: string) => string

/** Source columns shown of a line that is longer. */
const MAX_COLUMNS = 160
const CONTEXT_BEFORE = 40

interface PlacedMark {
  readonly mark: Mark
  readonly line: number
  /** Offsets within the line. */
  readonly from: number
  readonly to: number
  readonly lastLine: number
}

/** Lines of the excerpt, without indentation by the caller. Marks must all be in the text of `lines`. */
export function excerpt(lines: LineMap, marks: readonly Mark[], paint: Paint): readonly string[] {
  const placed = marks.map((mark) => place(lines, mark)).sort((a, b) => a.line - b.line || a.from - b.from)
  const gutter = String(Math.max(...placed.map((entry) => entry.line))).length
  const bar = (label: string) => paint('gutter', `${label.padStart(gutter)} |`)
  const out = [bar('')]
  let previous: number | null = null
  for (const line of new Set(placed.map((entry) => entry.line))) {
    if (previous !== null && line > previous + 1) out.push(paint('gutter', '...'.padStart(gutter)))
    const here = placed.filter((entry) => entry.line === line)
    out.push(...markedLine(lines.line(line), here, bar(String(line)), bar(''), paint))
    previous = line
  }
  return out
}

function place(lines: LineMap, mark: Mark): PlacedMark {
  const start = lines.position(mark.span.start)
  const end = lines.position(Math.max(mark.span.start, mark.span.end))
  const from = start.column - 1
  const to = end.line === start.line ? end.column - 1 : lines.line(start.line).length
  return { mark, line: start.line, from, to, lastLine: end.line }
}

function markedLine(text: string, marks: readonly PlacedMark[], head: string, blank: string, paint: Paint): string[] {
  const first = marks[0]?.from ?? 0
  const cutFrom = text.length <= MAX_COLUMNS ? 0 : Math.max(0, Math.min(first - CONTEXT_BEFORE, text.length - MAX_COLUMNS))
  const cutTo = Math.min(text.length, cutFrom + MAX_COLUMNS)
  const before = cutFrom > 0 ? '…' : ''
  const after = cutTo < text.length ? '…' : ''
  const rows = [`${head} ${before}${printable(text.slice(cutFrom, cutTo))}${after}`.trimEnd()]
  for (const { mark, from, to, line, lastLine } of marks) {
    const left = Math.max(cutFrom, Math.min(from, cutTo))
    const right = Math.max(left, Math.min(to, cutTo))
    const indent = displayWidth(before + printable(text.slice(cutFrom, left)))
    const width = Math.max(1, displayWidth(printable(text.slice(left, right))))
    const underline = (mark.style === 'primary' ? '^' : '-').repeat(width)
    const through = lastLine > line ? `(to line ${lastLine})` : ''
    const label = [underline, through, mark.label].filter((part) => part !== '').join(' ')
    rows.push(`${blank} ${' '.repeat(indent)}${paint(mark.style, label)}`)
  }
  return rows
}
