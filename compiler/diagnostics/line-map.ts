/** Offsets of a text to lines and columns. Both count from 1; columns are UTF-16 units, as editors and tsc count them. */
export interface Position {
  readonly line: number
  readonly column: number
}

export class LineMap {
  readonly text: string
  private readonly starts: readonly number[]

  constructor(text: string) {
    this.text = text
    const starts = [0]
    for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length)
    this.starts = starts
  }

  get lineCount(): number {
    return this.starts.length
  }

  /** Offsets outside the text are clamped to its ends. */
  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length))
    let low = 0
    let high = this.starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.lineStart(middle + 1) <= at) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: at - this.lineStart(low + 1) + 1 }
  }

  lineStart(line: number): number {
    return this.starts[line - 1] ?? this.text.length
  }

  /** The text of a line without its line break. */
  line(line: number): string {
    return this.text.slice(this.lineStart(line), this.lineStart(line + 1)).replace(/[\r\n]+$/, '')
  }
}
