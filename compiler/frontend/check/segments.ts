/**
 * Reductions into cells: `sum[token -> cell](x, at)`, `histogram[token -> bin](x, lo, hi)` and `merge X of token into cell by at`.
 * Every element goes to the position along one axis that an integer gives for it; one outside of the axis takes no part.
 */
import { ONE, ZERO } from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { computeDType, isFloat } from '../../ir/types.ts'
import type { AxisCallExpr, Expr, MergeExpr, Name } from '../ast.ts'
import { isMask, type Elab, type Operand, type TensorElab } from '../types/value.ts'
import { axesAtoms, axisAtoms, extentOf } from './positions.ts'
import { emit, errorAt, report, shownAxes, text, type Elaborate, type Scope } from './scope.ts'
import { domainOf, elementwise, intersect, literal, mask, numeric, plain, tensorOf, unpacked, valueOf } from './values.ts'

/** From where to where: the axes that are reduced, and the axis of the cells. */
interface Route {
  readonly axes: readonly string[]
  readonly into: string
  readonly at: TensorElab
  /** The elements that take part. */
  readonly where: ValueId | null
  readonly span: Span
}

const KINDS: Readonly<Record<string, 'numbers' | 'masks' | 'any'>> = {
  sum: 'any',
  count: 'any',
  max: 'numbers',
  min: 'numbers',
  mean: 'any',
  any: 'masks',
  all: 'masks',
}
const NEEDS_ELSE: readonly string[] = ['max', 'min', 'mean']

export function segmentExpr(scope: Scope, expr: AxisCallExpr, elaborate: Elaborate): Elab {
  const name = expr.callee.text
  if (name === 'histogram') return histogram(scope, expr, elaborate)
  const takes = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  if (takes === undefined) return report(scope, 'ESP1252', expr.callee.span, { name, known: Object.keys(KINDS).join('`, `') })
  const ends = endsOf(scope, expr.axes, expr.into)
  const values = expr.args.map((arg) => elaborate(scope, arg))
  const [given, to] = values
  if (given === undefined || to === undefined || values.length !== 2) {
    const form = `${name}[axis -> cell](x, at)`
    return report(scope, 'ESP1008', expr.callee.span, { name, form, wanted: 2, found: values.length })
  }
  const x = elements(scope, takes, name, given)
  const at = positions(scope, to, expr.into)
  const otherwise = expr.otherwise && numeric(scope, elaborate(scope, expr.otherwise), '`else`')
  if (ends === null || x === null || at === null || (expr.otherwise !== null && otherwise === null)) return errorAt(expr.span)
  const route = { ...ends, at, where: intersect(scope, expr.span, domainOf(x), at.domain), span: expr.span }
  if (!fits(scope, expr.axes, route, x)) return errorAt(expr.span)
  if (otherwise === null && NEEDS_ELSE.includes(name)) return report(scope, 'ESP1253', expr.span, { name })
  const result = reduced(scope, route, name, x)
  return otherwise === null ? result : whereSome(scope, route, result, otherwise)
}

function reduced(scope: Scope, route: Route, name: string, x: TensorElab): Elab {
  if (name === 'count') return isMask(x) ? segment(scope, route, 'count', x) : counted(scope, route, x.type.axes)
  if (name !== 'mean') return segment(scope, route, name, x)
  const sum = segment(scope, route, 'sum', x)
  const number = present(scope, route)
  const one = literal(scope, ONE, 'int', route.span)
  const divisor = isTensor(number) ? elementwise(scope, route.span, 'max', [number, one]) : number
  return isTensor(sum) && isTensor(divisor) ? elementwise(scope, route.span, 'div', [sum, divisor]) : errorAt(route.span)
}

const isTensor = (value: Elab): value is TensorElab => value.kind === 'tensor'

function segment(scope: Scope, { axes, into, at, where, span }: Route, kind: string, x: TensorElab): Elab {
  return valueOf(scope, emit(scope, span, 'segment', [x.id, at.id, where ?? NONE], { axes, into, kind }, [x, at]), span)
}

/** How many elements went to each cell: the same number for all rows that neither positions nor the mask tell apart. */
const present = (scope: Scope, route: Route): Elab => counted(scope, route, [])

function counted(scope: Scope, route: Route, axes: readonly string[]): Elab {
  const ones = constant(scope, route, [...new Set([...axes, ...route.axes])], 'i32')
  return ones === null ? errorAt(route.span) : segment(scope, route, 'sum', ones)
}

