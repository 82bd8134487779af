/**
 * Formats a part of a file: the declarations, or the statements of one block, that a range touches. What they become is
 * what they would be in the whole file formatted, so that formatting by parts comes to the same.
 */
import type { Source } from '../compiler/frontend/source.ts'
import { DEFAULT_STYLE, format, type Style } from './format.ts'
import { parseTree } from './parse-tree.ts'
import { isBranch, isElement, type Branch, type Part } from './tree.ts'

/** Offsets of the text; `end` is behind the last character. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

export interface Replacement extends TextRange {
  readonly text: string
}

/** Null where the range touches nothing. Throws `Unreadable` for a file that does not parse. */
export function formatRange(source: Source, range: TextRange, style: Style = DEFAULT_STYLE): Replacement | null {
  const text = format(source, style)
  const before = { text: source.text, container: parseTree(source) }
  const after = { text, container: parseTree({ name: source.name, text }) }
  return replaced(before, after, range)
}

interface Side {
  readonly text: string
  /** A file or a block. */
  readonly container: Branch
}

function replaced(before: Side, after: Side, range: TextRange): Replacement | null {
  const places = placesOf(before.container)
  const touched = places.filter((place) => place.visible < range.end && range.start < place.end)
  const [first, last] = [touched[0], touched.at(-1)]
  if (first === undefined || last === undefined) return null
  const inside = first === last ? blockAround(before, after, first.index, range) : null
  if (inside !== null) return replaced(inside[0], inside[1], range)
  const formatted = placesOf(after.container)
  const [from, to] = [formatted[first.index], formatted[last.index]]
  if (from === undefined || to === undefined) return null
  const lines = after.text.slice(from.start, to.end)
  return { start: first.start, end: last.end, text: before.text.includes('\r\n') ? lines.replaceAll('\n', '\r\n') : lines }
}

interface Place extends TextRange {
  readonly index: number
  /** Where its first comment, or it itself, begins. */
  readonly visible: number
}

/** Where the units of a container are, each with what is above it: from the end of what is before to its own end. */
function placesOf(container: Branch): readonly Place[] {
  const places: Place[] = []
  let start = container.kind === 'file' ? 0 : container.start + 1
  let visible: number | null = null
  for (const part of container.parts) {
    if (part.kind !== 'leaf') visible ??= part.start
    if (!isElement(part)) continue
    const end = part.trailing?.span.end ?? part.end
    places.push({ index: places.length, start, visible: visible ?? part.start, end })
    start = end
    visible = null
  }
  return places
}

const unitsOf = (container: Branch): readonly Branch[] => container.parts.filter((part): part is Branch => isElement(part))

/** The blocks of the unit on both sides, if the range is within it and its statements have lines of their own. */
function blockAround(before: Side, after: Side, index: number, { start, end }: TextRange): readonly [Side, Side] | null {
  const block = blockOf(unitsOf(before.container)[index])
  const formatted = blockOf(unitsOf(after.container)[index])
  if (block === undefined || formatted === undefined) return null
  const within = block.start < start && end < block.end
  const sides = [
    { text: before.text, container: block },
    { text: after.text, container: formatted },
  ] as const
  return within && sides.every(hasLines) ? sides : null
}

const blockOf = (unit: Branch | undefined): Branch | undefined => {
  const last: Part | undefined = unit?.parts.at(-1)
  return isBranch(last) && last.kind === 'block' ? last : undefined
}

function hasLines({ text, container }: Side): boolean {
  const first = container.parts[1]
  return first !== undefined && /[\r\n]/.test(text.slice(container.start, first.start))
}
