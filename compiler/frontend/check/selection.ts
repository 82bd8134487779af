/**
 * `keep … of … by …` and `drop … of … by …`: the selected axes, the budget, candidates and protection. The budget is
 * exact arithmetic on host scalars; what can be known of it here is used to warn about policies that cannot work.
 */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { Expr, SelectExpr } from '../ast.ts'
import type { Elab, Operand, ScalarElab, Selection, TensorElab } from '../types/value.ts'
import { hostBudget, type Budget } from './host-budget.ts'
import { measuredBudget } from './measured-budget.ts'
import { extentOf } from './positions.ts'
import { raisedCount } from './raised-count.ts'
import { emit, errorAt, report, shownAxes, text, type Elaborate, type Scope } from './scope.ts'
import { unitsOf, type Units } from './units.ts'
import { filled, literal, plain, valueOf } from './values.ts'

export function selectExpr(scope: Scope, expr: SelectExpr, elaborate: Elaborate): Elab {
  const { atoms, score, units } = unitsOf(scope, expr, elaborate)
  const amount = plain(scope, elaborate(scope, expr.amount))
  if (atoms === null || amount === null) return errorAt(expr.span)
  const budget =
    expr.measure === 'count'
      ? countBudget(scope, expr, amount, atoms, score, elaborate)
      : units && measuredBudget(scope, expr, units, amount, elaborate)
  if (units === null || budget === null) return errorAt(expr.span)
  warnProtected(scope, expr, budget, units.protect)
  const operands = [units.score.id, budget.id, units.candidates ?? NONE, units.protect?.id ?? NONE]
  const id = emit(scope, expr.span, 'keep', operands, { axes: units.axes, ties: expr.ties }, [units.score, amount])
  return valueOf(scope, id, expr.span, null, selectionOf(expr, atoms, budget, units))
}

function countBudget(
  scope: Scope,
  expr: SelectExpr,
  amount: Operand,
  atoms: readonly string[],
  score: TensorElab | null,
  elaborate: Elaborate,
): Budget | null {
  if (expr.costing !== null) {
    report(scope, 'ESP2021', expr.costing.span, { measure: expr.measure })
    return null
  }
  const extent = extentOf(scope, atoms, expr.span)
  if (amount.kind === 'tensor') return rowBudget(scope, expr, amount, extent, score, elaborate)
  return hostBudget(scope, { ...expr, axes: expr.axes.map((axis) => axis.text) }, amount, extent, elaborate)
}

/** What is protected is kept inside the budget: when it fills the budget, the score decides nothing. */
function warnProtected(scope: Scope, expr: SelectExpr, budget: Budget, protect: TensorElab | null): void {
  const amount = expr.amount
  const literalCount =
    amount.kind === 'number' && !amount.percent && expr.mode === 'keep' ? exact.parseRational(amount.text) : null
  const count = budget.count ?? literalCount
  const spared = protect?.selection?.count ?? literalPosition(expr.protect)
  if (count === null || spared === null || expr.protect === null || count.n === 0n || exact.compare(spared, count) < 0) return
  report(
    scope,
    'ESP2007',
    expr.protect.span,
    { protected: exact.toText(spared), kept: exact.toText(count) },
    { related: [{ span: amount.span, message: `the budget is ${exact.toText(count)}` }] },
  )
}

/** `first 8 of token` says 8, whatever the size of the axis is. */
function literalPosition(expr: Expr | null): Rational | null {
  if (expr?.kind !== 'position' || expr.which === 'every') return null
  return expr.amount.kind === 'number' && !expr.amount.percent ? exact.parseRational(expr.amount.text) : null
}

/** A count that differs from row to row: a tensor of whole numbers over other axes of the score. */
function rowBudget(
  scope: Scope,
  expr: SelectExpr,
  amount: TensorElab,
  extent: ScalarElab,
  score: TensorElab | null,
  elaborate: Elaborate,
): Budget | null {
  const dense = filled(scope, amount)
  if (dense === null) return null
  if (!['i32', 'u32', 'i8', 'u8'].includes(dense.type.dtype)) {
    report(
      scope,
      'ESP2009',
      amount.span,
      { found: text(scope, amount) },
      { help: 'make whole numbers of it: `i32(…)` truncates' },
    )
    return null
  }
  if (expr.round !== 'down') report(scope, 'ESP2012', expr.amount.span, { round: expr.round })
  const selected = expr.axes.flatMap((name) => scope.axisArgs.get(name.text) ?? scope.axes.atomsOf(name.text))
  const wrong = dense.type.axes.filter((axis) => selected.includes(axis) || (score !== null && !score.type.axes.includes(axis)))
  if (wrong.length > 0) {
    report(
      scope,
      'ESP2011',
      amount.span,
      { axes: shownAxes(scope, wrong) },
      { related: [{ span: expr.score.span, message: `the score has ${shownAxes(scope, score?.type.axes ?? [])}` }] },
    )
    return null
  }
  const id = keptInRows(scope, expr, dense, extent)
  const kept = id === null ? null : valueOf(scope, id, expr.span)
  const raised = kept?.kind === 'tensor' ? raisedCount(scope, expr, kept, extent, elaborate) : null
  return raised && { id: raised.id, count: null }
}

/** Counts are compared with extents, so they are signed; dropping more than there is keeps nothing. */
function keptInRows(scope: Scope, expr: SelectExpr, counts: TensorElab, extent: ScalarElab): ValueId | null {
  const signed = counts.type.dtype === 'i32' ? counts.id : emit(scope, expr.span, 'convert', [counts.id], { to: 'i32' }, [counts])
  if (expr.mode === 'keep' || signed === null) return signed
  const zero = literal(scope, exact.ZERO, 'int', expr.span)
  const dropped = emit(scope, expr.span, 'max', [signed, zero.id])
  return dropped === null ? null : emit(scope, expr.span, 'sub', [extent.id, dropped])
}

/** With protection along the same axes the larger of the two counts; with candidates or ties kept it depends on the data. */
function selectionOf(expr: SelectExpr, axes: readonly string[], budget: Budget, { protect, candidates }: Units): Selection {
  const spared = protect === null ? exact.ZERO : protect.selection?.axes.join() === axes.join() ? protect.selection.count : null
  const known = candidates === null && expr.ties === 'first' && budget.count !== null && spared !== null
  return { axes, count: known ? exact.max(budget.count, spared) : null, span: expr.span }
}
