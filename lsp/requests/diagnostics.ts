/** Problems of a document for its editor. Those of a file that it uses are shown at the `use` that brought them. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic as LspDiagnostic } from 'vscode-languageserver'
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { Analysis } from '../analysis.ts'
import { uriOfName } from '../source-names.ts'
import { TextLines } from '../text-lines.ts'

export function diagnostics(analysis: Analysis, textOf: (name: string) => string | null): LspDiagnostic[] {
  const places = new Places(analysis, textOf)
  return analysis.checked.diagnostics.map((diagnostic) => converted(analysis, diagnostic, places))
}

function converted(analysis: Analysis, diagnostic: Diagnostic, places: Places): LspDiagnostic {
  const { code, severity, message, help, related } = diagnostic
  const own = diagnostic.span?.source === analysis.source.name ? diagnostic.span : null
  const elsewhere = own === null && diagnostic.span !== null ? [{ span: diagnostic.span, message }] : []
  return {
    range: analysis.lines.range(own ?? useOf(analysis, diagnostic.span)),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'espalier',
    message: [elsewhere.length > 0 ? `in a file used here: ${message}` : message, ...(help === null ? [] : [help])].join('\n'),
    ...(code === 'ESP1401' ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    relatedInformation: [...elsewhere, ...related].map((one) => ({ location: places.location(one.span), message: one.message })),
  }
}

/** The `use` that names the source, or else the first: it was brought by a file that is used. */
function useOf({ tree, resolved, source }: Analysis, span: Span | null): Span {
  const uses = tree.file.declarations.filter((declaration) => declaration.kind === 'use')
  const use = uses.find((one) => resolved.uses.get(one)?.name === span?.source) ?? uses[0]
  return use?.span ?? { source: source.name, start: 0, end: 0 }
}

/** Ranges in any source, whose lines are counted once. */
class Places {
  private readonly analysis: Analysis
  private readonly textOf: (name: string) => string | null
  private readonly others = new Map<string, TextLines>()

  constructor(analysis: Analysis, textOf: (name: string) => string | null) {
    this.analysis = analysis
    this.textOf = textOf
  }

  location(span: Span) {
    return { uri: uriOfName(span.source), range: this.lines(span.source).range(span) }
  }

  private lines(source: string): TextLines {
    if (source === this.analysis.source.name) return this.analysis.lines
    const known = this.others.get(source) ?? new TextLines(this.textOf(source) ?? '')
    this.others.set(source, known)
    return known
  }
}
