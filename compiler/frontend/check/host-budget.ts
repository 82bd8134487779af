/**
 * A budget that counts units: exact arithmetic on numbers known to the host. What can be known of it here is used to warn
 * about policies that cannot work.
 */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { SelectExpr } from '../ast.ts'
import type { ScalarElab } from '../types/value.ts'
import { knownBudget } from './known-budget.ts'
import { fractionText, percentText, ratioHelp } from './positions.ts'
import { axisList, emit, report, text, type Elaborate, type Scope } from './scope.ts'
import { wholeScalar } from './values.ts'

/** How a budget is written. `axes` are the names of the axes that it is a part of. */
export interface BudgetExpr extends Pick<SelectExpr, 'mode' | 'amount' | 'round' | 'atLeast' | 'multipleOf' | 'span'> {
  readonly axes: readonly string[]
}

export interface Budget {
  readonly id: ValueId
  /** The number kept, where the source alone says it. */
  readonly count: Rational | null
}

export function hostBudget(
  scope: Scope,
  expr: BudgetExpr,
  amount: ScalarElab,
  extent: ScalarElab,
  elaborate: Elaborate,
): Budget | null {
  const least = expr.atLeast && wholeScalar(scope, elaborate(scope, expr.atLeast), '`at least`')
  const multiple = expr.multipleOf && wholeScalar(scope, elaborate(scope, expr.multipleOf), '`multiple of`')
  const kind = amountKind(scope, expr, amount)
  if (kind === null || (expr.atLeast !== null && least === null) || (expr.multipleOf !== null && multiple === null)) return null
  const known = exact.isRational(amount.known) ? amount.known : null
  if (known !== null && !amountFits(scope, expr, amount, kind, known)) return null
  const attrs = { mode: expr.mode, amount: kind, round: expr.round }
  const operands = [amount.id, extent.id, least?.id ?? NONE, multiple?.id ?? NONE]
  const id = emit(scope, expr.span, 'budget', operands, attrs, [amount])
  if (id === null) return null
  const size = exact.isRational(extent.known) ? extent.known : null
  warnAmount(scope, expr, kind, known, size)
  const count = known === null || size === null ? null : knownBudget(expr, kind, known, size, [least?.known, multiple?.known])
  return { id, count }
}

function amountKind(scope: Scope, expr: BudgetExpr, amount: ScalarElab): 'ratio' | 'count' | null {
  if (amount.scalar === 'int') {
    if (expr.round !== 'down') report(scope, 'ESP2012', expr.amount.span, { round: expr.round })
    return 'count'
  }
  if (amount.scalar === 'ratio') return 'ratio'
  if (amount.scalar === 'real') report(scope, 'ESP2002', amount.span, { amount: fractionText(amount) }, ratioHelp(amount))
  else report(scope, 'ESP2009', amount.span, { found: text(scope, amount) })
  return null
}

export function amountFits(
  scope: Scope,
  expr: BudgetExpr,
  amount: ScalarElab,
  kind: 'ratio' | 'count',
  known: Rational,
): boolean {
  if (kind === 'ratio' && (known.n < 0n || exact.compare(known, exact.ONE) > 0)) {
    report(scope, 'ESP2003', amount.span, { amount: percentText(known) })
    return false
  }
  if (kind === 'count' && known.n < 0n) {
    report(scope, 'ESP2107', amount.span, { form: expr.mode, least: 0, found: exact.toText(known) })
    return false
  }
  return true
}

/** Budgets that a literal alone makes pointless. */
export function warnAmount(
  scope: Scope,
  expr: BudgetExpr,
  kind: 'ratio' | 'count',
  known: Rational | null,
  size: Rational | null,
): void {
  if (known === null) return
  const amount = kind === 'ratio' ? percentText(known) : exact.toText(known)
  const form = `${expr.mode} ${amount}`
  const span = expr.amount.span
  const isAll = kind === 'ratio' ? exact.equals(known, exact.ONE) : size !== null && exact.compare(known, size) >= 0
  const isNone = known.n === 0n
  const keepsAll = expr.mode === 'keep' ? isAll : isNone
  const keepsNone = (expr.mode === 'keep' ? isNone : isAll) && expr.atLeast === null && expr.multipleOf === null
  const beyond = kind === 'count' && size !== null && exact.compare(known, size) > 0
  if (beyond) report(scope, 'ESP2004', span, { form, axes: axisList(expr.axes), size: exact.toText(size), mode: expr.mode })
  else if (keepsAll) report(scope, 'ESP2005', span, { form })
  else if (keepsNone) report(scope, 'ESP2006', span, { form })
}
