/**
 * Functions of the order of a row: `rank`, `order`, `sort`, `kth`, `quantile`, `median`. The order is that of selections,
 * except for quantiles, which ascend as everywhere. A `where` says what belongs to the row.
 */
import * as exact from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { AxisCallExpr, Expr } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import type { Elab, Operand, ScalarElab, TensorElab } from '../types/value.ts'
import { axesAtoms, hasAxes, indexOf } from './positions.ts'
import { isMethod, METHODS, quantileOf, type Method } from './quantiles.ts'
import { presentCount } from './reductions.ts'
import { emit, errorAt, report, text, type Elaborate, type Scope } from './scope.ts'
import { keepEntries } from './present.ts'
import { domainOf, elementwise, filled, literal, numeric, plain, unpacked, valueOf } from './values.ts'

/** A call whose axes and first argument are known to fit. */
interface Row {
  readonly span: Span
  readonly axes: readonly string[]
  readonly x: TensorElab
  readonly otherwise: Operand | null
}

interface OrderFunction {
  readonly form: string
  /** Least and greatest number of arguments. */
  readonly takes: readonly [number, number]
  readonly otherwise: 'none' | 'for-nothing'
  readonly build: (scope: Scope, row: Row, rest: readonly Expr[], elaborate: Elaborate) => Elab
}

const plainOrder = (name: string, give: string): OrderFunction => ({
  form: `${name}[axis](x)`,
  takes: [1, 1],
  otherwise: 'none',
  build: (scope, row) => ordered(scope, row, give),
})

export const orderFunctions: Readonly<Record<string, OrderFunction>> = {
  rank: plainOrder('rank', 'rank'),
  order: plainOrder('order', 'position'),
  sort: plainOrder('sort', 'value'),
  kth: {
    form: 'kth[axis](x, k)',
    takes: [2, 2],
    otherwise: 'none',
    build: (scope, row, [k], elaborate) => (k === undefined ? errorAt(row.span) : kth(scope, row, elaborate(scope, k))),
  },
  quantile: { form: 'quantile[axis](x, q, linear)', takes: [2, 3], otherwise: 'for-nothing', build: quantile },
  median: {
    form: 'median[axis](x)',
    takes: [1, 1],
    otherwise: 'for-nothing',
    build: (scope, row) => quantileOf(scope, row, literal(scope, exact.rational(1, 2), 'ratio', row.span), 'linear'),
  },
}

export function callOrderFunction(scope: Scope, expr: AxisCallExpr, elaborate: Elaborate): Elab {
  const name = expr.callee.text
  const rule = orderFunctions[name]
  const axes = axesAtoms(scope, expr.axes)
  const [first, ...rest] = expr.args
  if (rule === undefined || first === undefined || expr.args.length < rule.takes[0] || expr.args.length > rule.takes[1]) {
    const [wanted] = rule?.takes ?? [1]
    return report(scope, 'ESP1008', expr.callee.span, {
      name,
      form: rule?.form ?? name,
      wanted,
      found: expr.args.length,
    })
  }
  const given = numeric(scope, elaborate(scope, first), `\`${name}\``)
  const x = given === null ? null : unpacked(scope, given)
  const otherwise = expr.otherwise && numeric(scope, elaborate(scope, expr.otherwise), '`else`')
  if (axes === null || x === null || (expr.otherwise !== null && otherwise === null)) return errorAt(expr.span)
  if (!hasAxes(scope, x, axes, `\`${name}\``, expr.axes[0]?.span ?? expr.span) || x.kind !== 'tensor') return errorAt(expr.span)
  if (!takesNothing(scope, expr, rule, x)) return errorAt(expr.span)
  const inOrder = x.type.axes.filter((axis) => axes.includes(axis))
  return keepEntries(scope, x.domain, rule.build(scope, { span: expr.span, axes: inOrder, x, otherwise }, rest, elaborate))
}

