/**
 * Splits the body of an entry, function or test into statements without parsing them: once the whole does not parse, each
 * piece is tried on its own, so that every broken statement gets its own message. A name before `=` or `:=`, after
 * something that can end an expression or at the start of a line, can only begin a statement.
 */
import { isReserved } from '../keywords.ts'
import type { Range } from '../outline.ts'
import type { Token } from './scan.ts'

export interface Pieces {
  /** Up to the opening brace. */
  readonly head: Range
  readonly body: readonly Range[]
}

/**
 * Null where the range has no body in braces. Where brackets are known not to match, a line that begins like a statement
 * begins one, whatever is open.
 */
export function statementPieces(
  tokens: readonly Token[],
  range: Range,
  kind: 'statements' | 'steps',
  unbalanced = false,
): Pieces | null {
  const open = bodyStart(tokens, range)
  if (open === null) return null
  const end = isMark(tokens[range.to - 1], '}') ? range.to - 1 : range.to
  const starts: number[] = []
  let depth = 0
  for (let at = open; at < end; at++) {
    const token = tokens[at]
    if (unbalanced && token?.first === true && (token.text === 'return' || begins(tokens, at, kind))) depth = 0
    if (isMark(token, '(', '[', '{')) depth++
    else if (isMark(token, ')', ']', '}')) depth--
    else if (depth === 0 && (at === open || begins(tokens, at, kind))) starts.push(at)
  }
  if (starts[0] !== open && open < end) starts.unshift(open)
  return {
    head: { from: range.from, to: open },
    body: starts.map((from, index) => ({ from, to: starts[index + 1] ?? end })),
  }
}

/** The token after the brace that opens the body; braces occur nowhere before it. */
function bodyStart(tokens: readonly Token[], range: Range): number | null {
  for (let at = range.from; at < range.to; at++) if (isMark(tokens[at], '{')) return at + 1
  return null
}

function begins(tokens: readonly Token[], at: number, kind: 'statements' | 'steps'): boolean {
  const token = tokens[at]
  if (token?.kind !== 'word') return false
  if (kind === 'statements' && token.first && assigns(tokens, at)) return true
  if (!endsOperand(tokens[at - 1])) return false
  if (kind === 'statements') return token.text === 'return' || assigns(tokens, at)
  if (isReserved(token.text) || STEP_WORDS.has(tokens[at - 1]?.text ?? '')) return false
  return STEP_WORDS.has(token.text) || isMark(tokens[at + 1], '(')
}

/** Words before the name that a step of a test is about. */
const STEP_WORDS: ReadonlySet<string> = new Set(['set', 'size', 'expect'])

/** `name =`, `name :=`, `name[…] :=`. */
function assigns(tokens: readonly Token[], at: number): boolean {
  if (isMark(tokens[at + 1], '=', ':=')) return true
  if (!isMark(tokens[at + 1], '[')) return false
  let depth = 0
  for (let next = at + 1; next < tokens.length; next++) {
    if (isMark(tokens[next], '[', '(', '{')) depth++
    else if (isMark(tokens[next], ']', ')', '}') && --depth === 0) return isMark(tokens[next + 1], ':=')
  }
  return false
}

function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === 'word') return !isReserved(token.text) || token.text === 'true' || token.text === 'false'
  return token.kind !== 'mark' || isMark(token, ')', ']', '}', '{')
}

const isMark = (token: Token | undefined, ...marks: readonly string[]): boolean =>
  token?.kind === 'mark' && marks.includes(token.text)
