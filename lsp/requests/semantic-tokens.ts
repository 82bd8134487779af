/** What each word is, by what it means rather than how it is spelt. Words without a meaning yet are coloured by their place. */
import { SemanticTokensBuilder, type SemanticTokens, type SemanticTokensLegend } from 'vscode-languageserver'
import { CONTEXTUAL, ELEMENT_TYPES, isReserved, SCALAR_TYPES } from '../../compiler/frontend/keywords.ts'
import type { NameSymbol, Role, SymbolKind } from '../../compiler/frontend/names/name-index.ts'
import type { Token } from '../../compiler/frontend/parse/scan.ts'
import { isFormatName } from '../../compiler/ir/formats/formats.ts'
import type { Analysis } from '../analysis.ts'

const TYPES = [
  'namespace',
  'class',
  'method',
  'function',
  'parameter',
  'variable',
  'property',
  'enumMember',
  'typeParameter',
  'type',
  'keyword',
  'comment',
  'string',
  'number',
  'operator',
] as const
type TokenType = (typeof TYPES)[number]

const MODIFIERS = ['declaration', 'modification', 'readonly', 'defaultLibrary', 'documentation'] as const
type Modifier = (typeof MODIFIERS)[number]

export const legend: SemanticTokensLegend = { tokenTypes: [...TYPES], tokenModifiers: [...MODIFIERS] }

const TYPE_OF: Readonly<Record<SymbolKind, TokenType>> = {
  policy: 'class',
  entry: 'method',
  function: 'function',
  parameter: 'parameter',
  alternative: 'enumMember',
  axis: 'typeParameter',
  state: 'property',
  input: 'parameter',
  variable: 'variable',
  output: 'property',
  unit: 'property',
  argument: 'parameter',
  builtin: 'function',
  file: 'namespace',
}

interface Coloured {
  readonly start: number
  readonly end: number
  readonly type: TokenType
  readonly modifiers: readonly Modifier[]
}

/** Tokens that begin in `from` up to `to`; all of them by default. */
export function semanticTokens(analysis: Analysis, from = 0, to = Infinity): SemanticTokens {
  const builder = new SemanticTokensBuilder()
  for (const { start, end, type, modifiers } of coloured(analysis)) {
    if (start < from || start >= to) continue
    const { line, character } = analysis.lines.position(start)
    const bits = modifiers.reduce((sum, modifier) => sum | (1 << MODIFIERS.indexOf(modifier)), 0)
    builder.push(line, character, end - start, TYPES.indexOf(type), bits)
  }
  return builder.build()
}

function coloured(analysis: Analysis): readonly Coloured[] {
  const { tree, names } = analysis
  const meanings = new Map<number, Pick<Coloured, 'type' | 'modifiers'>>()
  for (const { span, symbol, role } of names.occurrences) {
    const named = names.symbols[symbol]
    if (named !== undefined && role !== 'implied') meanings.set(span.start, meaningOf(named, role))
  }
  const words = tree.tokens.flatMap((token, at): Coloured[] => {
    const known = meanings.get(token.start) ?? byPlace(tree.tokens, at)
    return known === null ? [] : [{ start: token.start, end: token.end, ...known }]
  })
  const comments = tree.file.comments.map(({ span, doc }): Coloured => ({
    start: span.start,
    end: span.end,
    type: 'comment',
    modifiers: doc ? ['documentation'] : [],
  }))
  return [...words, ...comments].sort((a, b) => a.start - b.start)
}

function meaningOf({ kind }: NameSymbol, role: Role): Pick<Coloured, 'type' | 'modifiers'> {
  const modifiers: Modifier[] = []
  if (role === 'declaration') modifiers.push('declaration')
  if (role === 'write') modifiers.push('modification')
  if (kind === 'parameter' || kind === 'input' || kind === 'argument') modifiers.push('readonly')
  if (kind === 'builtin') modifiers.push('defaultLibrary')
  return { type: TYPE_OF[kind], modifiers }
}

const elementTypes: ReadonlySet<string> = new Set([...ELEMENT_TYPES, 'float'])
const scalarTypes: ReadonlySet<string> = new Set(SCALAR_TYPES)
const contextual: ReadonlySet<string> = new Set(CONTEXTUAL)
const OPERATORS = /^(:=|==|!=|<=|>=|->|[=|+\-*/%^<>])$/

function byPlace(tokens: readonly Token[], at: number): Pick<Coloured, 'type' | 'modifiers'> | null {
  const { kind, text } = tokens[at] ?? { kind: 'bad', text: '' }
  const plain = (type: TokenType): Pick<Coloured, 'type' | 'modifiers'> => ({ type, modifiers: [] })
  if (kind === 'number') return plain('number')
  if (kind === 'string') return plain('string')
  if (kind === 'mark') return OPERATORS.test(text) ? plain('operator') : null
  if (kind !== 'word') return null
  if (isReserved(text)) return plain('keyword')
  const [before, after] = [tokens[at - 1]?.text, tokens[at + 1]?.text]
  if (elementTypes.has(text) && before !== '.') return plain('type')
  if (scalarTypes.has(text) && before === ':') return plain('type')
  if (isFormatName(text) && (before === 'as' || before === ':')) return plain('type')
  if (contextual.has(text) && after !== '=' && after !== ':' && after !== ',') return plain('keyword')
  return after === '(' || after === '[' ? plain('function') : plain('variable')
}
