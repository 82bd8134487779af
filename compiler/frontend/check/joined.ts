/**
 * Joined axes: `join[token | local](x, y)` is a value of parts, one along each axis, that functions over `[token | local]` treat as
 * one axis of both lengths. Arithmetic on it is arithmetic on every part; a value without these axes goes to each.
 */
import { ONE, ZERO } from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { isFloat } from '../../ir/types.ts'
import type { AxisCallExpr, Expr } from '../ast.ts'
import { isMask, type Elab, type Operand, type PartsElab, type TensorElab } from '../types/value.ts'
import { childrenOf } from './mentions.ts'
import { axisAtoms, hasAxes } from './positions.ts'
import { emit, errorAt, report, type Elaborate, type Scope } from './scope.ts'
import { elementwise, intersect, literal, numeric, plain, tensorOf, unpacked, valueOf } from './values.ts'

/** Whether an expression can be a joined value, by how it is written. */
export function mayBeJoined(scope: Scope, expr: Expr): boolean {
  switch (expr.kind) {
    case 'name':
      return scope.vars.get(expr.name)?.value.kind === 'parts'
    case 'axis-call':
      return expr.form === 'joined' && (expr.callee.text === 'join' || expr.callee.text === 'softmax')
    case 'unary':
    case 'binary':
    case 'compare':
    case 'if':
    case 'where':
      return childrenOf(expr).some((operand) => mayBeJoined(scope, operand))
    case 'call':
      return !scope.fns.has(expr.callee.text) && expr.args.some((arg) => mayBeJoined(scope, arg))
    default:
      return false
  }
}

/** An elementwise expression, once for every part of its joined operands. `build` elaborates it from operands. */
export function overParts(scope: Scope, expr: Expr, elaborate: Elaborate, build: (elaborate: Elaborate) => Elab): Elab {
  const candidates = childrenOf(expr).filter((operand) => mayBeJoined(scope, operand))
  if (candidates.length === 0) return build(elaborate)
  const known = new Map<Expr, Elab>(candidates.map((operand) => [operand, elaborate(scope, operand)]))
  const joined = [...known.values()].filter((value) => value.kind === 'parts')
  const [first] = joined
  const once: Elaborate = (inner, operand) => {
    const value = known.get(operand) ?? elaborate(inner, operand)
    known.set(operand, value)
    return value
  }
  if (first === undefined || first.form !== 'joined') return build(once)
  const names = [...first.parts.keys()]
  const odd = joined.find((value) => [...value.parts.keys()].join() !== names.join())
  if (odd !== undefined) return differentAxes(scope, odd, names, first.span)
  const parts = names.map((name): readonly [string, Elab] => [
    name,
    build((inner, operand) => {
      const value = once(inner, operand)
      return value.kind === 'parts' ? (value.parts.get(name) ?? errorAt(operand.span)) : apart(inner, value, names)
    }),
  ])
  if (parts.some(([, value]) => value.kind === 'error')) return errorAt(expr.span)
  return { kind: 'parts', form: 'joined', parts: new Map(parts), span: expr.span }
}

/** A value that goes to every part must have none of the joined axes: it would belong to one part alone. */
function apart(scope: Scope, value: Elab, names: readonly string[]): Elab {
  if (value.kind !== 'tensor') return value
  const odd = joinedAxisOf(scope, value, names)
  return odd === undefined ? value : report(scope, 'ESP1254', value.span, { found: odd, wanted: names.join(' | ') })
}

const joinedAxisOf = (scope: Scope, value: Operand, names: readonly string[]): string | undefined =>
  value.kind !== 'tensor'
    ? undefined
    : names.find((name) => scope.axes.all.has(name) && scope.axes.atomsOf(name).some((atom) => value.type.axes.includes(atom)))

const differentAxes = (scope: Scope, value: PartsElab, names: readonly string[], first: Span): Elab =>
  report(
    scope,
    'ESP1254',
    value.span,
    { found: [...value.parts.keys()].join(' | '), wanted: names.join(' | ') },
    { related: [{ span: first, message: `this is over \`${names.join(' | ')}\`` }] },
  )

interface Part {
  readonly name: string
  readonly axes: readonly string[]
  readonly x: TensorElab
}

