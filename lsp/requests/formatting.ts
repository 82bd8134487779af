/** The formatter's edits: the lines that change, so that an editor keeps its place in the others. Nothing for a file that does not parse. */
import { format, type Style } from '../../formatter/format.ts'
import { formatRange, type Replacement } from '../../formatter/format-range.ts'
import type { Analysis } from '../analysis.ts'

export function formatting({ source, isBroken }: Analysis, style: Style): Replacement | null {
  if (isBroken) return null
  const { text } = source
  const formatted = format(source, style)
  const wanted = text.includes('\r\n') ? formatted.replaceAll('\n', '\r\n') : formatted
  if (wanted === text) return null
  let start = 0
  while (start < text.length && text[start] === wanted[start]) start++
  let end = 0
  while (end < Math.min(text.length, wanted.length) - start && text[text.length - 1 - end] === wanted[wanted.length - 1 - end])
    end++
  return { start, end: text.length - end, text: wanted.slice(start, wanted.length - end) }
}

export const rangeFormatting = ({ source, isBroken }: Analysis, start: number, end: number, style: Style): Replacement | null =>
  isBroken ? null : formatRange(source, { start, end }, style)
