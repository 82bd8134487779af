/**
 * Collects diagnostics; nothing is thrown and no stage stops another. Identical reports are kept once. At most `limit`
 * errors and `limit` warnings are kept; the rest is counted in `dropped`, which renderers mention.
 */
import { catalogue, type DiagnosticCode, type DiagnosticParams } from './catalogue.ts'
import type { DiagnosticDef } from './define.ts'
import type { Diagnostic, Fix, RelatedSpan } from './diagnostic.ts'
import type { Span } from './span.ts'

export interface ReportOptions {
  readonly related?: readonly RelatedSpan[]
  /** Replaces the catalogue's help where the reporter knows a better fix; null omits it. */
  readonly help?: string | null
  /** Replaces the catalogue's: the words meant instead of the marked ones, or an edit elsewhere. */
  readonly fix?: string | Fix | null
}

const DEFAULT_LIMIT = 100

export class DiagnosticSink {
  private readonly limit: number
  private readonly kept: Diagnostic[] = []
  private readonly seen = new Set<string>()
  private counts = { error: 0, warning: 0 }

  constructor(limit = DEFAULT_LIMIT) {
    this.limit = limit
  }

  report<C extends DiagnosticCode>(code: C, span: Span | null, params: DiagnosticParams<C>, options: ReportOptions = {}): void {
    const row = catalogue[code] as unknown as DiagnosticDef<DiagnosticParams<C>>
    const help = options.help === undefined ? (row.help?.(params) ?? null) : options.help
    const { severity } = row
    const words = options.fix === undefined ? (row.fix?.(params) ?? null) : options.fix
    const fix = typeof words !== 'string' ? words : span === null ? null : { span, text: words }
    const fixed = fix === null ? {} : { fix }
    this.add({ code, severity, message: row.message(params), span, related: options.related ?? [], help, ...fixed })
  }

  /** Takes over a diagnostic made elsewhere, under the same rules. */
  add(diagnostic: Diagnostic): void {
    const key = JSON.stringify([diagnostic.code, diagnostic.span, diagnostic.message])
    if (this.seen.has(key)) return
    this.seen.add(key)
    this.counts[diagnostic.severity] += 1
    if (this.counts[diagnostic.severity] <= this.limit) this.kept.push(diagnostic)
  }

  get errorCount(): number {
    return this.counts.error
  }

  get warningCount(): number {
    return this.counts.warning
  }

  get hasErrors(): boolean {
    return this.counts.error > 0
  }

  /** How many distinct diagnostics were reported beyond the limit. */
  get dropped(): number {
    return this.counts.error + this.counts.warning - this.kept.length
  }

  /** In reading order: sources as they were first mentioned, then by position; those without a span last. */
  list(): readonly Diagnostic[] {
    const sources = new Map<string, number>()
    for (const { span } of this.kept) if (span !== null && !sources.has(span.source)) sources.set(span.source, sources.size)
    const rank = ({ span }: Diagnostic) => (span === null ? sources.size : (sources.get(span.source) ?? 0))
    return [...this.kept].sort((a, b) => rank(a) - rank(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0))
  }
}
