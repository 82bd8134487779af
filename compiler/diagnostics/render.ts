/**
 * Diagnostics for people (`renderText`) and for programs (`renderJson`). Sources are looked up by the name their spans
 * carry; a span whose source is not at hand is shown as name and offset. Output is deterministic.
 */
import type { Diagnostic } from './diagnostic.ts'
import { excerpt, type Mark, type Paint } from './excerpt.ts'
import { LineMap } from './line-map.ts'
import type { Span } from './span.ts'
import { printable } from './text-width.ts'

/** Texts by source name. */
export type Sources = ReadonlyMap<string, string>

export interface RenderOptions {
  readonly colour?: boolean
  /** `DiagnosticSink.dropped`: how many are not in the list. */
  readonly dropped?: number
}

const ESCAPES: Record<Parameters<Paint>[0], string> = {
  error: '1;31',
  warning: '1;33',
  primary: '1;31',
  secondary: '34',
  gutter: '2',
  strong: '1',
}

/** One block per diagnostic, blank lines between, a summary line last; ends in a newline. Empty for no diagnostics. */
export function renderText(diagnostics: readonly Diagnostic[], sources: Sources, options: RenderOptions = {}): string {
  if (diagnostics.length === 0) return ''
  const paint = painter(options.colour === true)
  const maps = lineMaps(sources)
  const blocks = diagnostics.map((diagnostic) => renderOne(diagnostic, maps, paint).join('\n'))
  return [...blocks, summary(diagnostics, options.dropped ?? 0)].join('\n\n') + '\n'
}

export const painter = (colour: boolean): Paint =>
  colour ? (role, text) => `\x1b[${ESCAPES[role]}m${text}\x1b[0m` : (_role, text) => text

/** The places of spans and their marked lines, as under the headline of a diagnostic. */
export function renderPlaces(spans: readonly Span[], sources: Sources, paint: Paint): readonly string[] {
  const marks = spans.map((span): Mark => ({ span, style: 'primary', label: '' }))
  return places(marks, lineMaps(sources), paint)
}

function renderOne(diagnostic: Diagnostic, maps: LineMapLookup, paint: Paint): string[] {
  const { severity, code, message, span, related, help } = diagnostic
  const out = [paint(severity, `${severity}[${code}]`) + paint('strong', `: ${safe(message)}`)]
  const marks: Mark[] = related.map((entry) => ({ span: entry.span, style: 'secondary', label: safe(entry.message) }))
  if (span !== null) marks.unshift({ span, style: 'primary', label: '' })
  out.push(...places(marks, maps, paint))
  if (help !== null) out.push(`  ${paint('gutter', 'help:')} ${safe(help)}`)
  return out
}

function places(marks: readonly Mark[], maps: LineMapLookup, paint: Paint): string[] {
  const out: string[] = []
  for (const source of new Set(marks.map((mark) => mark.span.source))) {
    const here = marks.filter((mark) => mark.span.source === source)
    const at = here[0]?.span
    if (at === undefined) continue
    const lines = maps(source)
    out.push(`${paint('gutter', '  -->')} ${location(at, lines)}`)
    if (lines !== null) out.push(...excerpt(lines, here, paint).map((line) => `  ${line}`))
    else out.push(...here.filter((mark) => mark.label !== '').map((mark) => `      ${mark.label}`))
  }
  return out
}

function location(span: Span, lines: LineMap | null): string {
  const name = printable(span.source)
  if (lines === null) return `${name} (offset ${span.start})`
  const { line, column } = lines.position(span.start)
  return `${name}:${line}:${column}`
}

function summary(diagnostics: readonly Diagnostic[], dropped: number): string {
  const count = (severity: Diagnostic['severity']) => diagnostics.filter((entry) => entry.severity === severity).length
  const plural = (n: number, word: string) => (n === 0 ? [] : [`${n} ${word}${n === 1 ? '' : 's'}`])
  const counted = [...plural(count('error'), 'error'), ...plural(count('warning'), 'warning')].join(', ')
  return dropped === 0 ? counted : `${counted} shown, ${dropped} more not shown`
}

/** Messages may quote a source, so they are made safe to print too; their own line breaks stay. */
const safe = (text: string): string => text.split('\n').map(printable).join('\n')

type LineMapLookup = (source: string) => LineMap | null

function lineMaps(sources: Sources): LineMapLookup {
  const made = new Map<string, LineMap>()
  return (source) => {
    const known = made.get(source)
    if (known !== undefined) return known
    const text = sources.get(source)
    if (text === undefined) return null
    const map = new LineMap(text)
    made.set(source, map)
    return map
  }
}

/** A span with what an editor needs; line and column are null when the source is not at hand. */
export interface JsonSpan {
  readonly source: string
  readonly start: number
  readonly end: number
  readonly line: number | null
  readonly column: number | null
  readonly endLine: number | null
  readonly endColumn: number | null
}

export interface JsonDiagnostic {
  readonly code: string
  readonly severity: string
  readonly message: string
  readonly span: JsonSpan | null
  readonly related: readonly { readonly span: JsonSpan; readonly message: string }[]
  readonly help: string | null
}

/** Plain objects, ready for JSON.stringify. */
export function renderJson(diagnostics: readonly Diagnostic[], sources: Sources): readonly JsonDiagnostic[] {
  const maps = lineMaps(sources)
  return diagnostics.map(({ code, severity, message, span, related, help }) => ({
    code,
    severity,
    message,
    span: span === null ? null : jsonSpan(span, maps),
    related: related.map((entry) => ({ span: jsonSpan(entry.span, maps), message: entry.message })),
    help,
  }))
}

function jsonSpan(span: Span, maps: LineMapLookup): JsonSpan {
  const lines = maps(span.source)
  const start = lines?.position(span.start) ?? null
  const end = lines?.position(span.end) ?? null
  return {
    source: span.source,
    start: span.start,
    end: span.end,
    line: start?.line ?? null,
    column: start?.column ?? null,
    endLine: end?.line ?? null,
    endColumn: end?.column ?? null,
  }
}
