/** What is known of the word under the cursor: its declaration and type, facts, documentation. */
import type { Hover } from 'vscode-languageserver'
import { builtinSignatures, signatureText } from '../../compiler/frontend/builtins.ts'
import { BUILTIN_FORMS } from '../../compiler/frontend/keywords.ts'
import type { NameSymbol } from '../../compiler/frontend/names/name-index.ts'
import { formats } from '../../compiler/ir/formats/formats.ts'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { Analysis } from '../analysis.ts'
import { factsOf, typeText } from '../facts/value-facts.ts'
import { isLibrary } from '../source-names.ts'
import { withPaperLinks } from './links.ts'
import { symbolAt, type NamedPlace } from './symbol-at.ts'
import { tokenAt } from './token-at.ts'

export function hover(analysis: Analysis, offset: number, textOf: (name: string) => string | null): Hover | null {
  const place = symbolAt(analysis, offset)
  if (place !== null) return made(analysis, place.occurrence.span, symbolText(analysis, place, textOf))
  const token = tokenAt(analysis, offset)
  if (token === null || token.kind !== 'word') return null
  const text = wordText(token.text)
  const span = { source: analysis.source.name, start: token.start, end: token.end }
  return text === null ? null : made(analysis, span, text)
}

const made = ({ lines }: Analysis, span: Span, value: string): Hover => ({
  contents: { kind: 'markdown', value },
  range: lines.range(span),
})

const code = (text: string): string => '```prune\n' + text + '\n```'

function symbolText(analysis: Analysis, { symbol, occurrence }: NamedPlace, textOf: (name: string) => string | null): string {
  if (symbol.kind === 'builtin') return wordText(symbol.name) ?? code(symbol.name)
  const observed = (span: Span | null) => (span === null ? null : analysis.observed(span))
  const observation = observed(occurrence.span) ?? observed(symbol.declared)
  const known = observation !== null && observation.value.kind !== 'error' ? observation : null
  const head = known !== null && TYPED.has(symbol.kind) ? `${symbol.name}: ${typeText(known)}` : declarationText(symbol, textOf)
  const facts = known === null ? [] : factsOf(known)
  return [
    code(`${KINDS[symbol.kind] ?? ''}${head}`),
    ...(facts.length === 0 ? [] : [facts.map((fact) => `- ${fact}`).join('\n')]),
    ...(symbol.doc === null ? [] : [withPaperLinks(symbol.doc)]),
    ...whence(symbol),
  ].join('\n\n')
}

const TYPED: ReadonlySet<NameSymbol['kind']> = new Set(['variable', 'input', 'state', 'argument'])

const KINDS: Readonly<Partial<Record<NameSymbol['kind'], string>>> = {
  state: 'state ',
  axis: 'axis ',
  parameter: 'parameter ',
  alternative: 'alternative ',
  unit: 'units ',
  output: 'output ',
}

/** The declaration as it is written, without a body. */
function declarationText({ whole, declared, name, kind }: NameSymbol, textOf: (name: string) => string | null): string {
  const span = whole ?? declared
  const text = span === null ? null : textOf(span.source)?.slice(span.start, span.end)
  if (text === undefined || text === null || kind === 'file' || kind === 'alternative') return name
  const body = kind === 'function' || kind === 'entry' || kind === 'policy' ? text.indexOf('{') : -1
  const head = (body < 0 ? text : text.slice(0, body)).trim()
  return head.length > 600 ? `${head.slice(0, 600)}…` : head
}

function whence({ declared, kind }: NameSymbol): readonly string[] {
  if (declared === null || kind === 'file' || !isLibrary(declared.source)) return []
  return [`From \`${declared.source.replace(':', '.')}\`.`]
}

/** Built-in functions, forms, formats. */
function wordText(word: string): string | null {
  const parts: string[] = []
  const signature = builtinSignatures.get(word)
  if (signature !== undefined) parts.push(code(signatureText(signature)), signature.summary)
  for (const { keyword, form, summary } of BUILTIN_FORMS) if (keyword === word) parts.push(code(form), summary)
  if (Object.hasOwn(formats, word)) parts.push(`Storage format \`${formats[word as keyof typeof formats].form}\`.`)
  return parts.length === 0 ? null : parts.join('\n\n')
}
