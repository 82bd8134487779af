/** `compact … by … as AXIS`: what is kept of one axis moves together under a new axis. */
import type { AxisExtent } from '../../ir/node.ts'
import { emitExactCount, exactCount } from '../../ir/facts.ts'
import { NONE } from '../../ir/op.ts'
import type { CompactExpr, Expr } from '../ast.ts'
import type { Elab, TensorElab } from '../types/value.ts'
import { emit, errorAt, report, shownAxes, type Elaborate, type Scope } from './scope.ts'
import { presentIn } from './present.ts'
import { around, coversMask, denseTensor } from './storage.ts'
import { maskTensor, valueOf } from './values.ts'

export function compactExpr(scope: Scope, expr: CompactExpr, elaborate: Elaborate): Elab {
  const value = denseTensor(scope, elaborate(scope, expr.value), 'compacted')
  const mask = maskTensor(scope, elaborate(scope, expr.mask), '`by`')
  if (value === null || mask === null) return errorAt(expr.span)
  const axis = selectedAxis(scope, expr.mask, mask)
  if (axis === null || !coversMask(scope, value, mask, 'compact')) return errorAt(expr.span)
  const source = `kept ${mask.id} ${axis}`
  if (!claimAxis(scope, expr, source)) return errorAt(expr.span)
  const known = scope.made.has(expr.as.text)
  const extent = known ? (scope.extents.get(expr.as.text) ?? null) : keptExtent(scope, expr, mask, axis)
  if (extent === null) return errorAt(expr.span)
  const kept = extent.kind === 'scalar' ? extent.value : NONE
  const indices = emit(scope, expr.span, 'kept_indices', [mask.id, kept], { axis, as: expr.as.text }, [mask])
  if (indices === null) return errorAt(expr.span)
  scope.extents.set(expr.as.text, extent)
  scope.made.set(expr.as.text, { from: source, span: expr.as.span })
  const gathered = emit(scope, expr.span, 'gather', [value.id, indices], { axes: [axis] }, [value, mask])
  return valueOf(scope, gathered, expr.span, scope.ragged.get(expr.as.text)?.[0] ?? null)
}

/**
 * The axis along which entries move together: the last of those that the mask was selected over, the last of all when it is no
 * selection. The other axes of the mask are rows.
 */
function selectedAxis(scope: Scope, expr: Expr, mask: TensorElab): string | null {
  const axes = scope.axes.regroup(mask.selection?.axes ?? mask.type.axes).at(-1)?.atoms ?? []
  const [axis] = axes
  if (axes.length === 1 && axis !== undefined) return axis
  const related =
    mask.selection === null ? [] : [{ span: mask.selection.span, message: `it was selected over ${shownAxes(scope, axes)}` }]
  const names = axes.map((name) => `\`${name}\``).join(', ')
  report(scope, 'ESP2104', expr.span, { axes: names === '' ? 'no axis' : names }, { related })
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

/**
 * Exactly k: a number the host knows. Otherwise counted on the device: the entries of the one row, or the most of several, which
 * are then of different length.
 */
function keptExtent(scope: Scope, expr: CompactExpr, mask: TensorElab, axis: string): AxisExtent | null {
  const proven = exactCount(mask.id, scope.builder)
  if (proven !== null && proven.axes.join() === axis) return { kind: 'scalar', value: emitExactCount(scope.builder, proven) }
  const { span } = expr.mask
  const rows = mask.type.axes.filter((other) => other !== axis)
  if (scope.loop !== null) {
    const what = '`compact` by a mask that keeps a number only the data tells'
    report(scope, 'ESP1274', span, { what }, { related: around(scope.loop) })
    return null
  }
  const counts = emit(scope, span, 'reduce', [mask.id, NONE, NONE], { kind: 'count', axes: [axis] }, [mask])
  if (counts === null) return null
  if (rows.length === 0) return { kind: 'counted', value: counts }
  const none = emit(scope, span, 'literal', [], { value: '0', scalar: 'int' })
  const most = none === null ? null : emit(scope, span, 'reduce', [counts, NONE, none], { kind: 'max', axes: rows })
  return most === null || presentIn(scope, span, expr.as.text, counts) === null ? null : { kind: 'counted', value: most }
}