/** Ones over some axes, in the order of the elements. */
function constant(scope: Scope, { span }: Route, axes: readonly string[], dtype: 'i32' | 'f32'): TensorElab | null {
  const one = literal(scope, ONE, 'int', span)
  const ones = valueOf(scope, emit(scope, span, 'broadcast', [one.id], { axes, dtype }), span)
  return isTensor(ones) ? ones : null
}

/** The result where a cell got something, else what was given for nothing. */
function whereSome(scope: Scope, route: Route, result: Elab, otherwise: Operand): Elab {
  const number = present(scope, route)
  if (!isTensor(number) || !isTensor(result)) return errorAt(route.span)
  const some = elementwise(scope, route.span, 'gt', [number, literal(scope, ZERO, 'int', route.span)])
  return isTensor(some) ? elementwise(scope, route.span, 'select', [some, result, otherwise]) : some
}

function endsOf(scope: Scope, names: readonly Name[], into: Name | null): { axes: readonly string[]; into: string } | null {
  const axes = axesAtoms(scope, names)
  const cells = into === null ? null : axisAtoms(scope, into)
  if (axes === null || cells === null || into === null) return null
  const [cell] = cells
  if (cell !== undefined && cells.length === 1) return { axes, into: cell }
  report(scope, 'ESP1108', into.span, { name: '->', axes: shownAxes(scope, cells), parts: cells.join('`, `') })
  return null
}

function elements(scope: Scope, takes: 'numbers' | 'masks' | 'any', name: string, given: Elab): TensorElab | null {
  const use = `\`${name}\``
  const operand =
    takes === 'numbers' ? numeric(scope, given, use) : takes === 'masks' ? mask(scope, given, use) : plain(scope, given)
  const dense = operand === null ? null : unpacked(scope, operand)
  return dense === null ? null : tensorOf(scope, dense)
}

function positions(scope: Scope, given: Elab, into: Name | null): TensorElab | null {
  const operand = plain(scope, given)
  const dense = operand === null ? null : unpacked(scope, operand)
  const at = dense === null ? null : tensorOf(scope, dense)
  if (at === null) return null
  if (['i32', 'u32'].includes(computeDType(at.type.dtype))) return at
  report(scope, 'ESP1250', given.span, { axis: into?.text ?? '', found: text(scope, given) })
  return null
}

/** Every axis that is reduced must be one of the elements or of the positions, and the cells must be no rows. */
function fits(scope: Scope, names: readonly Name[], { axes, into, at, where, span }: Route, x: TensorElab): boolean {
  const mask = where === null ? null : scope.builder.typeOf(where)
  const all = new Set([...x.type.axes, ...at.type.axes, ...(mask?.kind === 'tensor' ? mask.axes : [])])
  const missing = axes.filter((axis) => !all.has(axis))
  if (missing.length > 0)
    report(scope, 'ESP1104', names[0]?.span ?? span, {
      use: 'the reduction',
      missing: shownAxes(scope, missing),
      found: shownAxes(scope, [...all]),
    })
  const isRow = all.has(into) && !axes.includes(into)
  if (isRow) report(scope, 'ESP1102', span, { axis: into, where: 'the result' })
  return missing.length === 0 && !isRow
}

export function mergeExpr(scope: Scope, expr: MergeExpr, elaborate: Elaborate): Elab {
  const { span } = expr
  const ends = endsOf(scope, expr.axes, expr.into)
  const x = elements(scope, 'numbers', 'merge', elaborate(scope, expr.value))
  const at = positions(scope, elaborate(scope, expr.by), expr.into)
  const weight = expr.weight === null ? null : elements(scope, 'numbers', 'weighted', elaborate(scope, expr.weight))
  if (ends === null || x === null || at === null || (expr.weight !== null && weight === null)) return errorAt(span)
  const where = intersect(scope, span, x.domain, at.domain, weight?.domain ?? null)
  const route: Route = { ...ends, at, where, span }
  if (!fits(scope, expr.axes, route, x)) return errorAt(span)
  const weighted = weight === null ? x : elementwise(scope, span, 'mul', [x, weight])
  const shares = weight === null ? constant(scope, route, route.axes, 'f32') : overAxes(scope, route, weight)
  if (!isTensor(weighted) || shares === null) return errorAt(span)
  const sum = segment(scope, route, 'sum', weighted)
  const total = segment(scope, route, 'sum', shares)
  if (!isTensor(sum) || !isTensor(total)) return errorAt(span)
  return quotient(scope, span, x, sum, total)
}

