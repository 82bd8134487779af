/**
 * From the grammar's "could not read further than here" to a sentence for a person: what was expected after which word,
 * what was found, and the likely slip (a misspelt keyword, a keyword used as a name, `=` for `==`).
 */
import { nearMiss } from '../../../abi/near-miss.ts'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Span } from '../../diagnostics/span.ts'
import { isReserved } from '../keywords.ts'
import type { Range } from '../outline.ts'
import type { StartRule } from './policy-grammar.ts'
import type { Token } from './scan.ts'

/** A failed match, placed among the tokens. */
export interface FailedPiece {
  readonly rule: StartRule
  readonly range: Range
  /** Index of the token that could not be read; `range.to` when the piece ended too early. */
  readonly at: number
  readonly expected: readonly string[]
}

/** Words that open an operand: what a name before an operand was probably meant to be. */
const OPENING_WORDS = ['keep', 'drop', 'pack', 'compact', 'unpack', 'first', 'last', 'every', 'not', 'if']

export function explainFailure(source: string, tokens: readonly Token[], failed: FailedPiece, sink: DiagnosticSink): void {
  const found = tokens[failed.at]
  const before = failed.at > 0 ? tokens[failed.at - 1] : undefined
  const span = found === undefined ? endOf(source, before) : spanOf(source, found)
  if (found !== undefined && found.text === '=' && failed.expected.includes('a comparison')) {
    return sink.report('ESP0116', span, {})
  }
  const misspelt = misspeltKeyword(found, before, failed)
  if (misspelt !== null) {
    return sink.report('ESP0102', spanOf(source, misspelt.token), { found: misspelt.token.text, meant: misspelt.meant })
  }
  const expected = phrase(failed)
  if (found !== undefined && failed.at < failed.range.to && isKeywordForName(found, tokens[failed.at + 1], expected)) {
    return sink.report('ESP0106', span, { word: found.text })
  }
  const after = before === undefined ? null : shown(before)
  sink.report('ESP0101', span, { expected: alternatives(expected), after, found: found === undefined ? null : shown(found) })
}

const spanOf = (source: string, token: Token): Span => ({ source, start: token.start, end: token.end })
const endOf = (source: string, token: Token | undefined): Span => ({ source, start: token?.end ?? 0, end: token?.end ?? 0 })

const shown = ({ text }: Token): string => (text.length > 30 ? `${text.slice(0, 30)}…` : text)

function misspeltKeyword(
  found: Token | undefined,
  before: Token | undefined,
  { expected, range, at }: FailedPiece,
): { token: Token; meant: string } | null {
  const keywords = expected.flatMap((item) => [...item.matchAll(/`([a-z]+)`/g)].map((match) => match[1] ?? ''))
  if (found !== undefined && isName(found) && found.text.length > 1 && at < range.to) {
    const meant = nearMiss(found.text, keywords)
    if (meant !== null && meant !== found.text) return { token: found, meant }
  }
  if (found === undefined || before === undefined || !afterOperand(expected)) return null
  if (isName(before) && before.text.length > 2 && opensOperand(found)) {
    const meant = nearMiss(before.text, OPENING_WORDS)
    if (meant !== null && meant !== before.text) return { token: before, meant }
  }
  return null
}

/** What was read ends in an operand, so anything that continues one could have followed. */
const afterOperand = (expected: readonly string[]): boolean => expected.includes('.') && expected.includes('[')
const isName = ({ kind, text }: Token): boolean => kind === 'word' && !isReserved(text)
const opensOperand = (token: Token): boolean => token.kind === 'number' || isName(token)

/** `state keep: f32`, `by = 3`, `f(of)`. */
function isKeywordForName(found: Token, next: Token | undefined, expected: readonly string[]): boolean {
  if (found.kind !== 'word' || !isReserved(found.text)) return false
  if (expected.includes('a name')) return true
  const binds = next?.kind === 'mark' && ['=', ':=', ':'].includes(next.text)
  return binds && expected.some((item) => item === 'the next statement' || item === 'a statement')
}

/** What may continue a finished operand: not worth listing where something is missing. */
const CONTINUATIONS: ReadonlySet<string> = new Set([
  'a comparison',
  '`+` or `-`',
  '`*`, `/` or `%`',
  '`^`',
  '`.`',
  '`[`',
  '`(`',
  '`and`',
  '`or`',
  '`where`',
  '`within`',
  '`protect`',
  '`ties`',
  '`round`',
  '`at`',
  '`multiple`',
])
const EXPRESSION: readonly string[] = ['an operand', 'a name', 'a number', '`(`', '`-`', '`if`', '`true`', '`false`']
const LITERAL: readonly string[] = ['a number', '`-`', '`true`', '`false`', '`inf` or `nan`']
const STATEMENT: readonly string[] = ['a name', '`return`']

const ENDS: Partial<Record<StartRule, string>> = { Statement: 'the next statement', TestStep: 'the next step' }

/** The expectations in words, the many that mean one thing as one. */
function phrase({ expected, rule }: FailedPiece): readonly string[] {
  const items = expected
    .filter((item) => !item.startsWith('not '))
    .map((item) => (/^[^a-z`]/i.test(item) ? `\`${item}\`` : item))
    .map((item) => (item === 'end of input' ? (ENDS[rule] ?? 'the end of the declaration') : item))
  if (items.includes('`inf` or `nan`')) return merged(items, items.includes('`if`') ? EXPRESSION : LITERAL, 'a number')
  if (items.includes('a number')) return merged(items, EXPRESSION, 'an expression')
  const statement = rule === 'Fn' ? '`return`' : 'a statement'
  const wanted = items.includes('`return`') && items.includes('a name') ? merged(items, STATEMENT, statement) : items
  if (!afterOperand(expected)) return wanted
  const firm = wanted.filter((item) => !CONTINUATIONS.has(item) && !(item === '`else`' && items.includes('`)`')))
  const open = firm.every((item) => / (statement|step|declaration)$/.test(item) || item === '`}`')
  return open ? ['an operator', ...firm] : firm
}

function merged(items: readonly string[], parts: readonly string[], whole: string): readonly string[] {
  const extras = items.filter(
    (item) => !parts.includes(item) && !LITERAL.includes(item) && !CONTINUATIONS.has(item) && !/^the (next|end) /.test(item),
  )
  return [whole, ...extras]
}

function alternatives(items: readonly string[]): string {
  const last = items.at(-1) ?? 'something else'
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} or ${last}`
}
