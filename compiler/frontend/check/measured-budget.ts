/**
 * Budgets by mass and by cost: `prefix_count` says how many units of the order they pay for. `drop` pays for the worst
 * units with as much, which is a budget for the others: its shares, its sums and its rounding are turned round.
 */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { Expr, SelectExpr } from '../ast.ts'
import type { Elab, Operand, ScalarElab } from '../types/value.ts'
import type { Budget } from './host-budget.ts'
import { extentOf, fractionText, percentText, ratioHelp } from './positions.ts'
import { raisedCount } from './raised-count.ts'
import { emit, report, text, type Elaborate, type Scope } from './scope.ts'
import type { Units } from './units.ts'
import { elementwise, filled, literal, numeric, unpacked, valueOf } from './values.ts'

/** How a budget by mass or cost is written, for one kind of unit or several. */
export type MeasuredExpr = Pick<SelectExpr, 'mode' | 'measure' | 'amount' | 'round' | 'span'>

/** The attributes of `prefix_count` that a budget decides, with its first operand. */
export interface Target {
  readonly amount: ScalarElab
  readonly of: 'ratio' | 'sum' | 'rest'
  readonly round: 'down' | 'up' | 'nearest' | 'nearest_longer'
}

export function measuredBudget(
  scope: Scope,
  expr: SelectExpr,
  units: Units,
  amount: Operand,
  elaborate: Elaborate,
): Budget | null {
  const cost = costOf(scope, expr, expr.costing, null, elaborate)
  const target = targetOf(scope, expr, amount)
  if (cost === undefined || target === null) return null
  const extent = extentOf(scope, units.axes, expr.span)
  warnTarget(scope, expr, target, expr.atLeast !== null || expr.multipleOf !== null)
  if (cost !== null) warnUnbound(scope, expr, target, extent, cost)
  const operands = [target.amount.id, ...unitOperands(units, cost)]
  const attrs = { axes: [units.axes], of: target.of, round: target.round, part: 0 }
  const blame = [target.amount, units.score, cost ?? units.score]
  const count = valueOf(scope, emit(scope, expr.span, 'prefix_count', operands, attrs, blame), expr.span)
  const raised = count.kind === 'tensor' ? raisedCount(scope, expr, count, extent, elaborate) : null
  return raised === null ? null : { id: raised.id, count: null }
}

export const unitOperands = (units: Units, cost: Operand | null): readonly ValueId[] => [
  units.score.id,
  cost?.id ?? NONE,
  units.candidates ?? NONE,
  units.protect?.id ?? NONE,
]

/** What a unit costs; null for a budget of mass, where that is its score. Undefined, with a diagnostic, when it is neither. */
export function costOf(
  scope: Scope,
  { measure, amount }: Pick<MeasuredExpr, 'measure' | 'amount'>,
  costing: Expr | null,
  otherwise: ScalarElab | null,
  elaborate: Elaborate,
): Operand | null | undefined {
  if (measure !== 'cost' && costing !== null) {
    report(scope, 'ESP2021', costing.span, { measure })
    return undefined
  }
  if (measure === 'mass') return null
  if (costing === null) {
    if (otherwise === null) report(scope, 'ESP2022', amount.span, {})
    return otherwise ?? undefined
  }
  const value = numeric(scope, elaborate(scope, costing), 'a cost')
  const dense = value === null ? null : unpacked(scope, value)
  return (dense?.kind === 'tensor' ? filled(scope, dense) : dense) ?? undefined
}

const TURNED = { down: 'up', up: 'down', nearest: 'nearest_longer' } as const

export function targetOf(scope: Scope, expr: MeasuredExpr, amount: Operand): Target | null {
  if (expr.round === 'even' || (expr.measure === 'mass' && expr.round !== 'down')) {
    report(scope, 'ESP2024', expr.span, { form: `round ${expr.round}`, measure: expr.measure })
    return null
  }
  if (amount.kind === 'tensor' || amount.scalar === 'bool' || (expr.measure === 'mass' && amount.scalar === 'int')) {
    report(scope, 'ESP2023', amount.span, { measure: expr.measure, found: text(scope, amount) })
    return null
  }
  if (expr.measure === 'mass' && amount.scalar === 'real') {
    report(scope, 'ESP2002', amount.span, { amount: fractionText(amount) }, ratioHelp(amount))
    return null
  }
  const known = exact.isRational(amount.known) ? amount.known : null
  if (known !== null && !inRange(scope, expr, amount, known)) return null
  const isShare = amount.scalar === 'ratio'
  if (expr.mode === 'keep') return { amount, of: isShare ? 'ratio' : 'sum', round: expr.measure === 'mass' ? 'up' : expr.round }
  const round = expr.measure === 'mass' ? 'up' : TURNED[expr.round]
  if (!isShare) return { amount, of: 'rest', round }
  const rest = restOf(scope, amount)
  return rest === null ? null : { amount: rest, of: 'ratio', round }
}

function inRange(scope: Scope, expr: MeasuredExpr, amount: ScalarElab, known: Rational): boolean {
  if (amount.scalar === 'ratio' && (known.n < 0n || exact.compare(known, exact.ONE) > 0)) {
    report(scope, 'ESP2003', amount.span, { amount: percentText(known) })
    return false
  }
  if (known.n >= 0n) return true
  report(scope, 'ESP2107', amount.span, { form: `${expr.mode} cost`, least: 0, found: exact.toText(known) })
  return false
}

function restOf(scope: Scope, amount: ScalarElab): ScalarElab | null {
  const rest: Elab = elementwise(scope, amount.span, 'sub', [literal(scope, exact.ONE, 'int', amount.span), amount])
  if (rest.kind !== 'scalar') return null
  return { ...rest, known: exact.isRational(amount.known) ? exact.sub(exact.ONE, amount.known) : null }
}

/** Shares of everything and of nothing. */
export function warnTarget(scope: Scope, expr: MeasuredExpr, target: Target, isRaised: boolean): void {
  const { known } = target.amount
  if (!exact.isRational(known) || target.of === 'rest') return
  const shown = expr.amount.kind === 'number' ? `${expr.amount.text}${expr.amount.percent ? '%' : ''}` : exact.toText(known)
  const form = `${expr.mode} ${expr.measure === 'count' ? '' : `${expr.measure} `}${shown}`
  if (target.of === 'ratio' && exact.equals(known, exact.ONE)) report(scope, 'ESP2005', expr.amount.span, { form })
  else if (known.n === 0n && !isRaised) report(scope, 'ESP2006', expr.amount.span, { form })
}

/** A sum that all units together do not cost. */
function warnUnbound(scope: Scope, expr: SelectExpr, target: Target, size: ScalarElab, cost: Operand): void {
  const each = cost.kind === 'scalar' ? cost.known : null
  const { known } = target.amount
  if (target.of === 'ratio' || !exact.isRational(each) || !exact.isRational(known) || !exact.isRational(size.known)) return
  const total = exact.mul(each, size.known)
  if (exact.compare(known, total) < 0) return
  const form = `${expr.mode} cost ${exact.toText(known)}`
  report(scope, 'ESP2025', expr.amount.span, { form, mode: expr.mode, total: exact.toText(total) })
}
