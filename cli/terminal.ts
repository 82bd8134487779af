/** Where a command's words go: data to stdout, messages to stderr. Colour only on a terminal that wants it. */
import { renderText, type Sources } from '../compiler/diagnostics/render.ts'
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'

export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Whether stderr takes colours. */
  readonly colour: boolean
  /** Whether stdout does. */
  readonly colourOut: boolean
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    colour: !plain && stderr.isTTY === true,
    colourOut: !plain && stdout.isTTY === true,
  }
}

const noSources: Sources = new Map()

/** Messages on stderr. */
export function showDiagnostics(
  terminal: Terminal,
  diagnostics: readonly Diagnostic[],
  sources: Sources = noSources,
  dropped = 0,
): void {
  if (diagnostics.length > 0) terminal.err(renderText(diagnostics, sources, { colour: terminal.colour, dropped }))
}

export const jsonLine = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** 1234567 bytes as `1.2 MiB`. */
export function byteText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`
}

/** Columns of equal width, two spaces apart; the last is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}
