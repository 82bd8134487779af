/** What printers share. Documents are Prettier's: text with the places where a line may break. */
import { doc as prettier, type Doc } from './doc.ts'
import type { Branch, Part } from '../tree.ts'

const { breakParent, hardline, line, lineSuffix, softline } = prettier

export interface Context {
  readonly text: string
  readonly print: (part: Part) => Doc
  /** A chain whose operators stand below its first operand; `print` puts them further in. */
  readonly printChain: (chain: Branch) => Doc
}

/** Whether a blank line is between two elements, whatever the author wrote. */
type Apart = (before: Part, after: Part) => boolean

/** Elements and comments, each on a line if any is. `mark` follows each element but the last, `last` that one. */
export function elements(parts: readonly Part[], context: Context, mark: string, last: Doc, isApart: Apart = () => false): Doc[] {
  const lastElement = parts.findLastIndex((part) => part.kind !== 'note')
  return parts.flatMap((part, index) => {
    const previous = parts[index - 1]
    const isBlank = previous !== undefined && (isApart(previous, part) || hasBlankBetween(previous, part, context.text))
    const gap = previous === undefined ? [] : [line, isBlank ? softline : '']
    if (part.kind === 'note') return [...gap, part.text, breakParent]
    const printed = isIgnoring(previous) ? verbatim(part, context.text) : context.print(part)
    return [...gap, printed, index < lastElement ? mark : last]
  })
}

/** A comment where the text goes on behind it must wait for the end of the line. */
export const waiting = (text: string): Doc => [lineSuffix([hardline, text]), breakParent]

/** The comment behind an element; what is around it goes on several lines. */
export const behind = (part: Part): Doc =>
  'trailing' in part && part.trailing !== null ? [lineSuffix(` ${part.trailing.text}`), breakParent] : ''

/** The end of an element, with the comment behind it. */
const endOf = (part: Part): number => ('trailing' in part && part.trailing !== null ? part.trailing.span.end : part.end)

function hasBlankBetween(before: Part, after: Part, text: string): boolean {
  const between = text.slice(endOf(before), after.start).match(/\r\n|\n|\r/g)
  return (between?.length ?? 0) > 1 && isBlankBefore(text, after.start)
}

/** Whether the line above is blank: tokens and comments between the two do not count as blank. */
function isBlankBefore(text: string, at: number): boolean {
  const before = text.slice(0, at).replace(/[ \t]+$/, '')
  return /(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)$/.test(before.slice(-2000))
}

const isIgnoring = (part: Part | undefined): boolean => part?.kind === 'note' && /^\/\/ *prettier-ignore$/.test(part.text)

/** As the author laid it out. */
function verbatim(part: Part, text: string): Doc {
  const lines = text.slice(part.start, part.end).split(/\r\n|\n|\r/)
  return [...lines.flatMap((each, index) => (index === 0 ? [each] : [prettier.literalline, each])), behind(part)]
}
