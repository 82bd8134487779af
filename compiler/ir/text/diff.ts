/** Line differences between two modules' texts, for showing what a pass did. */
import type { Module } from '../node.ts'
import { printModule } from './print.ts'

/** Unchanged lines shown around a change. */
const context = 3
/** Beyond this many cells the changed middle is shown as replaced whole instead of aligned. */
const maxCells = 4_000_000

/** Lines with `- `, `+ ` or two blanks before them, `…` where lines are left out; empty when the texts are equal. */
export const diffModules = (before: Module, after: Module): string => diffLines(printModule(before), printModule(after))

export function diffLines(before: string, after: string): string {
  if (before === after) return ''
  const a = before.split('\n')
  const b = after.split('\n')
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const middle = align(a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  const same = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)
  return elide([...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))]).join('\n')
}

/** The longest common subsequence of lines, by dynamic programming. */
function align(a: readonly string[], b: readonly string[]): readonly string[] {
  if ((a.length + 1) * (b.length + 1) > maxCells) return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)]
  const width = b.length + 1
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: string[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++]}`)
      j++
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${a[i++]}`)
    else lines.push(`+ ${b[j++]}`)
  }
  return lines
}

function elide(lines: readonly string[]): readonly string[] {
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - context), i + context + 1).some((line) => !line.startsWith('  ')))
  return lines.flatMap((line, i) => (near[i] === true ? [line] : i > 0 && near[i - 1] !== true ? [] : ['…']))
}
