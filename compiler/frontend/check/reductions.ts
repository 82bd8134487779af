/**
 * Built-in functions over named axes: reductions, softmax, scans, windows. Their argument may be a `where` value: absent
 * entries take no part. What has no meaning over nothing (mean, max) then needs an `else`.
 */
import { ONE, ZERO } from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import { NONE } from '../../ir/op.ts'
import type { Attrs } from '../../ir/node.ts'
import type { AxisCallExpr } from '../ast.ts'
import { isMask, type Elab, type Operand, type ScalarElab, type TensorElab } from '../types/value.ts'
import { axesAtoms, hasAxes } from './positions.ts'
import { emit, errorAt, report, shownAxes, text, type Elaborate, type Scope } from './scope.ts'
import { keepEntries } from './present.ts'
import { domainOf, elementwise, filled, literal, mask, numeric, plain, unpacked, valueOf, wholeScalar } from './values.ts'

interface AxisFunction {
  readonly summary: string
  /** Numbers, masks, or either. */
  readonly takes: 'numbers' | 'masks' | 'any'
  /** `else` is: needed with `where` (there is no value of nothing), allowed, or without meaning. */
  readonly nothing: 'needs-else' | 'has-value' | 'no-else'
  /** Scans and windows go along one axis; windows take a second argument. */
  readonly along: 'axes' | 'one-axis'
  readonly second: string | null
  readonly build: (scope: Scope, call: Call) => Elab
}

interface Call {
  readonly span: Span
  readonly axes: readonly string[]
  readonly x: TensorElab
  readonly otherwise: Operand | null
  readonly by: ScalarElab | null
}

const where = (call: Call): number => domainOf(call.x) ?? NONE
const other = (call: Call): number => call.otherwise?.id ?? NONE
const blame = (call: Call): readonly Elab[] => [call.x, call.x, call.otherwise ?? call.x]

const over =
  (op: string, attrs: Attrs) =>
  (scope: Scope, call: Call): Elab =>
    valueOf(
      scope,
      emit(scope, call.span, op, [call.x.id, where(call), other(call)], { ...attrs, axes: call.axes }, blame(call)),
      call.span,
    )

const reduction = (
  kind: string,
  takes: AxisFunction['takes'],
  nothing: AxisFunction['nothing'],
  summary: string,
): AxisFunction => ({
  summary,
  takes,
  nothing,
  along: 'axes',
  second: null,
  build: over('reduce', { kind }),
})

/** Zero outside of the domain (or `else`), then an op along one axis. */
const along = (
  op: string,
  attrs: Attrs,
  second: string | null,
  summary: string,
  nothing: AxisFunction['nothing'] = 'has-value',
): AxisFunction => ({
  summary,
  takes: 'numbers',
  nothing,
  along: 'one-axis',
  second,
  build: (scope, call) => {
    const x = completed(scope, call)
    const [axis = ''] = call.axes
    const operands = call.by === null ? [x?.id ?? NONE] : [x?.id ?? NONE, call.by.id]
    return x === null
      ? errorAt(call.span)
      : valueOf(scope, emit(scope, call.span, op, operands, { ...attrs, axis }, [x]), call.span)
  },
})

function completed(scope: Scope, call: Call): TensorElab | null {
  if (call.otherwise === null || call.x.domain === null) return filled(scope, call.x)
  const id = emit(scope, call.span, 'select', [call.x.domain, call.x.id, call.otherwise.id], {}, blame(call))
  const value = valueOf(scope, id, call.span)
  return value.kind === 'tensor' ? value : null
}

const composed = (
  nothing: AxisFunction['nothing'],
  summary: string,
  build: (scope: Scope, call: Call) => Elab,
): AxisFunction => ({
  summary,
  takes: 'numbers',
  nothing,
  along: 'axes',
  second: null,
  build,
})

/** `else` stands for the deviation itself: the root is taken only where there is something. */
function deviation(scope: Scope, call: Call): Elab {
  const zero = call.otherwise === null ? null : literal(scope, ZERO, 'int', call.span)
  const variance = over('variance', { ddof: 0 })(scope, { ...call, otherwise: zero })
  if (variance.kind !== 'tensor') return variance
  const root = elementwise(scope, call.span, 'sqrt', [variance])
  const present = zero === null ? null : count(scope, { ...call, otherwise: null })
  if (root.kind !== 'tensor' || present?.kind !== 'tensor' || zero === null || call.otherwise === null) return root
  const some = elementwise(scope, call.span, 'gt', [present, zero])
  return some.kind === 'tensor' ? elementwise(scope, call.span, 'select', [some, root, call.otherwise]) : some
}

const softmax = (scope: Scope, call: Call): Elab =>
  valueOf(scope, emit(scope, call.span, 'softmax', [call.x.id, where(call)], { axes: call.axes }, blame(call)), call.span)

/** The number of elements that are present; of a mask, of those that are true. */
function count(scope: Scope, call: Call): Elab {
  if (isMask(call.x)) return over('reduce', { kind: 'count' })(scope, call)
  const one = literal(scope, ONE, 'int', call.span)
  const ones = valueOf(
    scope,
    emit(scope, call.span, 'broadcast', [one.id], { axes: call.x.type.axes, dtype: 'i32' }),
    call.span,
    call.x.domain,
  )
  return ones.kind === 'tensor' ? over('reduce', { kind: 'sum' })(scope, { ...call, x: ones }) : ones
}

