/**
 * `iterate n times with (…) { … }` and `for i in axis with (…) { … }`. What is carried has one type in all steps, found by
 * trial: the body is elaborated with the types of the initial values, and again with wider ones for as long as what it
 * gives for the next step is wider. Numbers of the host in the body do not depend on the step and move out of it.
 */
import { MOST_STEPS } from '../../../abi/loop-steps.ts'
import * as exact from '../../../abi/rational.ts'
import { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Block, BlockParam, ValueId } from '../../ir/node.ts'
import { mergeAxes, promote } from '../../ir/ops/type-rules.ts'
import { tensor, type ScalarType, type TensorType } from '../../ir/types.ts'
import type { Carried, FoldExpr, IterateExpr, Name } from '../ast.ts'
import type { Elab, Operand, ScalarElab } from '../types/value.ts'
import { isFree } from './naming.ts'
import { axisAtoms, extentOf } from './positions.ts'
import { emit, errorAt, report, text, type Elaborate, type Scope } from './scope.ts'
import { at, filled, plain, unpacked, valueOf, wholeScalar } from './values.ts'

type Loop = IterateExpr | FoldExpr

/** Expressions of one entry, calls expanded and trials counted. */
const MAX_WORK = 20_000

export function iterateExpr(scope: Scope, expr: IterateExpr, elaborate: Elaborate): Elab {
  const times = wholeScalar(scope, elaborate(scope, expr.times), '`times`')
  if (times === null) return errorAt(expr.span)
  const known = exact.isRational(times.known) ? times.known : null
  if (known !== null && (known.n < 0n || exact.compare(known, exact.rational(MOST_STEPS)) > 0))
    return report(scope, 'ESP1273', times.span, { found: exact.toText(known), most: MOST_STEPS })
  return loopExpr(scope, expr, expr.step, times, elaborate)
}

/** One step for every position of an axis, in order. */
export function foldExpr(scope: Scope, expr: FoldExpr, elaborate: Elaborate): Elab {
  const atoms = axisAtoms(scope, expr.axis)
  if (atoms === null) return errorAt(expr.span)
  return loopExpr(scope, expr, expr.position, extentOf(scope, atoms, expr.axis.span), elaborate)
}

/** A carried value on its way to its type. */
interface Start {
  readonly name: Name
  readonly init: Operand
  /** Null before the first trial: a number of the host adapts to what it meets. */
  readonly type: TensorType | null
}

function loopExpr(scope: Scope, expr: Loop, step: Name | null, times: ScalarElab, elaborate: Elaborate): Elab {
  const starts = startValues(scope, expr, elaborate)
  if (starts === null || !eachHasNext(scope, expr) || !namesAreFree(scope, expr, step)) return errorAt(expr.span)
  const settled = settle(scope, expr, step, starts, elaborate)
  if (settled === null) return errorAt(expr.span)
  const inits = settled.starts.map(({ init, type }) => fitted(scope, init, type))
  if (inits.includes(null)) return errorAt(expr.span)
  const block = withoutScalars(scope, settled.trial.block)
  for (const [axis, extent] of settled.trial.scope.extents) scope.extents.set(axis, extent)
  for (const [axis, made] of settled.trial.scope.made) scope.made.set(axis, made)
  scope.builder.at(expr.span)
  const operands = [times.id, ...inits.map((id) => id ?? -1)]
  const results = scope.builder.emitAll('iterate', operands, {}, [block])
  const parts = starts.map(({ name }, i): [string, Elab] => [name.text, valueOf(scope, results[i] ?? null, expr.span)])
  const [[, only] = ['', errorAt(expr.span)], ...others] = parts
  return others.length === 0 ? at(only, expr.span) : { kind: 'parts', form: 'record', parts: new Map(parts), span: expr.span }
}

