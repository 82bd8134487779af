/**
 * Where in a text an offset is, told by words and brackets alone, so that it is known in text that does not parse: which
 * piece of which declaration, inside which bracket, after which word.
 */
import type { PolicyDecl } from '../compiler/frontend/ast.ts'
import type { Range, Section } from '../compiler/frontend/outline.ts'
import type { Token } from '../compiler/frontend/parse/scan.ts'
import type { Analysis } from './analysis.ts'
import { tokenBefore } from './requests/token-at.ts'

export interface Place {
  /** Outside of everything, or between the items of a policy, or inside of a piece. */
  readonly region: 'file' | 'use' | 'policy-head' | 'policy' | 'axes' | 'state' | 'entry' | 'fn' | 'test'
  readonly policy: PolicyDecl | null
  /** Tokens of the piece, up to the word that is being written. */
  readonly tokens: readonly Token[]
  /** The word that is being written, up to the offset. */
  readonly prefix: string
  readonly prefixStart: number
  /** Whether the offset is in the braces of the piece. */
  readonly inBody: boolean
  readonly bracket: OpenBracket | null
}

/** The innermost bracket that is open. Braces are no brackets. */
export interface OpenBracket {
  readonly mark: '(' | '['
  /** Index in `Place.tokens`. */
  readonly at: number
  /** Commas since it was opened. */
  readonly commas: number
}

/** Null in comments, texts and numbers. */
export function placeAt(analysis: Analysis, offset: number): Place | null {
  const { tree } = analysis
  if (tree.file.comments.some(({ span }) => span.start < offset && offset <= span.end)) return null
  let last = tokenBefore(analysis, offset)
  const word = tree.tokens[last]
  const isWriting = word !== undefined && word.end >= offset && word.kind !== 'mark'
  if (isWriting && word.kind !== 'word') return null
  if (isWriting) last--
  const { region, range } = pieceAt(analysis, last)
  const tokens = tree.tokens.slice(range.from, Math.max(range.from, last + 1))
  const body = tokens.reduce((depth, { text }) => depth + (text === '{' ? 1 : text === '}' ? -1 : 0), 0)
  const ended = body === 0 && tokens.at(-1)?.text === '}'
  const policy = policyAt(analysis, offset)
  const whole: Place['region'] = !ended ? region : policy === null || region === 'policy-head' ? 'file' : 'policy'
  return {
    region: whole === 'policy-head' && body > 0 ? 'policy' : whole,
    policy,
    tokens,
    prefix: isWriting ? word.text.slice(0, offset - word.start) : '',
    prefixStart: isWriting ? word.start : offset,
    inBody: body > 0,
    bracket: openBracket(tokens),
  }
}

/** The piece that the token belongs to. */
function pieceAt({ tree }: Analysis, token: number): { readonly region: Place['region']; readonly range: Range } {
  const nothing = { from: token + 1, to: token + 1 }
  const section = tree.sections.find(({ from, to }) => from <= token && token < to)
  if (section === undefined) return { region: 'file', range: nothing }
  return pieceOf(section, token) ?? { region: 'policy', range: nothing }
}

function pieceOf(section: Section, token: number): { readonly region: Place['region']; readonly range: Range } | null {
  if (section.kind === 'stray') return { region: 'file', range: section }
  if (section.kind !== 'policy' && section.kind !== 'items') return { region: section.kind, range: section }
  if (section.kind === 'policy' && token < section.head.to) return { region: 'policy-head', range: section.head }
  if (section.kind === 'policy' && token === section.closing) return { region: 'file', range: { from: token + 1, to: token + 1 } }
  const item = section.items.find(({ from, to }) => from <= token && token < to)
  if (item === undefined) return null
  const region = item.kind === 'stray' || item.kind === 'misplaced' ? 'policy' : item.kind
  return { region, range: item }
}

function policyAt({ tree }: Analysis, offset: number): PolicyDecl | null {
  const policies = tree.file.declarations.filter((declaration) => declaration.kind === 'policy')
  return policies.findLast(({ span }) => span.start <= offset && offset <= span.end + 1) ?? null
}

function openBracket(tokens: readonly Token[]): OpenBracket | null {
  let depth = 0
  let commas = 0
  for (let at = tokens.length - 1; at >= 0; at--) {
    const { kind, text } = tokens[at] ?? { kind: 'bad', text: '' }
    if (kind !== 'mark') continue
    if (text === ')' || text === ']') depth++
    else if (text === '{' || text === '}') return null
    else if (text === ',' && depth === 0) commas++
    else if (text === '(' || text === '[') {
      if (depth === 0) return { mark: text, at, commas }
      depth--
    }
  }
  return null
}
