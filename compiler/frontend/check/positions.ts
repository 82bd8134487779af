/** Axes in expressions: resolving their names, sizes, positions, and the masks that positions alone decide. */
import * as exact from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { Expr, Name, PositionExpr } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import type { Elab, Operand, ScalarElab, Selection } from '../types/value.ts'
import { emit, errorAt, report, shownAxes, text, type Elaborate, type Scope } from './scope.ts'
import { elementwise, literal, plain, valueOf } from './values.ts'

/** The atoms of one axis name; null, with a diagnostic, when it is unknown or its size is not known in this entry. */
export function axisAtoms(scope: Scope, name: Name): readonly string[] | null {
  const argument = scope.axisArgs.get(name.text)
  if (argument !== undefined) return argument
  const info = scope.axes.all.get(name.text)
  if (info === undefined) {
    const known = [...scope.axisArgs.keys(), ...scope.axes.all.keys()]
    report(scope, 'ESP1101', name.span, { name: name.text }, guess(name.text, known))
    return null
  }
  const atoms = scope.axes.atomsOf(name.text)
  const unbound = atoms.filter((atom) => !scope.extents.has(atom))
  if (unbound.length === 0) return atoms
  report(
    scope,
    'ESP1103',
    name.span,
    { name: name.text, unbound: unbound.join('`, `') },
    { related: [{ span: info.span, message: `\`${name.text}\` comes from here` }] },
  )
  return null
}

/** The atoms of several axis names, in order; an axis written twice is refused. */
export function axesAtoms(scope: Scope, names: readonly Name[]): readonly string[] | null {
  const out: string[] = []
  let complete = true
  for (const name of names) {
    const atoms = axisAtoms(scope, name)
    const twice = atoms?.find((atom) => out.includes(atom))
    if (twice !== undefined) report(scope, 'ESP1102', name.span, { axis: twice, where: 'this list' })
    if (atoms === null || twice !== undefined) complete = false
    else out.push(...atoms)
  }
  return complete ? out : null
}

/** The number of elements along the atoms: a host scalar, known when all of them are pinned to numbers. */
export function extentOf(scope: Scope, atoms: readonly string[], span: Span): ScalarElab {
  const sizes = atoms.map((axis): ScalarElab => {
    const id = emit(scope, span, 'size', [], { axis })
    return { kind: 'scalar', id: id ?? -1, scalar: 'int', known: scope.pinned.get(axis) ?? null, span }
  })
  const [first, ...rest] = sizes
  if (first === undefined) return literal(scope, exact.ONE, 'int', span)
  return rest.reduce((product, size) => {
    const id = emit(scope, span, 'mul', [product.id, size.id]) ?? product.id
    const known = exact.isRational(product.known) && exact.isRational(size.known) ? exact.mul(product.known, size.known) : null
    return { kind: 'scalar', id, scalar: 'int', known, span }
  }, first)
}

/** `index(head)` with `head = kv * group` is `index(kv) * size(group) + index(group)`. */
export function indexOf(scope: Scope, atoms: readonly string[], span: Span): Elab {
  const [first = '', ...rest] = atoms
  let value = valueOf(scope, emit(scope, span, 'index', [], { axis: first }), span)
  for (const axis of rest) {
    const inner = valueOf(scope, emit(scope, span, 'index', [], { axis }), span)
    if (value.kind !== 'tensor' || inner.kind !== 'tensor') return errorAt(span)
    const scaled = elementwise(scope, span, 'mul', [value, extentOf(scope, [axis], span)])
    if (scaled.kind !== 'tensor') return scaled
    value = elementwise(scope, span, 'add', [scaled, inner])
  }
  return value
}

/** `index(axis)` and `size(axis)`: the argument is an axis, not a value. */
export function axisFunction(scope: Scope, name: 'index' | 'size', args: readonly Expr[], span: Span): Elab {
  const [axis] = args
  if (args.length !== 1 || axis?.kind !== 'name') return report(scope, 'ESP1009', span, { name, form: `${name}(axis)` })
  const atoms = axisAtoms(scope, { text: axis.name, span: axis.span })
  if (atoms === null) return errorAt(span)
  return name === 'size' ? extentOf(scope, atoms, span) : indexOf(scope, atoms, span)
}

export function positionExpr(scope: Scope, expr: PositionExpr, elaborate: Elaborate): Elab {
  const atoms = axisAtoms(scope, expr.axis)
  const amount = plain(scope, elaborate(scope, expr.amount))
  if (atoms === null || amount === null) return errorAt(expr.span)
  const extent = extentOf(scope, atoms, expr.axis.span)
  const count = positionCount(scope, expr, amount, extent)
  if (count === null) return errorAt(expr.span)
  const selection = positionSelection(expr, atoms, count, extent)
  const [axis = ''] = atoms
  if (atoms.length === 1)
    return valueOf(
      scope,
      emit(scope, expr.span, 'position', [count.id], { which: expr.which, axis }, [count]),
      expr.span,
      null,
      selection,
    )
  return flatPosition(scope, expr, indexOf(scope, atoms, expr.span), count, extent, selection)
}

