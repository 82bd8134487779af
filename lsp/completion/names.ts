/** Completions of names that are visible: values, axes, functions, and what is declared in pieces that do not parse. */
import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver'
import { builtinSignatures, signatureText, type BuiltinSignature } from '../../compiler/frontend/builtins.ts'
import { isReserved } from '../../compiler/frontend/keywords.ts'
import { visibleAt, type NameSymbol, type SymbolKind } from '../../compiler/frontend/names/name-index.ts'
import type { FnDecl } from '../../compiler/frontend/ast.ts'
import type { Analysis } from '../analysis.ts'
import { typeText } from '../facts/value-facts.ts'
import { isLibrary } from '../source-names.ts'
import type { Place } from '../place.ts'
import { withPaperLinks } from '../requests/links.ts'
import { escaped, item, type Rank } from './items.ts'

const KINDS: Readonly<Partial<Record<SymbolKind, CompletionItemKind>>> = {
  input: CompletionItemKind.Field,
  variable: CompletionItemKind.Variable,
  argument: CompletionItemKind.Variable,
  state: CompletionItemKind.Property,
  parameter: CompletionItemKind.Constant,
  axis: CompletionItemKind.TypeParameter,
}

const LOCAL: ReadonlySet<SymbolKind> = new Set(['input', 'variable', 'argument'])

/** Values that an expression may name. States are not visible in functions. */
export function valueItems(analysis: Analysis, place: Place, offset: number): CompletionItem[] {
  const kinds: readonly SymbolKind[] = [
    'input',
    'variable',
    'argument',
    'parameter',
    ...(place.region === 'entry' ? ['state' as const] : []),
  ]
  const known = visible(analysis, offset, kinds)
  const items = known.map((symbol) =>
    item({
      label: symbol.name,
      kind: KINDS[symbol.kind] ?? CompletionItemKind.Variable,
      rank: LOCAL.has(symbol.kind) ? 'local' : 'policy',
      detail: detailOf(analysis, symbol),
      doc: symbol.doc,
    }),
  )
  const names = new Set(known.map(({ name }) => name))
  const unread = declaredWords(place).filter((name) => !names.has(name))
  return [...items, ...unread.map((label) => item({ label, kind: CompletionItemKind.Variable, rank: 'local' }))]
}

function detailOf(analysis: Analysis, symbol: NameSymbol): string {
  const observation = symbol.declared === null ? null : analysis.observed(symbol.declared)
  if (observation !== null && observation.value.kind !== 'error') return typeText(observation)
  const whole = symbol.whole === null ? '' : analysis.source.text.slice(symbol.whole.start, symbol.whole.end)
  return symbol.kind === 'parameter' || symbol.kind === 'input' ? whole.replace(/^[^:]*:\s*/, '').slice(0, 80) : symbol.kind
}

/** Words that the piece declares, read from its tokens: it may not parse. Inputs before `:`, values before `=`. */
function declaredWords({ tokens, region }: Place): readonly string[] {
  if (region !== 'entry' && region !== 'fn') return []
  const found = new Set<string>()
  tokens.forEach(({ kind, text, first }, at) => {
    const next = tokens[at + 1]?.text
    if (kind !== 'word' || isReserved(text)) return
    const before = tokens[at - 1]?.text
    const isInput = (next === ':' || next === ',') && (before === '(' || before === ',') && tokens[at + 2] !== undefined
    if ((next === '=' && first) || (isInput && next === ':')) found.add(text)
  })
  return [...found]
}

/** Axes of the policy and of the function around; also those that only the text shows. */
export function axisItems(analysis: Analysis, place: Place, offset: number): CompletionItem[] {
  const known = visible(analysis, offset, ['axis'])
  const names = new Set(known.map(({ name }) => name))
  const shown = axesInText(analysis, place, offset).filter((name) => !names.has(name))
  const items = known.map((symbol) => {
    const { whole, declared, name, doc } = symbol
    const text = whole === null || declared === null ? '' : analysis.source.text.slice(whole.start, whole.end)
    const detail = text.includes('=') || text.startsWith(`${name}(`) ? text.slice(0, 80) : 'axis'
    return item({ label: name, kind: CompletionItemKind.TypeParameter, rank: 'local', detail, doc })
  })
  return [
    ...items,
    ...shown.map((label) => item({ label, kind: CompletionItemKind.TypeParameter, rank: 'local', detail: 'axis' })),
  ]
}