/** Whether `else` is there exactly when it is needed and has a meaning. */
function takesNothing(scope: Scope, expr: AxisCallExpr, rule: OrderFunction, x: TensorElab): boolean {
  const name = expr.callee.text
  if (expr.otherwise !== null && rule.otherwise === 'none') {
    report(scope, 'ESP1215', expr.otherwise.span, { name })
    return false
  }
  if (x.domain === null || expr.otherwise !== null || rule.otherwise === 'none') return true
  const related = [{ span: x.span, message: `nothing may be left of ${text(scope, x)} here` }]
  report(scope, 'ESP1214', expr.span, { name, example: '0' }, { related })
  return false
}

/** Ranks are there where x is; positions and values fill the row from its start. */
function ordered(scope: Scope, row: Row, give: string): Elab {
  const { span, axes, x } = row
  const domain = domainOf(x)
  const id = emit(scope, span, 'order', [x.id, domain ?? NONE], { axes, give }, [x, x])
  if (domain === null || give === 'rank') return valueOf(scope, id, span, domain)
  const present = presentCount(scope, span, axes, x)
  const index = indexOf(scope, axes, span)
  if (present === null || index.kind !== 'tensor') return errorAt(span)
  const isThere = elementwise(scope, span, 'lt', [index, present])
  return isThere.kind === 'tensor' ? valueOf(scope, id, span, isThere.id) : errorAt(span)
}

function kth(scope: Scope, row: Row, value: Elab): Elab {
  const { span, axes, x } = row
  const k = wantedRank(scope, value)
  return k === null
    ? errorAt(span)
    : valueOf(scope, emit(scope, span, 'kth', [x.id, domainOf(x) ?? NONE, k], { axes }, [x, x, value]), span)
}

/** A whole number, or a tensor of them, which is converted to i32. */
function wantedRank(scope: Scope, value: Elab): ValueId | null {
  const k = plain(scope, value)
  if (k === null) return null
  if (k.kind === 'scalar' && k.scalar === 'int') return k.id
  const dense = k.kind === 'tensor' ? unpacked(scope, k) : null
  const whole = dense?.kind === 'tensor' && ['i32', 'u32', 'i8', 'u8'].includes(dense.type.dtype) ? filled(scope, dense) : null
  if (whole !== null) return whole.type.dtype === 'i32' ? whole.id : emit(scope, k.span, 'convert', [whole.id], { to: 'i32' })
  report(scope, 'ESP1207', k.span, { use: 'the rank that `kth` looks for', found: text(scope, k) })
  return null
}

function quantile(scope: Scope, row: Row, [share, chosen]: readonly Expr[], elaborate: Elaborate): Elab {
  const q = share === undefined ? null : quantileShare(scope, elaborate(scope, share))
  const method = chosen === undefined ? 'linear' : methodOf(scope, chosen)
  return q === null || method === null ? errorAt(row.span) : quantileOf(scope, row, q, method)
}

/** A number known to the host between 0 and 1; a real one is moved there. */
function quantileShare(scope: Scope, value: Elab): ScalarElab | null {
  const q = plain(scope, value)
  if (q === null) return null
  if (q.kind !== 'scalar' || q.scalar === 'bool') {
    report(scope, 'ESP1232', q.span, { found: text(scope, q) })
    return null
  }
  if (exact.isRational(q.known) && (q.known.n < 0n || exact.compare(q.known, exact.ONE) > 0)) {
    report(scope, 'ESP1232', q.span, { found: String(exact.toNumber(q.known)) })
    return null
  }
  if (q.scalar !== 'real') return q
  const raised = elementwise(scope, q.span, 'max', [q, literal(scope, exact.ZERO, 'int', q.span)])
  const moved =
    raised.kind === 'scalar' ? elementwise(scope, q.span, 'min', [raised, literal(scope, exact.ONE, 'int', q.span)]) : raised
  return moved.kind === 'scalar' ? moved : null
}

function methodOf(scope: Scope, expr: Expr): Method | null {
  const word = expr.kind === 'name' ? expr.name : null
  if (word !== null && isMethod(word)) return word
  report(scope, 'ESP1231', expr.span, { found: word ?? 'this' }, guess(word ?? '', METHODS))
  return null
}
