/** What may be written at a place, by the words before it. */
import type { Token } from '../../compiler/frontend/parse/scan.ts'
import { isReserved } from '../../compiler/frontend/keywords.ts'
import type { Place } from '../place.ts'

export type Expected =
  | 'module' // after `use std.`
  | 'use' // after `use`
  | 'declaration'
  | 'item'
  | 'statement'
  | 'step'
  | 'axis'
  | 'value'
  | 'part' // after `value.`
  | 'continuation' // an operand has ended
  | 'input-type'
  | 'parameter-type'
  | 'state-type'
  | 'format'
  | 'default'
  | 'size' // of a fixed axis
  | 'test-argument'
  | 'test-policy'
  | 'test-parameter'
  | 'test-result'
  | 'ties'
  | 'round'
  | 'nothing' // a new name, a number

/** Everything that is possible; more than one where a statement may end or go on. */
export function expectedAt(place: Place): readonly Expected[] {
  const before = place.tokens.at(-1)
  if (before?.kind === 'bad') return ['nothing']
  switch (place.region) {
    case 'file':
      return ['declaration']
    case 'use':
      return afterUse(place)
    case 'policy':
      return before !== undefined && before.kind === 'word' ? ['nothing'] : ['item']
    case 'policy-head':
      return inPolicyHead(place)
    case 'axes':
      return inAxes(place)
    case 'state':
      return inState(place)
    case 'test':
      return inTest(place)
    case 'entry':
      return place.inBody ? inBody(place) : inEntryHead(place)
    case 'fn':
      return place.inBody || place.tokens.some(({ text }) => text === '=') ? inBody(place) : ['nothing']
  }
}

const wordAt = (place: Place, back: number): string => place.tokens.at(-back)?.text ?? ''

function afterUse(place: Place): readonly Expected[] {
  if (wordAt(place, 1) === 'use') return ['use']
  if (wordAt(place, 1) === '.') return ['module']
  return ['declaration']
}

function inPolicyHead(place: Place): readonly Expected[] {
  const word = wordAt(place, 1)
  if (place.bracket === null) return ['nothing']
  if (word === ':') return ['parameter-type']
  return word === '=' ? ['default'] : ['nothing']
}

function inAxes(place: Place): readonly Expected[] {
  const word = wordAt(place, 1)
  if (place.bracket !== null) return ['size']
  if (word === '=' || word === '*') return ['axis']
  return word === ',' || word === 'axes' ? ['axis'] : ['item']
}

function inState(place: Place): readonly Expected[] {
  const word = wordAt(place, 1)
  if (place.bracket?.mark === '[') return ['axis']
  if (word === ':') return ['state-type']
  if (word === '=') return ['default']
  return place.tokens.some(({ text }) => text === '=') ? ['item'] : ['nothing']
}

function inEntryHead(place: Place): readonly Expected[] {
  const word = wordAt(place, 1)
  const { bracket, tokens } = place
  if (bracket === null) return ['nothing']
  if (bracket.mark === '[') return ['axis']
  if (word === 'of' || word === 'over') return ['axis']
  const opener = tokens[bracket.at - 1]?.text
  if (opener === 'over') return ['axis']
  if (bracket.at > 2 && opener !== tokens[1]?.text) return ['nothing'] // the numbers of a format
  if (word === ':') return ['input-type']
  // A format is followed by the type itself.
  if (word === ')' || tokens.at(-1)?.kind === 'word')
    return tokens.at(-2)?.text === ':' || word === ')' ? ['input-type'] : ['nothing']
  return ['nothing']
}

const OPERAND_AFTER: ReadonlySet<string> = new Set([
  ...['=', ':=', '(', ',', '+', '-', '*', '/', '%', '^', '<', '<=', '>', '>=', '==', '!=', ':'],
  ...['if', 'then', 'else', 'where', 'and', 'or', 'not', 'by', 'within', 'protect', 'return', 'keep', 'drop', 'pack', 'compact'],
  ...['unpack', 'costing', 'weighted', 'least', 'first', 'last', 'every', 'mass', 'cost', 'merge', 'iterate'],
])

function inBody(place: Place): readonly Expected[] {
  const { tokens, bracket } = place
  const before = tokens.at(-1)
  const word = before?.text ?? ''
  if (word === '.') return ['part']
  const inBrackets = bracketExpects(place)
  if (inBrackets !== null) return inBrackets
  if (word === '{') return ['statement']
  if (word === 'in' && wordAt(place, 3) === 'for') return ['axis']
  switch (word) {
    case 'of':
      return wordAt(place, 2) === 'multiple' ? ['value'] : ['axis']
    case 'into':
      return ['axis']
    case 'as':
      return lastOf(tokens, ['pack', 'compact', 'iterate']) === 'pack' ? ['format'] : ['nothing']
    case 'ties':
      return ['ties']
    case 'round':
      return ['round', 'value']
    case 'for':
      return ['nothing']
  }
  if (before?.kind === 'word' && !isReserved(word) && OPERAND_AFTER.has(word))
    return bracket === null ? ['value', 'continuation', 'statement'] : ['value', 'continuation']
  if (OPERAND_AFTER.has(word)) return ['value']
  // An operand has ended: it goes on, or the next statement begins.
  return bracket === null ? ['continuation', 'statement'] : ['continuation']
}

/** Inside `[…]`, and inside `(…)` after `of`. */
function bracketExpects({ bracket, tokens }: Place): readonly Expected[] | null {
  if (bracket === null) return null
  const before = tokens.at(-1)?.text ?? ''
  const opener = tokens[bracket.at - 1]
  if (bracket.mark === '(') return opener?.text === 'of' ? ['axis'] : null
  if (before === '[' || before === ',' || before === '|' || before === '->') return ['axis']
  // `x[axis = position]`
  return tokens.slice(bracket.at).some(({ text }) => text === '=') ? null : ['nothing']
}

const lastOf = (tokens: readonly Token[], words: readonly string[]): string | null =>
  tokens.findLast(({ text }) => words.includes(text))?.text ?? null

function inTest(place: Place): readonly Expected[] {
  const { tokens, bracket } = place
  const word = wordAt(place, 1)
  if (!place.inBody) return word === 'for' ? ['test-policy'] : ['nothing']
  if (bracket !== null) {
    if (bracket.mark === '[') return ['nothing']
    if (word === '(' || word === ',') return ['test-argument']
    return ['default']
  }
  switch (word) {
    case 'set':
      return ['test-parameter']
    case 'size':
      return ['axis']
    case 'expect':
      return ['test-result']
    case '=':
      return ['default']
    case 'error':
      return ['nothing']
  }
  return tokens.at(-1)?.kind === 'word' && wordAt(place, 2) !== '=' ? ['nothing'] : ['step']
}
