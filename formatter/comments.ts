/**
 * Puts comments into the tree. One behind an element stays behind it; one on a line of its own stays among the elements of
 * its container; one in the middle of what is laid out as one line goes before that line. Their order never changes.
 */
import type { Comment } from '../compiler/frontend/ast.ts'
import { isBranch, isContainer, isElement, type Branch, type Note, type Part } from './tree.ts'

export function placeComments(file: Branch, comments: readonly Comment[], text: string): void {
  const placer = new Placer(file)
  for (const comment of comments) placer.place(comment, isFirstOnLine(text, comment.span.start))
}

function isFirstOnLine(text: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && /[ \t\uFEFF]/.test(text.charAt(before))) before--
  return before < 0 || /[\r\n]/.test(text.charAt(before))
}

/** Where a part is: among the parts of a container. */
interface Position {
  readonly among: Part[]
  readonly part: Part
}

class Placer {
  private readonly file: Branch
  private latest: (Position & { readonly at: number }) | null = null

  constructor(file: Branch) {
    this.file = file
  }

  place({ text, span }: Comment, ownLine: boolean): void {
    const path = pathTo(this.file, span.start)
    const inner = path.at(-1) ?? this.file
    const next = nextAfter(inner.parts, span.start)
    const previous = inner.parts[next - 1]
    const note: Note = { kind: 'note', text: text.trimEnd(), start: span.start, end: span.end }
    if (!ownLine && isElement(previous) && previous.trailing === null && isContainer(inner)) {
      previous.trailing = { text: note.text, span, doc: false }
      this.latest = { among: inner.parts, part: previous, at: span.start }
    } else if (isContainer(inner)) this.insert(inner.parts, next, note)
    else this.beforeLine(path, inner.parts[next], note)
  }

  /** In the middle of a line: before it, or beside the last comment where that is already in the middle of it too. */
  private beforeLine(path: readonly Branch[], next: Part | undefined, note: Note): void {
    // Between the head of a declaration and its block: the block is where lines are.
    if (isBranch(next) && next.kind === 'block') return this.insert(next.parts, 1, note)
    for (let depth = path.length - 1; depth > 0; depth--) {
      const [element, container] = [path[depth], path[depth - 1]]
      if (element === undefined || container === undefined) break
      if (!isElement(element) || element.kind === 'head' || !isContainer(container)) continue
      const { latest } = this
      if (latest === null || latest.at < element.start)
        return this.insert(container.parts, container.parts.indexOf(element), note)
      const isBefore = container.parts.indexOf(latest.part) < container.parts.indexOf(element)
      if (latest.among === container.parts && isBefore)
        return this.insert(container.parts, container.parts.indexOf(element), note)
      return this.insert(latest.among, latest.among.indexOf(latest.part) + 1, note)
    }
  }

  private insert(among: Part[], index: number, note: Note): void {
    among.splice(index, 0, note)
    this.latest = { among, part: note, at: note.start }
  }
}

/** The branches around a place between two tokens, outermost first. */
function pathTo(file: Branch, at: number): readonly Branch[] {
  const path: Branch[] = []
  let inner: Branch | undefined = file
  while (inner !== undefined) {
    path.push(inner)
    inner = inner.parts.find((part): part is Branch => isBranch(part) && part.start < at && at < part.end)
  }
  return path
}

/** Index of the first token or branch behind a place. */
function nextAfter(parts: readonly Part[], at: number): number {
  const index = parts.findIndex((part) => part.kind !== 'note' && part.start > at)
  return index < 0 ? parts.length : index
}