/** `first 4`, and `first 10%` of the axis rounded down. */
function positionCount(scope: Scope, expr: PositionExpr, amount: Operand, extent: ScalarElab): ScalarElab | null {
  const known = amount.kind === 'scalar' && exact.isRational(amount.known) ? amount.known : null
  const least = expr.which === 'every' ? 1 : 0
  if (amount.kind === 'scalar' && amount.scalar === 'ratio' && expr.which !== 'every') {
    if (known !== null && (known.n < 0n || exact.compare(known, exact.ONE) > 0)) {
      report(scope, 'ESP2003', amount.span, { amount: percentText(known) })
      return null
    }
    const attrs = { mode: 'keep', amount: 'ratio', round: 'down' }
    const id = emit(scope, amount.span, 'budget', [amount.id, extent.id, -1, -1], attrs, [amount])
    return id === null ? null : { kind: 'scalar', id, scalar: 'int', known: null, span: amount.span }
  }
  if (amount.kind === 'scalar' && amount.scalar === 'int') {
    if (known === null || exact.compare(known, exact.rational(least)) >= 0) return amount
    report(scope, 'ESP2107', amount.span, { form: expr.which, least, found: exact.toText(known) })
    return null
  }
  if (amount.kind === 'scalar' && amount.scalar === 'real')
    report(scope, 'ESP2002', amount.span, { amount: fractionText(amount) }, ratioHelp(amount))
  else report(scope, 'ESP1207', amount.span, { use: `\`${expr.which}\``, found: text(scope, amount) })
  return null
}

export const percentText = (ratio: exact.Rational): string => `${exact.toNumber(exact.mul(ratio, exact.rational(100)))}%`
export const fractionText = (value: ScalarElab): string =>
  exact.isRational(value.known) ? String(exact.toNumber(value.known)) : 'this number'

/** Help for a plain fraction, and the ratio that was probably meant. */
export function ratioHelp(value: ScalarElab): { help: string; fix: string | null } {
  const known = exact.isRational(value.known) ? value.known : null
  return known !== null && known.n >= 0n && exact.compare(known, exact.ONE) <= 0
    ? { help: `write \`${percentText(known)}\`: a ratio is an exact decimal, written in per cent`, fix: percentText(known) }
    : { help: 'a ratio is written in per cent (`70%`) or is a parameter of type `ratio`; a count is a whole number', fix: null }
}

/** `first n` and `last n` keep min(n, size). */
function positionSelection(expr: PositionExpr, axes: readonly string[], count: ScalarElab, extent: ScalarElab): Selection {
  const known = expr.which !== 'every' && exact.isRational(count.known) && exact.isRational(extent.known)
  return { axes, count: known ? exact.min(count.known as exact.Rational, extent.known as exact.Rational) : null, span: expr.span }
}

/** Over a factored axis the position is that of the whole axis. */
function flatPosition(
  scope: Scope,
  expr: PositionExpr,
  index: Elab,
  count: ScalarElab,
  extent: ScalarElab,
  selection: Selection,
): Elab {
  if (index.kind !== 'tensor') return index
  const zero = literal(scope, exact.ZERO, 'int', expr.span)
  if (expr.which === 'first') return elementwise(scope, expr.span, 'lt', [index, count], selection)
  if (expr.which === 'last') {
    const start = elementwise(scope, expr.span, 'sub', [extent, count])
    return start.kind === 'scalar' ? elementwise(scope, expr.span, 'ge', [index, start], selection) : errorAt(expr.span)
  }
  const rest = elementwise(scope, expr.span, 'rem', [index, count])
  return rest.kind === 'tensor' ? elementwise(scope, expr.span, 'eq', [rest, zero], selection) : errorAt(expr.span)
}

/** Refuses axes that a value does not have. True when it has them all. */
export function hasAxes(scope: Scope, value: Operand, atoms: readonly string[], use: string, axesSpan: Span): boolean {
  const own = value.kind === 'tensor' ? value.type.axes : []
  const missing = atoms.filter((atom) => !own.includes(atom))
  if (missing.length === 0) return true
  report(
    scope,
    'ESP1104',
    axesSpan,
    { use, missing: shownAxes(scope, missing), found: shownAxes(scope, own) },
    { related: [{ span: value.span, message: `this has ${shownAxes(scope, own)}` }] },
  )
  return false
}
