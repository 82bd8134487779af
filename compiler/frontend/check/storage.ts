/** `pack … by … as FORMAT`, `compact … by … as AXIS` and `unpack …`: where pruned elements really go away. */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { AxisExtent } from '../../ir/node.ts'
import { emitExactCount, exactCount } from '../../ir/facts.ts'
import { NONE } from '../../ir/op.ts'
import type { Format } from '../../ir/types.ts'
import type { CompactExpr, Expr, PackExpr, UnpackExpr } from '../ast.ts'
import { formatOf } from '../types/format.ts'
import { isPacked, type Elab, type TensorElab } from '../types/value.ts'
import { emit, errorAt, report, shownAxes, text, type Elaborate, type Scope } from './scope.ts'
import { filled, maskTensor, plain, valueOf } from './values.ts'

export function packExpr(scope: Scope, expr: PackExpr, elaborate: Elaborate): Elab {
  const value = denseTensor(scope, elaborate(scope, expr.value), 'packed')
  const mask = maskTensor(scope, elaborate(scope, expr.mask), '`by`')
  const format = expr.format === null ? null : formatOf(scope.sink, expr.format)
  if (expr.format === null) return report(scope, 'ESP1224', expr.span, { form: 'pack' })
  if (value === null || mask === null || format === null || !coversMask(scope, value, mask, 'pack')) return errorAt(expr.span)
  const over = packedAxes(scope, value, mask, format)
  if (over.length === 0) return report(scope, 'ESP2103', value.span, { action: 'packed', found: text(scope, value) })
  if (format.kind === 'nm' && !keepsNOfM(scope, expr, mask, format)) return errorAt(expr.span)
  // Whether rows are of constant size is proven later, from the definition of the mask.
  const attrs = { format: { ...format }, over, exact: false }
  return valueOf(scope, emit(scope, expr.span, 'pack', [value.id, mask.id, NONE], attrs, [value, mask]), expr.span)
}

/**
 * The axes a row runs over: those the mask was selected over. Groups of n:m lie side by side in one row, so there it is the
 * whole declared axis that the group is a factor of.
 */
function packedAxes(scope: Scope, value: TensorElab, mask: TensorElab, format: Format): readonly string[] {
  const declared = scope.axes.regroup(value.type.axes)
  const selected = mask.selection?.axes
  if (selected === undefined) return declared.at(-1)?.atoms ?? []
  if (format.kind !== 'nm') return selected
  return declared.find((axis) => axis.atoms.at(-1) === selected.at(-1))?.atoms ?? selected
}

export function unpackExpr(scope: Scope, expr: UnpackExpr, elaborate: Elaborate): Elab {
  const value = plain(scope, elaborate(scope, expr.value))
  if (value === null) return errorAt(expr.span)
  if (!isPacked(value))
    return report(
      scope,
      'ESP2103',
      value.span,
      { action: 'unpacked', found: text(scope, value) },
      { help: 'only the result of `pack` and inputs with a format are packed' },
    )
  return valueOf(scope, emit(scope, expr.span, 'unpack', [value.id], {}, [value]), expr.span)
}

function denseTensor(scope: Scope, value: Elab, action: string): TensorElab | null {
  const operand = plain(scope, value)
  if (operand === null) return null
  if (operand.kind === 'tensor' && !isPacked(operand)) return filled(scope, operand)
  report(scope, 'ESP2103', value.span, { action, found: text(scope, value) })
  return null
}

function coversMask(scope: Scope, value: TensorElab, mask: TensorElab, action: 'pack' | 'compact'): boolean {
  const extra = mask.type.axes.filter((axis) => !value.type.axes.includes(axis))
  if (extra.length === 0) return true
  report(
    scope,
    'ESP2102',
    mask.span,
    { action, extra: shownAxes(scope, extra), found: shownAxes(scope, value.type.axes) },
    { related: [{ span: value.span, message: `this has ${shownAxes(scope, value.type.axes)}` }] },
  )
  return false
}

/** Rows of an n:m tensor have a fixed size, so the mask must keep exactly n of every m by its own construction. */
function keepsNOfM(scope: Scope, expr: PackExpr, mask: TensorElab, format: Format & { readonly kind: 'nm' }): boolean {
  const selection = mask.selection
  const [axis] = selection?.axes ?? []
  const size = selection?.axes.length === 1 && axis !== undefined ? (scope.pinned.get(axis) ?? null) : null
  const why = mismatch(format, size, selection?.count ?? null, axis)
  if (why === null) return true
  const related = [{ span: selection?.span ?? expr.mask.span, message: `this mask ${why}` }]
  report(scope, 'ESP2101', expr.format?.span ?? expr.span, { n: format.n, m: format.m, why }, { related })
  return false
}

function mismatch(
  format: Format & { readonly kind: 'nm' },
  size: Rational | null,
  count: Rational | null,
  axis: string | undefined,
): string | null {
  if (axis === undefined) return 'does not say along which axis it decides'
  if (size === null) return `decides along \`${axis}\`, whose size is not fixed to ${format.m}`
  if (!exact.equals(size, exact.rational(format.m))) return `decides along \`${axis}\`, which has ${exact.toText(size)} elements`
  if (count === null) return 'keeps a number that is not known when compiling'
  return exact.equals(count, exact.rational(format.n)) ? null : `keeps ${exact.toText(count)} of ${exact.toText(size)}`
}

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
  return valueOf(scope, emit(scope, expr.span, 'gather', [value.id, indices], { axis }, [value, mask]), expr.span)
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
