/** `compact … by … as AXIS`: what is kept of one axis moves together under a new axis. */
import type { AxisExtent } from '../../ir/node.ts'
import { emitExactCount, exactCount } from '../../ir/facts.ts'
import { NONE } from '../../ir/op.ts'
import type { CompactExpr, Expr } from '../ast.ts'
import type { Elab, TensorElab } from '../types/value.ts'
import { emit, errorAt, report, shownAxes, type Elaborate, type Scope } from './scope.ts'
import { coversMask, denseTensor } from './storage.ts'
import { maskTensor, valueOf } from './values.ts'

export function compactExpr(scope: Scope, expr: CompactExpr, elaborate: Elaborate): Elab {
  const value = denseTensor(scope, elaborate(scope, expr.value), 'compacted')
  const mask = maskTensor(scope, elaborate(scope, expr.mask), '`by`')
  if (value === null || mask === null) return errorAt(expr.span)
  const axis = selectedAxis(scope, expr.mask, mask)
  if (axis === null || !coversMask(scope, value, mask, 'compact')) return errorAt(expr.span)
  const source = `kept ${mask.id} ${axis}`
  if (!claimAxis(scope, expr, source)) return errorAt(expr.span)
  const extent = scope.made.has(expr.as.text) ? (scope.extents.get(expr.as.text) ?? null) : keptExtent(scope, expr, mask, axis)
  if (extent === null) return errorAt(expr.span)
  const kept = extent.kind === 'scalar' ? extent.value : NONE
  const indices = emit(scope, expr.span, 'kept_indices', [mask.id, kept], { axis, as: expr.as.text }, [mask])
  if (indices === null) return errorAt(expr.span)
  scope.extents.set(expr.as.text, extent)
  scope.made.set(expr.as.text, { from: source, span: expr.as.span })
  return valueOf(scope, emit(scope, expr.span, 'gather', [value.id, indices], { axes: [axis] }, [value, mask]), expr.span)
}

/** The one axis along which the mask decides; its other axes are rows. */
function selectedAxis(scope: Scope, expr: Expr, mask: TensorElab): string | null {
  const axes = mask.selection?.axes ?? mask.type.axes
  const [axis] = axes
  if (axes.length === 1 && axis !== undefined) return axis
  const related =
    mask.selection === null ? [] : [{ span: mask.selection.span, message: `it was selected over ${shownAxes(scope, axes)}` }]
  report(scope, 'ESP2104', expr.span, { axes: shownAxes(scope, axes) }, { related })
  return null
}

/** The new axis must be new, or already stand for the same entries. */
function claimAxis(scope: Scope, expr: CompactExpr, source: string): boolean {
  const name = expr.as.text
  const made = scope.made.get(name)
  if (made?.from === source) return true
  const info = scope.axes.all.get(name)
  const isOther =
    made !== undefined || scope.extents.has(name) || (info !== undefined && (info.factors.length > 0 || info.pin !== null))
  if (!isOther) return true
  const first = made?.span ?? info?.span
  report(
    scope,
    'ESP1111',
    expr.as.span,
    { axis: name },
    { related: first === undefined ? [] : [{ span: first, message: 'this is the other use' }] },
  )
  return false
}

/** Exactly k: a number the host knows. Otherwise counted on the device, when there is only one row to count. */
function keptExtent(scope: Scope, expr: CompactExpr, mask: TensorElab, axis: string): AxisExtent | null {
  const proven = exactCount(mask.id, scope.builder)
  if (proven !== null && proven.axes.join() === axis) return { kind: 'scalar', value: emitExactCount(scope.builder, proven) }
  const rows = mask.type.axes.filter((other) => other !== axis)
  if (rows.length > 0) {
    report(
      scope,
      'ESP2105',
      expr.mask.span,
      { rows: shownAxes(scope, rows), axis: shownAxes(scope, [axis]) },
      { related: [{ span: mask.selection?.span ?? mask.span, message: 'how many this keeps depends on the data' }] },
    )
    return null
  }
  const count = emit(scope, expr.mask.span, 'reduce', [mask.id, NONE, NONE], { kind: 'count', axes: [axis] }, [mask])
  return count === null ? null : { kind: 'counted', value: count }
}
