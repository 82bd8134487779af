/**
 * Linear algebra over two named axes, rows then columns: `cholesky[a, b](A)`, `solve_lower[a, b](L, y)`, `lstsq[a, b](A, y)`,
 * `eigh_values[a, b](A)`. All other axes are batches. Absent entries of a `where` count as 0.
 */
import type { Attrs } from '../../ir/node.ts'
import type { AxisCallExpr } from '../ast.ts'
import type { Elab, TensorElab } from '../types/value.ts'
import { axisAtoms, hasAxes } from './positions.ts'
import { emitAll, errorAt, report, shownAxes, type Elaborate, type Scope } from './scope.ts'
import { filled, numeric, tensorOf, unpacked, valueOf } from './values.ts'

interface LinearFunction {
  readonly op: string
  readonly attrs: Attrs
  readonly params: readonly string[]
  /** Which result of the op it is. */
  readonly result: number
  readonly square: boolean
}

const linear = (op: string, params: readonly string[], options: Partial<LinearFunction> = {}): LinearFunction => ({
  op,
  attrs: {},
  params,
  result: 0,
  square: true,
  ...options,
})

export const linearFunctions: Readonly<Record<string, LinearFunction>> = {
  cholesky: linear('cholesky', ['A']),
  solve_lower: linear('solve', ['L', 'y'], { attrs: { triangle: 'lower' } }),
  solve_upper: linear('solve', ['U', 'y'], { attrs: { triangle: 'upper' } }),
  lstsq: linear('lstsq', ['A', 'y'], { square: false }),
  eigh_values: linear('eigh', ['A']),
  eigh_vectors: linear('eigh', ['A'], { result: 1 }),
}

export function callLinear(scope: Scope, expr: AxisCallExpr, elaborate: Elaborate): Elab {
  const name = expr.callee.text
  const rule = linearFunctions[name]
  const values = expr.args.map((arg) => elaborate(scope, arg))
  const form = `${name}[rows, columns](${rule?.params.join(', ') ?? ''})`
  if (rule === undefined || values.length !== rule.params.length)
    return report(scope, 'ESP1008', expr.callee.span, { name, form, wanted: rule?.params.length ?? 0, found: values.length })
  if (expr.otherwise !== null) return report(scope, 'ESP1215', expr.otherwise.span, { name })
  const axes = sides(scope, expr, rule, form)
  const operands = values.map((value) => dense(scope, name, value))
  const present = operands.filter((operand) => operand !== null)
  if (axes === null || present.length < operands.length) return errorAt(expr.span)
  const [matrix, right] = present
  if (matrix === undefined || !hasAxes(scope, matrix, axes, `\`${name}\``, expr.axes[0]?.span ?? expr.span))
    return errorAt(expr.span)
  const [rows = ''] = axes
  if (right !== undefined && !hasAxes(scope, right, [rows], `\`${name}\``, expr.axes[0]?.span ?? expr.span))
    return errorAt(expr.span)
  const ids = emitAll(
    scope,
    expr.span,
    rule.op,
    present.map((operand) => operand.id),
    { ...rule.attrs, axes },
    present,
  )
  return valueOf(scope, ids?.[rule.result] ?? null, expr.span)
}

/** Rows and columns: two axes of one factor each, equally long where the matrix is square. */
function sides(scope: Scope, expr: AxisCallExpr, rule: LinearFunction, form: string): readonly string[] | null {
  if (expr.axes.length !== 2) {
    report(scope, 'ESP1009', expr.callee.span, { name: expr.callee.text, form })
    return null
  }
  const found = expr.axes.map((axis) => {
    const atoms = axisAtoms(scope, axis)
    if (atoms === null || atoms.length === 1) return atoms?.[0] ?? null
    report(scope, 'ESP1108', axis.span, { name: expr.callee.text, axes: shownAxes(scope, atoms), parts: atoms.join('`, `') })
    return null
  })
  const [rows, columns] = found
  if (rows === null || rows === undefined || columns === null || columns === undefined) return null
  if (rows === columns) {
    report(scope, 'ESP1102', expr.axes[1]?.span ?? expr.span, { axis: rows, where: 'this list' })
    return null
  }
  return equallyLong(scope, expr, rule, rows, columns) ? [rows, columns] : null
}

/** Sizes that are both fixed must agree; others are compared when the policy is called. */
function equallyLong(scope: Scope, expr: AxisCallExpr, rule: LinearFunction, rows: string, columns: string): boolean {
  const [a, b] = [scope.pinned.get(rows), scope.pinned.get(columns)]
  if (!rule.square || a === undefined || b === undefined || (a.n === b.n && a.d === b.d)) return true
  report(scope, 'ESP1107', expr.axes[1]?.span ?? expr.span, { from: rows, to: columns, source: rows, target: columns })
  return false
}

function dense(scope: Scope, name: string, value: Elab): TensorElab | null {
  const operand = numeric(scope, value, `\`${name}\``)
  const present = operand === null ? null : unpacked(scope, operand)
  const tensor = present === null ? null : tensorOf(scope, present)
  return tensor === null ? null : filled(scope, tensor)
}
