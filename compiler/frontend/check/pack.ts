/** `pack … by … as FORMAT` and `unpack …`: which axes a row runs along, and whether the mask is what the format demands. */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import { formats } from '../../ir/formats/formats.ts'
import { NONE } from '../../ir/op.ts'
import type { Format, FormatOf } from '../../ir/types.ts'
import type { PackExpr, UnpackExpr } from '../ast.ts'
import { formatOf } from '../types/format.ts'
import { isPacked, type Elab, type TensorElab } from '../types/value.ts'
import { emit, errorAt, report, shownAxes, text, type Elaborate, type Scope } from './scope.ts'
import { around, coversMask, denseTensor } from './storage.ts'
import { at, maskTensor, plain, unpacked, valueOf } from './values.ts'

const FORGETS = '`compact` stores no positions, and a packed tensor means what the dense one does: write `compact X by M as AXIS`'

/** Which axes a packed row runs along and which an entry holds whole. */
interface Rows {
  readonly over: readonly string[]
  readonly inside: readonly string[]
}

export function packExpr(scope: Scope, expr: PackExpr, elaborate: Elaborate): Elab {
  const value = denseTensor(scope, elaborate(scope, expr.value), 'packed')
  const mask = maskTensor(scope, elaborate(scope, expr.mask), '`by`')
  const format = expr.format === null ? 'chosen' : formatOf(scope.sink, expr.format)
  if (scope.loop !== null) return report(scope, 'ESP1274', expr.span, { what: '`pack`' }, { related: around(scope.loop) })
  if (value === null || mask === null || format === null || !coversMask(scope, value, mask, 'pack')) return errorAt(expr.span)
  if (format === 'dense') return valueOf(scope, emit(scope, expr.span, 'mask', [value.id, mask.id], {}, [value, mask]), expr.span)
  const rows = format === 'chosen' ? chosenRows(scope, value, mask) : packedRows(scope, expr, value, mask, format)
  if (rows === null) return errorAt(expr.span)
  if (rows.over.length === 0) return report(scope, 'ESP2103', value.span, { action: 'packed', found: text(scope, value) })
  // Whether rows are of constant size is proven later, from the definition of the mask; what is chosen, too.
  const attrs = {
    format: format === 'chosen' ? { kind: 'bitmap', width: 64 } : { ...format },
    over: rows.over,
    ...(rows.inside.length > 0 && { inside: rows.inside }),
    ...(format === 'chosen' && { free: true }),
    exact: false,
  }
  return valueOf(scope, emit(scope, expr.span, 'pack', [value.id, mask.id, NONE], attrs, [value, mask]), expr.span)
}

/** Null, with a diagnostic, when the mask is not what the format demands. */
function packedRows(scope: Scope, expr: PackExpr, value: TensorElab, mask: TensorElab, format: Format): Rows | null {
  switch (formats[format.kind].demands(format).kind) {
    case 'anything':
      return { over: selectedAxes(scope, value, mask), inside: [] }
    case 'exactly':
      if (format.kind !== 'nm' || !keepsNOfM(scope, expr, mask, format)) return null
      return { over: groupedAxes(scope, value, selectedAxes(scope, value, mask)), inside: [] }
    case 'constant-on':
      return format.kind === 'block' ? blockRows(scope, expr, value, mask, format) : null
    case 'first-of-row':
      report(scope, 'ESP1204', expr.format?.span ?? expr.span, { problem: FORGETS })
      return null
  }
}

/** The axes the mask was selected over; the last declared axis when it is no selection. */
function selectedAxes(scope: Scope, value: TensorElab, mask: TensorElab): readonly string[] {
  return mask.selection?.axes ?? scope.axes.regroup(value.type.axes).at(-1)?.atoms ?? []
}

/** Groups lie side by side in one row: the whole declared axis that the group is the innermost factor of. */
function groupedAxes(scope: Scope, value: TensorElab, selected: readonly string[]): readonly string[] {
  const declared = scope.axes.regroup(value.type.axes)
  return declared.find((axis) => axis.atoms.at(-1) === selected.at(-1))?.atoms ?? selected
}

/** Axes of the value that the mask does not have, when their sizes are fixed. */
function uniformAxes(scope: Scope, value: TensorElab, mask: TensorElab): readonly string[] {
  const axes = value.type.axes.filter((axis) => !mask.type.axes.includes(axis))
  return axes.every((axis) => scope.pinned.has(axis)) ? axes : []
}

function blockRows(scope: Scope, expr: PackExpr, value: TensorElab, mask: TensorElab, { r, c }: FormatOf<'block'>): Rows | null {
  const inside = uniformAxes(scope, value, mask)
  const sizes = inside.map((axis) => Number(scope.pinned.get(axis)?.n))
  if (inside.length === 2 && sizes[0] === r && sizes[1] === c)
    return { over: selectedAxes(scope, value, mask).filter((axis) => !inside.includes(axis)), inside }
  const free = value.type.axes.filter((axis) => !mask.type.axes.includes(axis))
  const why =
    free.length === 0
      ? 'decides about every element'
      : `is the same along ${shownAxes(scope, free)}${inside.length > 0 ? ` (${sizes.join(' by ')})` : ''}`
  const related = [{ span: mask.span, message: `this mask ${why}` }]
  report(scope, 'ESP2111', expr.format?.span ?? expr.span, { r, c, why }, { related })
  return null
}

/** Rows that suit what is known of the mask: whole axes for selections within a factor of fixed size, blocks for masks of blocks. */
function chosenRows(scope: Scope, value: TensorElab, mask: TensorElab): Rows {
  const selected = selectedAxes(scope, value, mask)
  const [group] = selected
  if (mask.selection !== null && selected.length === 1 && scope.pinned.has(group ?? ''))
    return { over: groupedAxes(scope, value, selected), inside: [] }
  const uniform = uniformAxes(scope, value, mask)
  const inside = uniform.length === 2 && !uniform.some((axis) => selected.includes(axis)) ? uniform : []
  return { over: selected, inside }
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
  const dense = unpacked(scope, value)
  return dense === null ? errorAt(expr.span) : at(dense, expr.span)
}

/** Rows of an n:m tensor have a fixed size, so the mask must keep exactly n of every m by its own construction. */
function keepsNOfM(scope: Scope, expr: PackExpr, mask: TensorElab, format: FormatOf<'nm'>): boolean {
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
  format: FormatOf<'nm'>,
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
