/** Sources with marks: `/*name*\/` is a place, `⟦…⟧` a range. Marks are taken out; what is left is the text. */
import type { Position, Range } from 'vscode-languageserver-protocol'
import { TextLines } from '../../lsp/text-lines.ts'

export interface Marked {
  readonly text: string
  readonly at: (name: string) => Position
  readonly offset: (name: string) => number
  readonly ranges: readonly Range[]
}

export function marked(source: string): Marked {
  const places = new Map<string, number>()
  const open: number[] = []
  const spans: { start: number; end: number }[] = []
  let text = ''
  for (const part of source.split(/(\/\*\w+\*\/|[⟦⟧])/)) {
    const name = /^\/\*(\w+)\*\/$/.exec(part)?.[1]
    if (name !== undefined) places.set(name, text.length)
    else if (part === '⟦') open.push(text.length)
    else if (part === '⟧') spans.push({ start: open.pop() ?? 0, end: text.length })
    else text += part
  }
  const lines = new TextLines(text)
  const offset = (name: string): number => {
    const found = places.get(name)
    if (found === undefined) throw new Error(`no mark ${name}`)
    return found
  }
  spans.sort((a, b) => a.start - b.start)
  return { text, at: (name) => lines.position(offset(name)), offset, ranges: spans.map((span) => lines.range(span)) }
}
