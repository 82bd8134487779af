/**
 * Pieces of a file that parsed without a report, by their text: an editor parses the same file after every keystroke, and
 * all of it but one statement is as it was. What is remembered was read at some offset; read again elsewhere, every span of
 * it moves. Two generations bound what is kept: what two parses in a row did not ask for is forgotten.
 */
export class PieceCache {
  private recent = new Map<string, Remembered>()
  private older: ReadonlyMap<string, Remembered> = new Map()

  /** The node of this text, placed at `start`; undefined when it is not known. Nodes are never null. */
  find(key: string, start: number): unknown {
    const found = this.recent.get(key) ?? this.older.get(key)
    if (found === undefined) return undefined
    const here = found.start === start ? found : { node: moved(found.node, start - found.start), start }
    this.recent.set(key, here)
    return here.node
  }

  add(key: string, start: number, node: unknown): void {
    this.recent.set(key, { node, start })
  }

  /** Called before a file is parsed again. */
  nextGeneration(): void {
    this.older = this.recent
    this.recent = new Map()
  }
}

interface Remembered {
  readonly node: unknown
  readonly start: number
}

/** Plain data with every span `{ source, start, end }` in it moved. */
function moved(value: unknown, by: number): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, by))
  if (typeof value !== 'object' || value === null) return value
  const record = value as Readonly<Record<string, unknown>>
  const { start, end } = record
  if (typeof start === 'number' && typeof end === 'number') return { ...record, start: start + by, end: end + by }
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, moved(item, by)]))
}