/** A weight that lacks some of the axes counts once for every element. */
function overAxes(scope: Scope, { axes, span }: Route, weight: TensorElab): TensorElab | null {
  const missing = axes.filter((axis) => !weight.type.axes.includes(axis))
  if (missing.length === 0) return weight
  const attrs = { axes: [...weight.type.axes, ...missing] }
  const wide = valueOf(scope, emit(scope, span, 'broadcast', [weight.id], attrs, [weight]), span)
  return isTensor(wide) ? wide : null
}

/** Nothing, or weights that add up to nothing, give 0. The result is stored like what was merged. */
function quotient(scope: Scope, span: Span, x: TensorElab, sum: TensorElab, total: TensorElab): Elab {
  const [zero, one] = [literal(scope, ZERO, 'int', span), literal(scope, ONE, 'int', span)]
  const nothing = elementwise(scope, span, 'eq', [total, zero])
  if (!isTensor(nothing)) return nothing
  const divisor = elementwise(scope, span, 'select', [nothing, one, total])
  if (!isTensor(divisor)) return divisor
  const mean = elementwise(scope, span, 'div', [sum, divisor])
  const result = isTensor(mean) ? elementwise(scope, span, 'select', [nothing, zero, mean]) : mean
  if (!isTensor(result)) return result
  const axes = sum.type.axes
  const dtype = isFloat(x.type.dtype) ? x.type.dtype : 'f32'
  if (dtype === result.type.dtype && axes.join() === result.type.axes.join()) return result
  return valueOf(scope, emit(scope, span, 'broadcast', [result.id], dtype === 'f32' ? { axes } : { axes, dtype }, [result]), span)
}

/**
 * Equal bins from lo to hi, the last one closed; what is outside, and NaN, counts nowhere. The bin that a division finds is put
 * right by comparing with its edges, so that a value on an edge that the dtype can hold is in the bin that begins there.
 */
function histogram(scope: Scope, expr: AxisCallExpr, elaborate: Elaborate): Elab {
  const { span } = expr
  const ends = endsOf(scope, expr.axes, expr.into)
  const values = expr.args.map((arg: Expr) => numeric(scope, elaborate(scope, arg), '`histogram`'))
  if (expr.otherwise !== null) return report(scope, 'ESP1215', expr.otherwise.span, { name: 'histogram' })
  const [given, lo, hi] = values
  if (given === undefined || lo === undefined || hi === undefined || values.length !== 3)
    return report(scope, 'ESP1008', expr.callee.span, {
      name: 'histogram',
      form: 'histogram[axis -> bin](x, lo, hi)',
      wanted: 3,
      found: values.length,
    })
  if (ends === null || given === null || lo === null || hi === null) return errorAt(span)
  const x = elements(scope, 'numbers', 'histogram', given)
  const placed = x === null ? null : binOf(scope, span, x, lo, hi, extentOf(scope, [ends.into], span))
  if (x === null || placed === null) return errorAt(span)
  const route: Route = {
    ...ends,
    at: placed.at,
    where: intersect(scope, span, x.domain, domainOf(lo), domainOf(hi), placed.inside),
    span,
  }
  return fits(scope, expr.axes, route, x) ? counted(scope, route, x.type.axes) : errorAt(span)
}

function binOf(
  scope: Scope,
  span: Span,
  x: TensorElab,
  lo: Operand,
  hi: Operand,
  bins: Operand,
): { readonly at: TensorElab; readonly inside: ValueId } | null {
  const [zero, one] = [literal(scope, ZERO, 'int', span), literal(scope, ONE, 'int', span)]
  const op = (name: string, ...operands: readonly (ValueId | null)[]): ValueId | null => {
    const ids = operands.filter((id) => id !== null)
    return ids.length < operands.length ? null : emit(scope, span, name, ids)
  }
  const width = op('div', op('sub', hi.id, lo.id), op('max', bins.id, one.id))
  const last = op('sub', bins.id, one.id)
  const edge = (bin: ValueId | null): ValueId | null => op('add', lo.id, op('mul', bin, width))
  const found = op('floor', op('div', op('sub', x.id, lo.id), width))
  const clamped = op('max', op('min', found, last), zero.id)
  const bin = clamped === null ? null : emit(scope, span, 'convert', [clamped], { to: 'i32' })
  const next = op('add', bin, one.id)
  const above = op('and', op('ge', x.id, edge(next)), op('lt', bin, last))
  const right = op('select', above, next, bin)
  const at = op('select', op('lt', x.id, edge(bin)), op('sub', bin, one.id), right)
  const inside = op('and', op('and', op('ge', x.id, lo.id), op('le', x.id, hi.id)), op('lt', lo.id, hi.id))
  const value = valueOf(scope, at, span)
  return inside === null || !isTensor(value) ? null : { at: value, inside }
}
