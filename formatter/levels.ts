/**
 * Precedence, and by it the parentheses that may go. Those that help a reader stay where an author wrote them: around
 * selections and other forms of words beside operators, around `and` beside `or`, around a negation behind an operator,
 * around a comparison behind `not` or between the words of `pack` and `compact`.
 */
import { isBranch, isLeaf, type Branch, type Part } from './tree.ts'

const LEVELS: readonly (readonly string[])[] = [
  ['if'],
  ['where'],
  ['or'],
  ['and'],
  ['not'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
]
const level = (operator: string): number => LEVELS.findIndex((operators) => operators.includes(operator))

const WHERE = level('where')
const OR = level('or')
const OPERAND = level('not')
const SUM = level('+')
const NEGATE = LEVELS.length
const POWER = NEGATE + 1
const POSTFIX = POWER + 1
const ATOM = POSTFIX + 1

const FORMS: ReadonlySet<string> = new Set([
  'select',
  'joint',
  'position',
  'pack',
  'compact',
  'unpack',
  'merge',
  'iterate',
  'fold',
])
const SUFFIXED: ReadonlySet<string> = new Set(['part', 'rename', 'slice'])

export function levelOf(expression: Branch): number {
  const { kind, syntax, parts } = expression
  if (kind === 'paren') return ATOM
  if (FORMS.has(syntax)) return OPERAND
  if (syntax === 'unary') return isLeaf(parts[0], '-') ? NEGATE : OPERAND
  if (syntax === 'if') return 0
  if (SUFFIXED.has(syntax)) return POSTFIX
  if (kind === 'chain') return level(operatorOf(expression))
  return syntax === 'binary' ? POWER : ATOM
}

/** The operator of a chain; all operators of one chain have one level. */
export function operatorOf(chain: Branch): string {
  const link = chain.parts.find((part) => isBranch(part) && part.kind === 'link')
  const operator = isBranch(link) ? link.parts[0] : undefined
  return isLeaf(operator) ? operator.text : ''
}

/** Where an expression stands: in which syntax, and behind which word, mark or operator (none for a first operand). */
export interface Place {
  readonly syntax: string
  readonly behind: string | null
}

/** The loosest level that can stand there bare. */
function loosest({ syntax, behind }: Place): number {
  switch (syntax) {
    case 'binary':
    case 'where':
    case 'compare':
      return operandOf(behind ?? '')
    case 'unary':
      return behind === '-' ? NEGATE : SUM
    case 'part':
    case 'rename':
    case 'slice':
      return behind === null ? POSTFIX : 0
    case 'select':
    case 'joint':
    case 'position':
    case 'iterate':
    case 'fold':
      return behind === 'within' || behind === 'protect' ? OPERAND : behind === '=' ? 0 : SUM
    case 'merge':
      return behind === 'merge' ? POSTFIX : SUM
    case 'pack':
    case 'compact':
    case 'unpack':
      return POSTFIX
    case 'if':
    case 'axis-call':
      return WHERE
    default:
      return 0
  }
}

/** Of a right operand; `a - (b - c)` and `a == (b == c)` need theirs. */
function operandOf(operator: string): number {
  if (operator === '^') return NEGATE
  return level(operator) + 1
}

/** Whether the parentheses around `inner` say nothing, for the grammar and for a reader. */
export function redundant(inner: Branch, place: Place, left: string | null): boolean {
  const own = levelOf(inner)
  const first = firstLeaf(inner)
  if (inner.syntax === 'number' && SUFFIXED.has(place.syntax)) return false
  // `keep cost - 1 of …` measures by cost; `keep (cost - 1) of …` counts.
  if (place.behind === 'keep' || place.behind === 'drop') if (first === 'mass' || first === 'cost') return false
  if (own === ATOM) return true
  if (left !== null) return leftRedundant(inner, own, left)
  const needed = loosest(place)
  if (FORMS.has(inner.syntax)) return needed === 0 && inner.syntax !== 'joint' && place.syntax !== 'axis-call'
  if (own === NEGATE && isOperator(place.behind)) return false
  if (own === level('and') && needed === OR + 1) return false
  return own >= needed
}

/** The first operand of `operator` is one of its own level, or tighter. */
function leftRedundant(inner: Branch, own: number, operator: string): boolean {
  if (FORMS.has(inner.syntax)) return false
  if (operator === '^') return own >= POSTFIX
  if (level(operator) === level('==')) return own >= SUM
  if (own === level('and') && operator === 'or') return false
  return own >= level(operator)
}

const isOperator = (text: string | null): boolean => text !== null && (level(text) >= SUM || text === '^') && text !== 'not'

function firstLeaf(part: Part | undefined): string {
  if (isBranch(part)) return firstLeaf(part.parts[0])
  return part?.kind === 'leaf' ? part.text : ''
}