export function joinedCall(scope: Scope, expr: AxisCallExpr, elaborate: Elaborate): Elab {
  const name = expr.callee.text
  const values = expr.args.map((arg) => elaborate(scope, arg))
  if (name === 'join') return join(scope, expr, values)
  const build = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (build === undefined) return report(scope, 'ESP1255', expr.callee.span, { name, known: Object.keys(FUNCTIONS).join('`, `') })
  const [value] = values
  if (value === undefined || values.length !== 1) {
    const form = `${name}[${expr.axes.map((axis) => axis.text).join(' | ')}](x)`
    return report(scope, 'ESP1008', expr.callee.span, { name, form, wanted: 1, found: values.length })
  }
  const otherwise = expr.otherwise && numeric(scope, elaborate(scope, expr.otherwise), '`else`')
  const parts = partsOf(scope, expr, value)
  if (parts === null || (expr.otherwise !== null && otherwise === null)) return errorAt(expr.span)
  if (otherwise !== null && !NEEDS_ELSE.includes(name)) return report(scope, 'ESP1215', otherwise.span, { name })
  const isOpen = parts.some(({ x }) => x.domain !== null)
  if (otherwise === null && isOpen && NEEDS_ELSE.includes(name))
    return report(scope, 'ESP1214', expr.span, { name, example: '0' })
  if (!takesAll(scope, name, parts)) return errorAt(expr.span)
  const steps = new Steps(scope, expr.span, parts)
  const result = build(steps)
  return otherwise === null || result.kind !== 'tensor' ? result : steps.orElse(result, otherwise)
}

const NEEDS_ELSE: readonly string[] = ['max', 'min', 'mean']
const MASKS: readonly string[] = ['any', 'all']
const EITHER: readonly string[] = ['sum', 'count', 'mean']

function takesAll(scope: Scope, name: string, parts: readonly Part[]): boolean {
  if (EITHER.includes(name)) return true
  const wanted = MASKS.includes(name)
  const odd = parts.find(({ x }) => isMask(x) !== wanted)
  if (odd === undefined) return true
  const params = { use: `\`${name}\``, found: `one of ${odd.x.type.dtype}` }
  report(scope, wanted ? 'ESP1202' : 'ESP1201', odd.x.span, params)
  return false
}

function join(scope: Scope, expr: AxisCallExpr, values: readonly Elab[]): Elab {
  const names = expr.axes.map((axis) => axis.text)
  if (values.length !== names.length) {
    const form = `join[${names.join(' | ')}](…)`
    return report(scope, 'ESP1008', expr.callee.span, { name: 'join', form, wanted: names.length, found: values.length })
  }
  const twice = expr.axes.find((axis, place) => names.indexOf(axis.text) < place)
  if (twice !== undefined) return report(scope, 'ESP1102', twice.span, { axis: twice.text, where: 'this list' })
  if (expr.otherwise !== null) return report(scope, 'ESP1215', expr.otherwise.span, { name: 'join' })
  const parts = new Map<string, Elab>()
  for (const [place, axis] of expr.axes.entries()) {
    const atoms = axisAtoms(scope, axis)
    const given = plain(scope, values[place] ?? errorAt(expr.span))
    const dense = given === null ? null : unpacked(scope, given)
    if (atoms === null || dense === null || !hasAxes(scope, dense, atoms, 'the part', axis.span)) return errorAt(expr.span)
    const odd = joinedAxisOf(
      scope,
      dense,
      names.filter((name) => name !== axis.text),
    )
    if (odd !== undefined) {
      const help = `a part has one of the joined axes: reduce over \`${odd}\` first, or rename it`
      return report(scope, 'ESP1254', dense.span, { found: `${axis.text}, ${odd}`, wanted: axis.text }, { help })
    }
    parts.set(axis.text, dense)
  }
  return { kind: 'parts', form: 'joined', parts, span: expr.span }
}

function partsOf(scope: Scope, expr: AxisCallExpr, value: Elab): readonly Part[] | null {
  if (value.kind === 'error') return null
  const names = expr.axes.map((axis) => axis.text)
  const own = value.kind === 'parts' && value.form === 'joined' ? value.parts : null
  if (own === null || own.size !== names.length || !names.every((name) => own.has(name))) {
    const found = own === null ? 'no joined axes' : [...own.keys()].join(' | ')
    report(scope, 'ESP1254', value.span, { found, wanted: names.join(' | ') })
    return null
  }
  const parts: Part[] = []
  for (const axis of expr.axes) {
    const atoms = axisAtoms(scope, axis)
    const operand = plain(scope, own.get(axis.text) ?? errorAt(expr.span))
    const x = operand === null ? null : tensorOf(scope, operand)
    if (atoms === null || x === null || !hasAxes(scope, x, atoms, 'the part', axis.span)) return null
    parts.push({ name: axis.text, axes: atoms, x })
  }
  return parts
}

/** The steps that functions over joined axes are made of. An error value silences what is built on it. */
class Steps {
  private readonly scope: Scope
  private readonly span: Span
  readonly parts: readonly Part[]