/** What the loop starts from: dense, absent entries zero. */
function startValues(scope: Scope, expr: Loop, elaborate: Elaborate): readonly Start[] | null {
  const starts = expr.carried.map(({ name, value }): Start | null => {
    const init = present(scope, elaborate(scope, value))
    if (init === null) return null
    const isNumber = init.kind === 'scalar' && init.scalar !== 'bool'
    return { name, init, type: init.kind === 'tensor' ? init.type : isNumber ? null : tensor('bool', []) }
  })
  return starts.includes(null) ? null : starts.filter((start) => start !== null)
}

function present(scope: Scope, value: Elab): Operand | null {
  const operand = plain(scope, value)
  const dense = operand === null ? null : unpacked(scope, operand)
  return dense?.kind === 'tensor' ? filled(scope, dense) : dense
}

function eachHasNext(scope: Scope, expr: Loop): boolean {
  let complete = true
  const refuse = (name: Name, why: 'no next' | 'not carried' | 'twice'): void => {
    complete = false
    report(scope, 'ESP1271', name.span, { name: name.text, why })
  }
  const has = (list: readonly Carried[], name: Name): boolean => list.some((one) => one.name.text === name.text)
  for (const { name } of expr.carried) if (!has(expr.next, name)) refuse(name, 'no next')
  expr.next.forEach(({ name }, i) => {
    if (!has(expr.carried, name)) refuse(name, 'not carried')
    else if (has(expr.next.slice(0, i), name)) refuse(name, 'twice')
  })
  return complete
}

/** The step, what is carried and the values of one step: each name once, and none that is visible already. */
function namesAreFree(scope: Scope, expr: Loop, step: Name | null): boolean {
  const inside: Scope = { ...scope, vars: new Map(scope.vars) }
  const names = [...(step === null ? [] : [step]), ...expr.carried.map(({ name }) => name), ...expr.lets.map(({ name }) => name)]
  const free = names.map((name) => {
    const isNew = isFree(inside, name)
    if (isNew) inside.vars.set(name.text, { kind: 'variable', value: errorAt(name.span), span: name.span })
    return isNew
  })
  return !free.includes(false)
}

interface Trial {
  readonly scope: Scope
  readonly sink: DiagnosticSink
  readonly block: Block
  /** What each carried value becomes, before it was given its type; null where there was an error. */
  readonly next: readonly (Operand | null)[]
}

/** Elaborates the body until the types of what is carried are those of what it gives. Reports of the last trial count. */
function settle(
  scope: Scope,
  expr: Loop,
  step: Name | null,
  initial: readonly Start[],
  elaborate: Elaborate,
): { readonly trial: Trial; readonly starts: readonly Start[] } | null {
  let starts = initial
  for (;;) {
    const trial = tryBody(scope, expr, step, starts, elaborate)
    const wider = starts.map((start, i) => widened(start, trial.next[i] ?? null))
    const clash = wider.indexOf('clash')
    const changed = wider.some((type, i) => type !== null && type !== 'clash' && !sameTensor(type, starts[i]?.type ?? null))
    const isLast = clash >= 0 || !changed || scope.load.work > MAX_WORK
    if (isLast) for (const diagnostic of trial.sink.list()) scope.sink.add(diagnostic)
    if (clash >= 0) return clashes(scope, expr, starts[clash], trial.next[clash] ?? null)
    if (!isLast) {
      starts = starts.map((start, i): Start => ({ ...start, type: (wider[i] as TensorType | null) ?? start.type }))
      continue
    }
    if (changed) report(scope, 'ESP1011', expr.span, { name: expr.kind, limit: `becomes more than ${MAX_WORK} expressions` })
    return changed || trial.sink.hasErrors || trial.next.includes(null) ? null : { trial, starts }
  }
}

function clashes(scope: Scope, expr: Loop, start: Start | undefined, next: Operand | null): null {
  if (start === undefined || next === null) return null
  const [name, first] = [start.name.text, text(scope, start.init)]
  const related = [{ span: start.init.span, message: `it starts as ${first}` }]
  const span = expr.next.find((one) => one.name.text === name)?.value.span ?? next.span
  report(scope, 'ESP1272', span, { name, first, next: text(scope, next) }, { related })
  return null
}

