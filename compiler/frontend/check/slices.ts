/**
 * `x[axis = e]`: the elements at positions of axes. A position is a whole number of the host, which takes the axis away, or an
 * integer tensor, whose axes take its place. All positions are read before x is; one outside of its axis reads 0.
 */
import * as exact from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { ValueId } from '../../ir/node.ts'
import { computeDType } from '../../ir/types.ts'
import type { AxisPosition, Name, SliceExpr } from '../ast.ts'
import { isMask, type Elab, type Operand, type TensorElab } from '../types/value.ts'
import { axisAtoms, extentOf, hasAxes } from './positions.ts'
import { emit, errorAt, report, text, type Elaborate, type Scope } from './scope.ts'
import { domainOf, elementwise, intersect, literal, plain, unpacked, valueOf } from './values.ts'

/** A position along one atomic axis. */
export interface AtomPosition {
  readonly axis: string
  readonly position: Operand
}

export function sliceExpr(scope: Scope, expr: SliceExpr, elaborate: Elaborate): Elab {
  const source = plain(scope, elaborate(scope, expr.value))
  const positions = positionsOf(scope, expr.at, source, elaborate)
  const value = source === null ? null : unpacked(scope, source)
  if (value === null || positions === null || value.kind !== 'tensor') return errorAt(expr.span)
  return gathered(scope, expr.span, value, positions)
}

/** Positions along the atoms of every axis that is named; null, with a diagnostic, when one does not fit. */
export function positionsOf(
  scope: Scope,
  at: readonly AxisPosition[],
  value: Operand | null,
  elaborate: Elaborate,
): readonly AtomPosition[] | null {
  const out: AtomPosition[] = []
  let complete = true
  for (const { axis, position } of at) {
    const atoms = axisAtoms(scope, axis)
    const given = positionValue(scope, axis, elaborate(scope, position))
    const twice = atoms?.find((atom) => out.some((one) => one.axis === atom))
    if (twice !== undefined) report(scope, 'ESP1102', axis.span, { axis: twice, where: 'these positions' })
    const split = atoms === null || given === null ? null : positionOfAtoms(scope, atoms, given, axis)
    const fits = atoms !== null && value !== null && hasAxes(scope, value, atoms, 'a position', axis.span)
    if (split === null || twice !== undefined || !fits) complete = false
    else out.push(...split)
  }
  return complete ? out : null
}

function positionValue(scope: Scope, axis: Name, given: Elab): Operand | null {
  const operand = plain(scope, given)
  if (operand === null) return null
  const dense = unpacked(scope, operand)
  if (dense === null) return null
  const whole = dense.kind === 'scalar' ? dense.scalar === 'int' : !isMask(dense) && computeDType(dense.type.dtype) !== 'f32'
  if (whole) return dense
  report(scope, 'ESP1250', given.span, { axis: axis.text, found: text(scope, given) })
  return null
}

/** Along `head = kv * group`, position p is `p div size(group)` along kv and the rest along group. */
function positionOfAtoms(scope: Scope, atoms: readonly string[], position: Operand, axis: Name): readonly AtomPosition[] | null {
  if (isOutside(scope, atoms, position, axis)) return null
  const out: AtomPosition[] = []
  let left: Operand = position
  for (const atom of atoms.slice(1).reverse()) {
    // An empty factor has no positions; dividing by 1 there leaves the position outside.
    const extent = extentOf(scope, [atom], axis.span)
    const size = elementwise(scope, axis.span, 'max', [extent, literal(scope, exact.ONE, 'int', axis.span)])
    if (size.kind !== 'scalar') return null
    const rest = elementwise(scope, axis.span, 'rem', [left, size])
    const quotient = elementwise(scope, axis.span, 'floordiv', [left, size])
    if (!isOperand(rest) || !isOperand(quotient)) return null
    out.unshift({ axis: atom, position: rest })
    left = quotient
  }
  return [{ axis: atoms[0] ?? '', position: left }, ...out]
}

const isOperand = (value: Elab): value is Operand => value.kind === 'tensor' || value.kind === 'scalar'

/** A literal that can never be a position. */
function isOutside(scope: Scope, atoms: readonly string[], position: Operand, axis: Name): boolean {
  const known = position.kind === 'scalar' && exact.isRational(position.known) ? position.known : null
  if (known === null) return false
  const extent = extentOf(scope, atoms, axis.span).known
  const isBeyond = exact.isRational(extent) && exact.compare(known, extent) >= 0
  if (exact.sign(known) >= 0 && !isBeyond) return false
  const size = exact.isRational(extent) ? exact.toText(extent) : null
  report(scope, 'ESP1251', position.span, { axis: axis.text, found: exact.toText(known), size })
  return true
}

/** Present where x is present there, and the position itself is. */
function gathered(scope: Scope, span: Span, value: TensorElab, positions: readonly AtomPosition[]): Elab {
  const given = positions.map(({ position }) => position)
  const operands = [value.id, ...given.map((position) => position.id)]
  const id = emit(scope, span, 'gather', operands, { axes: positions.map(({ axis }) => axis) }, [value, ...given])
  const domain = intersect(scope, span, gatheredDomain(scope, span, value, positions), ...given.map(domainOf))
  return valueOf(scope, id, span, domain)
}

/** A domain may lack some of the axes, or all: then it holds for all of them. */
function gatheredDomain(scope: Scope, span: Span, value: TensorElab, positions: readonly AtomPosition[]): ValueId | null {
  if (value.domain === null) return null
  const type = scope.builder.typeOf(value.domain)
  const own = positions.filter(({ axis }) => type.kind === 'tensor' && type.axes.includes(axis))
  if (own.length === 0) return value.domain
  const operands = [value.domain, ...own.map(({ position }) => position.id)]
  return emit(scope, span, 'gather', operands, { axes: own.map(({ axis }) => axis) })
}

/**
 * `name[axis = p] := value`: the state with one slice replaced. The slice has the axes that are not addressed; positions are
 * numbers of the host, so that a call writes one slice and nothing else.
 */
export function placed(
  scope: Scope,
  span: Span,
  state: TensorElab,
  value: TensorElab,
  positions: readonly AtomPosition[],
): TensorElab | null {
  const operands = [state.id, value.id, ...positions.map(({ position }) => position.id)]
  const id = emit(scope, span, 'put', operands, { axes: positions.map(({ axis }) => axis) }, [state, value])
  const result = valueOf(scope, id, span)
  return result.kind === 'tensor' ? result : null
}

/** The positions, when all are numbers of the host. */
export function hostPositions(scope: Scope, positions: readonly AtomPosition[]): readonly AtomPosition[] | null {
  const odd = positions.find(({ position }) => position.kind !== 'scalar')
  if (odd === undefined) return positions
  report(scope, 'ESP1207', odd.position.span, { use: 'a slice of a state', found: text(scope, odd.position) })
  return null
}