const ELEMENT = /^(f32|f16|bf16|i32|u32|u8|i8|bool|float)$/

/** Names in brackets after a dtype, in the declaration around: its types may not parse. */
function axesInText({ tree }: Analysis, { tokens }: Place, offset: number): readonly string[] {
  const first = tokens[0]?.start ?? offset
  const section = tree.sections.find(
    ({ from, to }) => (tree.tokens[from]?.start ?? 0) <= first && first <= (tree.tokens[to - 1]?.end ?? 0),
  )
  const found = new Set<string>()
  if (section === undefined) return []
  for (let at = section.from; at < section.to; at++) {
    if (!ELEMENT.test(tree.tokens[at]?.text ?? '') || tree.tokens[at + 1]?.text !== '[') continue
    for (at += 2; at < section.to; at++) {
      const token = tree.tokens[at]
      if (token?.kind === 'word' && token.end !== offset && !isReserved(token.text)) found.add(token.text)
      else if (token?.text !== ',') break
    }
  }
  return [...found]
}

/** Functions: of the user, of used files, built in. */
export function functionItems(analysis: Analysis, offset: number): CompletionItem[] {
  const seen = new Set<string>()
  const own = visible(analysis, offset, ['function']).flatMap((symbol) => {
    if (seen.has(symbol.name)) return []
    seen.add(symbol.name)
    const decl = analysis.resolved.fns.get(symbol.name)?.decl ?? fnAt(analysis, symbol)
    return decl === null
      ? []
      : [userFunction(decl, symbol.declared !== null && isLibrary(symbol.declared.source) ? 'file' : 'policy')]
  })
  return [...own, ...[...builtinSignatures.values()].map(builtinItem)]
}

export function userFunction(decl: FnDecl, rank: Rank): CompletionItem {
  const { name, axes, params, doc } = decl
  return item({
    label: name.text,
    kind: CompletionItemKind.Function,
    rank,
    detail: fnText(decl),
    doc: doc === null ? null : withPaperLinks(doc),
    snippet: callSnippet(name.text, axes.map(({ text }) => text), params.map(({ text }) => text)), // prettier-ignore
  })
}

/** `energy[t](x)`. */
export function fnText({ name, axes, params }: FnDecl): string {
  const list = (names: readonly { readonly text: string }[]): string => names.map(({ text }) => text).join(', ')
  return `${name.text}${axes.length === 0 ? '' : `[${list(axes)}]`}(${list(params)})`
}

function builtinItem(signature: BuiltinSignature): CompletionItem {
  const { name, axes, params, summary } = signature
  return item({
    label: name,
    kind: CompletionItemKind.Function,
    rank: 'builtin',
    detail: signatureText(signature),
    doc: summary,
    snippet: callSnippet(name, axes === null ? [] : [axes], params),
  })
}

function callSnippet(name: string, axes: readonly string[], params: readonly string[]): string {
  let stop = 0
  const places = (list: readonly string[]): string => list.map((one) => `\${${++stop}:${escaped(one)}}`).join(', ')
  return `${name}${axes.length === 0 ? '' : `[${places(axes)}]`}(${places(params)})`
}

function fnAt({ tree }: Analysis, { declared }: NameSymbol): FnDecl | null {
  const all = tree.file.declarations.flatMap((one) => (one.kind === 'fn' ? [one] : one.kind === 'policy' ? one.items : []))
  return all.find((one): one is FnDecl => one.kind === 'fn' && one.name.span.start === declared?.start) ?? null
}

/** By name, the innermost of each. */
function visible({ names }: Analysis, offset: number, kinds: readonly SymbolKind[]): readonly NameSymbol[] {
  const found = new Map<string, NameSymbol>()
  for (const symbol of visibleAt(names, offset)) if (kinds.includes(symbol.kind)) found.set(symbol.name, symbol)
  return [...found.values()]
}

export const symbolsOf = visible