function tryBody(scope: Scope, expr: Loop, step: Name | null, starts: readonly Start[], elaborate: Elaborate): Trial {
  const sink = new DiagnosticSink()
  const inside: Scope = {
    ...scope,
    sink,
    extents: new Map(scope.extents),
    made: new Map(scope.made),
    numbering: new Map(scope.numbering),
    vars: new Map(scope.vars),
    loop: expr.span,
  }
  const bind = (name: Name, value: Elab): void => {
    inside.vars.set(name.text, { kind: 'variable', value, span: name.span })
    scope.observe?.(name.span, value, inside)
  }
  const params: BlockParam[] = [scope.builder.param(step?.text ?? 'step', tensor('i32', []))]
  if (step !== null) bind(step, valueOf(inside, params[0]?.id ?? null, step.span))
  for (const { name, init, type } of starts) {
    const param = scope.builder.param(name.text, type ?? tensor('i32', []))
    params.push(param)
    bind(name, type === null ? adaptable(init) : valueOf(inside, param.id, name.span))
  }
  const next: (Operand | null)[] = []
  const block = scope.builder.block(params, () => {
    for (const { name, value } of expr.lets) bind(name, elaborate(inside, value))
    for (const { name } of starts) {
      const value = expr.next.find((one) => one.name.text === name.text)?.value
      next.push(value === undefined ? null : present(inside, elaborate(inside, value)))
    }
    return starts.map(({ type }, i) => fitted(inside, next[i] ?? null, type) ?? -1)
  })
  return { scope: inside, sink, block, next }
}

/** A number of the host that stands for all that may be carried in its place. */
const adaptable = (init: Operand): Operand => (init.kind === 'scalar' ? { ...init, known: null } : init)

/** The type that holds what is carried so far and the next value; null when that is not known, because of an error. */
function widened(start: Start, next: Operand | null): TensorType | 'clash' | null {
  if (next === null) return null
  const before: TensorType | ScalarType =
    start.type ?? (start.init.kind === 'scalar' ? { kind: 'scalar', scalar: start.init.scalar } : start.init.type)
  const after = next.kind === 'tensor' ? next.type : ({ kind: 'scalar', scalar: next.scalar } as const)
  const dtype = joinedDType(before, after)
  if (dtype === null) return 'clash'
  const [mine, others] = [before, after].map((type) => (type.kind === 'tensor' ? type.axes : []))
  return tensor(dtype, mergeAxes([mine ?? [], others ?? []]))
}

function joinedDType(a: TensorType | ScalarType, b: TensorType | ScalarType): TensorType['dtype'] | null {
  const isMask = (type: TensorType | ScalarType): boolean => (type.kind === 'tensor' ? type.dtype : type.scalar) === 'bool'
  if (isMask(a) !== isMask(b)) return null
  if (isMask(a)) return 'bool'
  if (a.kind === 'tensor' && b.kind === 'tensor' && a.dtype === b.dtype) return a.dtype
  const joined = promote([a, b])
  return typeof joined === 'string' ? joined : null
}

const sameTensor = (a: TensorType, b: TensorType | null): boolean => a.dtype === b?.dtype && a.axes.join() === b.axes.join()

/** The value with exactly this type; null when it is missing, or wider. */
function fitted(scope: Scope, value: Operand | null, type: TensorType | null): ValueId | null {
  if (value === null || type === null) return null
  if (value.kind === 'tensor' && sameTensor(value.type, type)) return value.id
  const own = value.kind === 'tensor' ? value.type.axes : []
  if (own.some((axis) => !type.axes.includes(axis))) return null
  return emit(scope, value.span, 'broadcast', [value.id], { axes: type.axes, dtype: type.dtype }, [value])
}

/** The body without its numbers of the host, which come before it: axes may have their extent from them. */
function withoutScalars({ builder }: Scope, block: Block): Block {
  const nodes = block.nodes.filter((node) => {
    const ids = [...node.operands, ...node.results.map(({ id }) => id)]
    const isHost = ids.every((id) => id < 0 || builder.typeOf(id).kind === 'scalar')
    if (isHost) builder.append(node)
    return !isHost
  })
  return { ...block, nodes }
}
