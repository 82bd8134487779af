/**
 * `keep … of … by …` and `drop … of … by …`: the selected axes, the budget, candidates and protection. The budget is
 * exact arithmetic on host scalars; what can be known of it here is used to warn about policies that cannot work.
 */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { Expr, SelectExpr } from '../ast.ts'
import { joinSpans } from '../../diagnostics/span.ts'
import type { Elab, Operand, ScalarElab, Selection, TensorElab } from '../types/value.ts'
import { knownBudget } from './known-budget.ts'
import { axesAtoms, extentOf, fractionText, percentText, ratioHelp } from './positions.ts'
import { axisList, emit, errorAt, report, shownAxes, text, type Elaborate, type Scope } from './scope.ts'
import { filled, intersect, literal, maskTensor, numeric, plain, unpacked, valueOf, wholeScalar } from './values.ts'

interface Budget {
  readonly id: ValueId
  readonly count: Rational | null
}

export function selectExpr(scope: Scope, expr: SelectExpr, elaborate: Elaborate): Elab {
  if (expr.measure !== 'count' || expr.costing !== null) return report(scope, 'ESP1224', expr.span, { form: expr.measure })
  const atoms = axesAtoms(scope, expr.axes)
  const score = scoreOf(scope, expr, atoms, elaborate)
  const within = expr.within && restriction(scope, expr, 'within', expr.within, score, elaborate)
  const protect = expr.protect && restriction(scope, expr, 'protect', expr.protect, score, elaborate)
  const amount = plain(scope, elaborate(scope, expr.amount))
  if (atoms === null || amount === null) return errorAt(expr.span)
  const extent = extentOf(scope, atoms, expr.span)
  const budget = budgetOf(scope, expr, amount, extent, score, elaborate)
  if (score === null || budget === null || within === undefined || protect === undefined) return errorAt(expr.span)
  const candidates = intersect(scope, expr.span, score.domain, within?.id ?? null)
  warnProtected(scope, expr, budget, protect)
  const operands = [score.id, budget.id, candidates ?? NONE, protect?.id ?? NONE]
  const attrs = { axes: inScoreOrder(score, atoms), ties: expr.ties }
  const id = emit(scope, expr.span, 'keep', operands, attrs, [score, amount])
  return valueOf(scope, id, expr.span, null, selectionOf(expr, atoms, budget, protect, candidates !== null))
}

/** Selected axes are flattened in the order in which the score has them, so that ties do not depend on how they are listed. */
const inScoreOrder = (score: TensorElab, atoms: readonly string[]): readonly string[] =>
  score.type.axes.filter((axis) => atoms.includes(axis))

function scoreOf(scope: Scope, expr: SelectExpr, atoms: readonly string[] | null, elaborate: Elaborate): TensorElab | null {
  const value = numeric(scope, elaborate(scope, expr.score), 'a score')
  const dense = value === null ? null : unpacked(scope, value)
  if (dense === null) return null
  const own = dense.kind === 'tensor' ? dense.type.axes : []
  const missing = (atoms ?? []).filter((atom) => !own.includes(atom))
  if (dense.kind === 'tensor' && missing.length === 0) return dense
  const axesSpan = expr.axes.map((name) => name.span).reduce(joinSpans)
  report(
    scope,
    'ESP2001',
    axesSpan,
    { missing: shownAxes(scope, missing), found: shownAxes(scope, own) },
    { related: [{ span: expr.score.span, message: `the score has ${shownAxes(scope, own)}` }] },
  )
  return null
}

/** `within` and `protect`: a mask over axes of the score. Undefined, with a diagnostic, when it is not. */
function restriction(
  scope: Scope,
  expr: SelectExpr,
  use: 'within' | 'protect',
  source: Expr,
  score: TensorElab | null,
  elaborate: Elaborate,
): TensorElab | undefined {
  const value = maskTensor(scope, elaborate(scope, source), `\`${use}\``)
  if (value === null) return undefined
  const extra = score === null ? [] : value.type.axes.filter((axis) => !score.type.axes.includes(axis))
  if (extra.length === 0) return value
  report(
    scope,
    'ESP2008',
    value.span,
    { use, extra: shownAxes(scope, extra), found: shownAxes(scope, score?.type.axes ?? []) },
    { related: [{ span: expr.score.span, message: `the score has ${shownAxes(scope, score?.type.axes ?? [])}` }] },
  )
  return undefined
}

function budgetOf(
  scope: Scope,
  expr: SelectExpr,
  amount: Operand,
  extent: ScalarElab,
  score: TensorElab | null,
  elaborate: Elaborate,
): Budget | null {
  const least = expr.atLeast && wholeScalar(scope, elaborate(scope, expr.atLeast), '`at least`')
  const multiple = expr.multipleOf && wholeScalar(scope, elaborate(scope, expr.multipleOf), '`multiple of`')
  if (amount.kind === 'tensor') return rowBudget(scope, expr, amount, extent, score)
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

function amountKind(scope: Scope, expr: SelectExpr, amount: ScalarElab): 'ratio' | 'count' | null {
  if (amount.scalar === 'int') {
    if (expr.round !== 'down') report(scope, 'ESP2012', expr.amount.span, { round: expr.round })
    return 'count'
  }
  if (amount.scalar === 'ratio') return 'ratio'
  if (amount.scalar === 'real')
    report(scope, 'ESP2002', amount.span, { amount: fractionText(amount) }, { help: ratioHelp(amount) })
  else report(scope, 'ESP2009', amount.span, { found: text(scope, amount) })
  return null
}

function amountFits(scope: Scope, expr: SelectExpr, amount: ScalarElab, kind: 'ratio' | 'count', known: Rational): boolean {
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
function warnAmount(
  scope: Scope,
  expr: SelectExpr,
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
  const axes = axisList(expr.axes.map((axis) => axis.text))
  if (beyond) report(scope, 'ESP2004', span, { form, axes, size: exact.toText(size), mode: expr.mode })
  else if (keepsAll) report(scope, 'ESP2005', span, { form })
  else if (keepsNone) report(scope, 'ESP2006', span, { form })
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
): Budget | null {
  const dense = filled(scope, amount)
  if (dense === null) return null
  const whole = ['i32', 'u32', 'i8', 'u8'].includes(dense.type.dtype)
  if (!whole || expr.round !== 'down' || expr.atLeast !== null || expr.multipleOf !== null) {
    report(
      scope,
      'ESP2009',
      amount.span,
      { found: text(scope, amount) },
      whole ? { help: 'compute the rounded counts before the selection' } : {},
    )
    return null
  }
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
  const kept = keptInRows(scope, expr, dense, extent)
  return kept === null ? null : { id: kept, count: null }
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
function selectionOf(
  expr: SelectExpr,
  axes: readonly string[],
  budget: Budget,
  protect: TensorElab | null,
  restricted: boolean,
): Selection {
  const spared = protect === null ? exact.ZERO : protect.selection?.axes.join() === axes.join() ? protect.selection.count : null
  const known = !restricted && expr.ties === 'first' && budget.count !== null && spared !== null
  return { axes, count: known ? exact.max(budget.count, spared) : null, span: expr.span }
}