  constructor(scope: Scope, span: Span, parts: readonly Part[]) {
    this.scope = scope
    this.span = span
    this.parts = parts
  }

  op(name: string, ...operands: readonly Elab[]): Elab {
    const given = operands.filter((value): value is Operand => value.kind === 'tensor' || value.kind === 'scalar')
    return given.length < operands.length ? errorAt(this.span) : elementwise(this.scope, this.span, name, given)
  }

  int = (value: 0 | 1): Elab => literal(this.scope, value === 0 ? ZERO : ONE, 'int', this.span)

  /** Every part reduced, and the results combined; without a domain. */
  reduce(kind: string, combine: string, of: (x: TensorElab) => Elab = (x) => x): Elab {
    const results = this.parts.map(({ x, axes }) => this.reducePart(kind, axes, of(x), x.domain))
    return results.reduce((all, one) => this.op(combine, all, one))
  }

  private reducePart(kind: string, axes: readonly string[], value: Elab, where: ValueId | null): Elab {
    if (value.kind !== 'tensor') return errorAt(this.span)
    const id = emit(this.scope, this.span, 'reduce', [value.id, where ?? NONE, NONE], { kind, axes }, [value])
    return valueOf(this.scope, id, this.span)
  }

  real(x: TensorElab): Elab {
    if (isFloat(x.type.dtype)) return { ...x, domain: null }
    return valueOf(this.scope, emit(this.scope, this.span, 'convert', [x.id], { to: 'f32' }, [x]), this.span)
  }

  count(): Elab {
    const one = literal(this.scope, ONE, 'int', this.span)
    return this.reduce('sum', 'add', (x) =>
      valueOf(this.scope, emit(this.scope, this.span, 'broadcast', [one.id], { axes: x.type.axes, dtype: 'i32' }), this.span),
    )
  }

  /** The largest of all parts, or 0 when that is not finite. */
  peak(): Elab {
    const largest = this.reduce('max', 'max', (x) => this.real(x))
    return this.op('select', this.op('eq', this.op('sub', largest, largest), this.int(0)), largest, this.int(0))
  }

  weight = (x: TensorElab, peak: Elab): Elab => this.op('exp', this.op('sub', this.real(x), peak))

  orElse(result: TensorElab, otherwise: Operand): Elab {
    return this.op('select', this.op('gt', this.count(), this.int(0)), result, otherwise)
  }

  joined(build: (x: TensorElab) => Elab): Elab {
    const parts = this.parts.map(({ name, x }) => [name, this.masked(build(x), x.domain)] as const)
    if (parts.some(([, value]) => value.kind === 'error')) return errorAt(this.span)
    return { kind: 'parts', form: 'joined', parts: new Map(parts), span: this.span }
  }

  private masked(value: Elab, domain: ValueId | null): Elab {
    if (value.kind !== 'tensor' || domain === null) return value
    return valueOf(
      this.scope,
      emit(this.scope, this.span, 'mask', [value.id, intersect(this.scope, this.span, domain) ?? NONE]),
      this.span,
    )
  }
}

function softmax(steps: Steps): Elab {
  const peak = steps.peak()
  const weights = new Map(steps.parts.map(({ x }) => [x, steps.weight(x, peak)]))
  const total = steps.reduce('sum', 'add', (x) => weights.get(x)!)
  const divisor = steps.op('select', steps.op('eq', total, steps.int(0)), steps.int(1), total)
  return steps.joined((x) => steps.op('div', weights.get(x)!, divisor))
}

function lse(steps: Steps): Elab {
  const peak = steps.peak()
  return steps.op(
    'add',
    steps.op(
      'log',
      steps.reduce('sum', 'add', (x) => steps.weight(x, peak)),
    ),
    peak,
  )
}

const FUNCTIONS: Readonly<Record<string, (steps: Steps) => Elab>> = {
  sum: (steps) => steps.reduce('sum', 'add'),
  count: (steps) => (steps.parts.every(({ x }) => isMask(x)) ? steps.reduce('count', 'add') : steps.count()),
  max: (steps) => steps.reduce('max', 'max'),
  min: (steps) => steps.reduce('min', 'min'),
  any: (steps) => steps.reduce('any', 'or'),
  all: (steps) => steps.reduce('all', 'and'),
  mean: (steps) =>
    steps.op(
      'div',
      steps.reduce('sum', 'add', (x) => steps.real(x)),
      steps.op('max', steps.count(), steps.int(1)),
    ),
  norm: (steps) => {
    const square = (x: TensorElab): Elab => steps.op('mul', steps.real(x), steps.real(x))
    return steps.op('sqrt', steps.reduce('sum', 'add', square))
  },
  lse,
  softmax,
}
