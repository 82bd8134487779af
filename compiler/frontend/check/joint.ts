/**
 * `keep … of heads: … by …, neurons: … by …`: one order of units of several kinds, one budget, one mask per kind. A budget
 * that counts units is one of cost where each costs 1.
 */
import * as exact from '../../../abi/rational.ts'
import { NONE } from '../../ir/op.ts'
import { computeDType } from '../../ir/types.ts'
import type { JointExpr, JointUnit } from '../ast.ts'
import type { Elab, Operand, ScalarElab } from '../types/value.ts'
import { hostBudget } from './host-budget.ts'
import { costOf, targetOf, unitOperands, warnTarget, type Target } from './measured-budget.ts'
import { extentOf } from './positions.ts'
import { emit, errorAt, report, type Elaborate, type Scope } from './scope.ts'
import { unitsOf, type Units } from './units.ts'
import { elementwise, literal, plain, valueOf } from './values.ts'

interface Kind {
  readonly unit: JointUnit
  readonly units: Units
  readonly cost: Operand | null
}

export function jointExpr(scope: Scope, expr: JointExpr, elaborate: Elaborate): Elab {
  const kinds = expr.units.map((unit) => kindOf(scope, expr, unit, elaborate))
  const amount = plain(scope, elaborate(scope, expr.amount))
  const found = sameNumbers(
    scope,
    kinds.filter((kind) => kind !== null),
  )
  if (!namesDiffer(scope, expr) || amount === null || found === null || found.length < kinds.length) return errorAt(expr.span)
  const target = expr.measure === 'count' ? countTarget(scope, expr, found, amount, elaborate) : costTarget(scope, expr, amount)
  if (target === null) return errorAt(expr.span)
  const parts = found.map((kind, part): [string, Elab] => [kind.unit.name.text, maskOf(scope, expr, found, target, part)])
  return { kind: 'parts', form: 'record', parts: new Map(parts), span: expr.span }
}

function kindOf(scope: Scope, expr: JointExpr, unit: JointUnit, elaborate: Elaborate): Kind | null {
  const { units } = unitsOf(scope, unit, elaborate)
  const one = literal(scope, exact.ONE, 'int', unit.span)
  // Under a budget that counts, `costing` is refused and every unit costs 1.
  const cost = costOf(scope, expr, unit.costing, one, elaborate)
  return units === null || cost === undefined ? null : { unit, units, cost }
}

function namesDiffer(scope: Scope, { units }: JointExpr): boolean {
  const twice = units.filter(({ name }, i) => units.findIndex((other) => other.name.text === name.text) < i)
  for (const { name } of twice) {
    const first = units.find((other) => other.name.text === name.text)
    const related = first === undefined ? [] : [{ span: first.name.span, message: 'the first is here' }]
    report(scope, 'ESP2027', name.span, { name: name.text }, { related })
  }
  return twice.length === 0
}

/** Scores of one order are compared, so they are numbers of one dtype: all integers of one kind, or all f32. */
function sameNumbers(scope: Scope, kinds: readonly Kind[]): readonly Kind[] | null {
  if (new Set(kinds.map(({ units }) => computeDType(units.score.type.dtype))).size <= 1) return kinds
  const converted = kinds.map((kind) => {
    const { score } = kind.units
    const value = valueOf(scope, emit(scope, score.span, 'convert', [score.id], { to: 'f32' }, [score]), score.span, score.domain)
    return value.kind === 'tensor' ? { ...kind, units: { ...kind.units, score: value } } : null
  })
  return converted.includes(null) ? null : converted.filter((kind) => kind !== null)
}

/** A number of units, of all kinds together. */
function countTarget(
  scope: Scope,
  expr: JointExpr,
  kinds: readonly Kind[],
  amount: Operand,
  elaborate: Elaborate,
): Target | null {
  const sizes = kinds.map(({ units }) => extentOf(scope, units.axes, expr.span))
  const extent = sizes.reduce((sum, size) => added(scope, sum, size))
  if (amount.kind === 'tensor') {
    report(scope, 'ESP2023', amount.span, { measure: expr.measure, found: 'a tensor' })
    return null
  }
  const axes = expr.units.map(({ name }) => name.text)
  const budget = hostBudget(scope, { ...expr, axes }, amount, extent, elaborate)
  if (budget === null) return null
  const count: ScalarElab = { kind: 'scalar', id: budget.id, scalar: 'int', known: budget.count, span: expr.amount.span }
  return { amount: count, of: 'sum', round: 'down' }
}

function added(scope: Scope, sum: ScalarElab, size: ScalarElab): ScalarElab {
  const value = elementwise(scope, sum.span, 'add', [sum, size])
  const known = exact.isRational(sum.known) && exact.isRational(size.known) ? exact.add(sum.known, size.known) : null
  return value.kind === 'scalar' ? { ...value, known } : sum
}

function costTarget(scope: Scope, expr: JointExpr, amount: Operand): Target | null {
  const counted = expr.atLeast ?? expr.multipleOf
  if (counted !== null) {
    const form = expr.atLeast === null ? 'multiple of' : 'at least'
    report(scope, 'ESP2024', counted.span, { form, measure: expr.measure })
    return null
  }
  const target = targetOf(scope, expr, amount)
  if (target !== null) warnTarget(scope, expr, target, false)
  return target
}

/** The units of one kind that are kept. */
function maskOf(scope: Scope, expr: JointExpr, kinds: readonly Kind[], target: Target, part: number): Elab {
  const { unit, units } = kinds[part]!
  if (expr.ties === 'all') return report(scope, 'ESP2024', expr.span, { form: 'ties all', measure: expr.measure })
  const operands = [target.amount.id, ...kinds.flatMap((kind) => unitOperands(kind.units, kind.cost))]
  const attrs = { axes: kinds.map((kind) => kind.units.axes), of: target.of, round: target.round, part }
  const blame = [target.amount, ...kinds.flatMap((kind) => Array.from({ length: 4 }, () => kind.units.score))]
  const count = emit(scope, expr.span, 'prefix_count', operands, attrs, blame)
  if (count === null) return errorAt(expr.span)
  const kept = [units.score.id, count, units.candidates ?? NONE, units.protect?.id ?? NONE]
  const mask = emit(scope, unit.span, 'keep', kept, { axes: units.axes, ties: 'first' }, [units.score])
  return valueOf(scope, mask, unit.span, null, { axes: units.axes, count: null, span: unit.span })
}