/** How many elements of x are present along `axes`. */
export function presentCount(scope: Scope, span: Span, axes: readonly string[], x: TensorElab): TensorElab | null {
  const present = count(scope, { span, axes, x, otherwise: null, by: null })
  return present.kind === 'tensor' ? present : null
}

export const axisFunctions: Readonly<Record<string, AxisFunction>> = {
  sum: reduction('sum', 'any', 'has-value', 'sum; of a mask, how many are true'),
  product: reduction('product', 'numbers', 'has-value', 'product'),
  max: reduction('max', 'numbers', 'needs-else', 'largest'),
  min: reduction('min', 'numbers', 'needs-else', 'smallest'),
  argmax: reduction('argmax', 'numbers', 'needs-else', 'position of the largest, the first of equals'),
  argmin: reduction('argmin', 'numbers', 'needs-else', 'position of the smallest, the first of equals'),
  any: reduction('any', 'masks', 'has-value', 'true if one is'),
  all: reduction('all', 'masks', 'has-value', 'true if every one is'),
  count: { ...composed('has-value', 'how many are present, or true', count), takes: 'any' },
  mean: { ...composed('needs-else', 'sum divided by count', over('mean', {})), takes: 'any' },
  var: composed('needs-else', 'population variance', over('variance', { ddof: 0 })),
  std: composed('needs-else', 'population standard deviation', deviation),
  norm: composed('has-value', 'square root of the sum of squares', over('norm', {})),
  lse: composed('has-value', 'log of the sum of exponentials', over('logsumexp', {})),
  softmax: composed('no-else', 'exponentials that add up to one', softmax),
  cumsum: along('scan', { exclusive: false }, null, 'sum of this and all earlier elements'),
  pool: along('pool', { kind: 'mean' }, 'width', 'mean of a centred window, zeros outside counted'),
  avg_pool: along('pool', { kind: 'mean' }, 'width', 'the same as pool'),
  sum_pool: along('pool', { kind: 'sum' }, 'width', 'sum of a centred window'),
  max_pool: along('pool', { kind: 'max' }, 'width', 'largest of a centred window', 'needs-else'),
  shift: along('shift', {}, 'by', 'moved towards larger positions, zeros shifted in'),
}

export function callAxisFunction(scope: Scope, expr: AxisCallExpr, elaborate: Elaborate): Elab {
  const name = expr.callee.text
  const rule = axisFunctions[name]
  const axes = axesAtoms(scope, expr.axes)
  const values = expr.args.map((arg) => elaborate(scope, arg))
  const otherwise = expr.otherwise && numeric(scope, elaborate(scope, expr.otherwise), '`else`')
  const wanted = rule?.second === null ? 1 : 2
  const [value, second] = values
  if (rule === undefined || value === undefined || values.length !== wanted) {
    const form = `${name}[axis](x${rule?.second ? `, ${rule.second}` : ''})`
    return report(scope, 'ESP1008', expr.callee.span, { name, form, wanted, found: values.length })
  }
  const x = argument(scope, rule, name, value)
  if (axes === null || x === null || (expr.otherwise !== null && otherwise === null)) return errorAt(expr.span)
  const axesSpan = expr.axes[0]?.span ?? expr.span
  if (!hasAxes(scope, x, axes, `\`${name}\``, axesSpan) || x.kind !== 'tensor') return errorAt(expr.span)
  if (!fits(scope, expr, rule, x, axes)) return errorAt(expr.span)
  const by = second === undefined ? null : wholeScalar(scope, second, `\`${name}\``)
  if (second !== undefined && by === null) return errorAt(expr.span)
  return keepEntries(scope, x.domain, rule.build(scope, { span: expr.span, axes, x, otherwise, by }))
}

function argument(scope: Scope, rule: AxisFunction, name: string, value: Elab): Operand | null {
  const use = `\`${name}\``
  const operand =
    rule.takes === 'numbers' ? numeric(scope, value, use) : rule.takes === 'masks' ? mask(scope, value, use) : plain(scope, value)
  return operand === null ? null : unpacked(scope, operand)
}

function fits(scope: Scope, expr: AxisCallExpr, rule: AxisFunction, x: TensorElab, axes: readonly string[]): boolean {
  const name = expr.callee.text
  if (rule.along === 'one-axis' && axes.length !== 1) {
    report(scope, 'ESP1108', expr.axes[0]?.span ?? expr.span, { name, axes: shownAxes(scope, axes), parts: axes.join('`, `') })
    return false
  }
  if (expr.otherwise !== null && rule.nothing === 'no-else') {
    report(scope, 'ESP1215', expr.otherwise.span, { name })
    return false
  }
  if (x.domain !== null && expr.otherwise === null && rule.nothing === 'needs-else') {
    report(
      scope,
      'ESP1214',
      expr.span,
      { name, example: ['argmax', 'argmin'].includes(name) ? '-1' : '0' },
      { related: [{ span: x.span, message: `nothing may be left of ${text(scope, x)} here` }] },
    )
    return false
  }
  return true
}
