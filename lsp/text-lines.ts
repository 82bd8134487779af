/** Offsets and positions of the protocol: lines and UTF-16 columns from 0. */
import type { Position, Range } from 'vscode-languageserver'
import { LineMap } from '../compiler/diagnostics/line-map.ts'

export class TextLines {
  private readonly map: LineMap

  constructor(text: string) {
    this.map = new LineMap(text)
  }

  get count(): number {
    return this.map.lineCount
  }

  position(offset: number): Position {
    const { line, column } = this.map.position(offset)
    return { line: line - 1, character: column - 1 }
  }

  /** Positions beyond a line or the text are moved to its end. */
  offset({ line, character }: Position): number {
    if (line < 0) return 0
    if (line >= this.map.lineCount) return this.map.text.length
    const start = this.map.lineStart(line + 1)
    return start + Math.max(0, Math.min(character, this.map.line(line + 1).length))
  }

  range({ start, end }: { readonly start: number; readonly end: number }): Range {
    return { start: this.position(start), end: this.position(end) }
  }
}
