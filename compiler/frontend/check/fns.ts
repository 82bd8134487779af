/**
 * Calls of functions of the user. A function has no types of its own: it is elaborated for the axes and types of each call.
 * Pure arithmetic becomes a function of the module and a `call`, once per signature. A body that selects, stores or renames
 * is elaborated in place, because what is known of masks and axes must stay known to the caller.
 */
import { isRational, toText } from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import { FuncBuilder } from '../../ir/builder.ts'
import type { Attr, Axis, Func, FuncOutput, FuncParam, Node, ValueId } from '../../ir/node.ts'
import { ops } from '../../ir/ops/index.ts'
import type { Type } from '../../ir/types.ts'
import type { AxisCallExpr, CallExpr, Expr, FnDecl, Name } from '../ast.ts'
import type { Elab } from '../types/value.ts'
import { functionMentions } from './mentions.ts'
import { axisAtoms } from './positions.ts'
import { errorAt, report, type Elaborate, type FnInfo, type Instance, type Scope, type Variable } from './scope.ts'
import { at, literal, plain } from './values.ts'

const MAX_CALL_DEPTH = 32
/** Expressions of one entry, calls expanded. */
const MAX_WORK = 20_000

export function callUser(
  scope: Scope,
  info: FnInfo,
  expr: CallExpr | AxisCallExpr,
  axes: readonly Name[],
  argExprs: readonly Expr[],
  elaborate: Elaborate,
): Elab {
  const { decl } = info
  const args = argExprs.map((arg) => elaborate(scope, arg))
  if (!callable(scope, info, expr, axes.length, args.length)) return errorAt(expr.span)
  const atoms = axes.map((axis) => axisAtoms(scope, axis))
  if (atoms.includes(null) || args.some((arg) => arg.kind === 'error')) return errorAt(expr.span)
  const axisArgs = new Map(decl.axes.map((axis, place) => [axis.text, atoms[place] ?? []]))
  decl.params.forEach(({ span }, place) => scope.observe?.(span, args[place] ?? errorAt(span), scope))
  const frames = [...scope.frames, { decl, call: expr.span }]
  const kinds = functionMentions(info).kinds
  const result =
    args.some((arg) => arg.kind === 'parts') || IN_PLACE.some((kind) => kinds.has(kind))
      ? inPlace({ ...scope, frames, axisArgs, fns: info.visible }, info, args, elaborate)
      : outOfLine({ ...scope, frames, axisArgs, fns: info.visible }, scope, info, args, expr.span, elaborate)
  if (scope.load.work > MAX_WORK)
    return report(scope, 'ESP1011', expr.span, { name: decl.name.text, limit: `becomes more than ${MAX_WORK} expressions` })
  return at(result, expr.span)
}

const IN_PLACE = ['select', 'position', 'pack', 'compact', 'unpack', 'rename', 'iterate', 'fold'] as const

function callable(scope: Scope, { decl }: FnInfo, expr: CallExpr | AxisCallExpr, axes: number, args: number): boolean {
  const name = decl.name.text
  const related = [{ span: decl.name.span, message: `\`${name}\` is defined here` }]
  const list = (names: readonly Name[]): string => names.map((param) => param.text).join(', ')
  const form = `${name}${decl.axes.length === 0 ? '' : `[${list(decl.axes)}]`}(${list(decl.params)})`
  if (axes !== decl.axes.length) report(scope, 'ESP1009', expr.callee.span, { name, form }, { related })
  else if (args !== decl.params.length)
    report(scope, 'ESP1008', expr.callee.span, { name, form, wanted: decl.params.length, found: args }, { related })
  else if (scope.frames.some((frame) => frame.decl === decl)) report(scope, 'ESP1010', expr.callee.span, { name }, { related })
  else if (scope.frames.length >= MAX_CALL_DEPTH)
    report(scope, 'ESP1011', expr.callee.span, { name, limit: `nests more than ${MAX_CALL_DEPTH} calls` })
  else return scope.load.work <= MAX_WORK
  return false
}

function body(scope: Scope, decl: FnDecl, elaborate: Elaborate): Elab {
  for (const { name, value } of decl.lets) {
    const result = elaborate(scope, value)
    scope.observe?.(name.span, result, scope)
    if (!scope.vars.has(name.text)) scope.vars.set(name.text, { kind: 'variable', value: result, span: name.span })
  }
  return elaborate(scope, decl.result)
}

const variables = (decl: FnDecl, values: readonly Elab[]): Map<string, Variable> =>
  new Map(
    decl.params.map((param, place) => [
      param.text,
      { kind: 'variable', value: values[place] ?? errorAt(param.span), span: param.span },
    ]),
  )

const NOTHING = (): null => null

function inPlace(scope: Scope, { decl, home }: FnInfo, args: readonly Elab[], elaborate: Elaborate): Elab {
  return body({ ...scope, vars: variables(decl, args), capture: home === 'policy' ? scope.capture : NOTHING }, decl, elaborate)
}

function outOfLine(scope: Scope, caller: Scope, info: FnInfo, args: readonly Elab[], span: Span, elaborate: Elaborate): Elab {
  const key = JSON.stringify([
    info.decl.span.source,
    info.decl.span.start,
    [...scope.axisArgs.values()],
    args.map((arg) => argumentKey(scope, arg)),
  ])
  const instances = scope.instances.made
  let instance = instances.get(key)
  if (instance === undefined) {
    instance = makeInstance(scope, info, args, elaborate)
    instances.set(key, instance)
  }
  if (instance.kind === 'failed') return errorAt(span)
  if (instance.kind === 'constant') return constant(caller, instance.value, span)
  caller.load.work += instance.weight
  const captured = instance.captured.map((name) => caller.capture(name)).filter((value) => value?.kind === 'scalar')
  const operands = [...args.flatMap(argumentIds), ...captured.map((value) => value.id)]
  const results = instance.func.outputs.map((_, place) => instance.results[place] ?? null)
  caller.builder.at(span)
  const attrs = { callee: instance.func.name, results: results as unknown as readonly Attr[] }
  const [id, domain] = caller.builder.emitAll('call', operands, attrs)
  return resultOf(caller, id, domain, span)
}

function resultOf(scope: Scope, id: ValueId | undefined, domain: ValueId | undefined, span: Span): Elab {
  if (id === undefined) return errorAt(span)
  const type = scope.builder.typeOf(id)
  if (type.kind === 'scalar') return { kind: 'scalar', id, scalar: type.scalar, known: null, span }
  if (type.kind === 'tensor') return { kind: 'tensor', id, type, domain: domain ?? null, selection: null, span }
  return errorAt(span)
}

const constant = (scope: Scope, value: Elab, span: Span): Elab =>
  value.kind === 'scalar' && value.known !== null ? literal(scope, value.known, value.scalar, span) : at(value, span)

/** Known scalars and choices are part of the signature: the function is elaborated with their value. */
function argumentKey(scope: Scope, arg: Elab): unknown {
  switch (arg.kind) {
    case 'tensor':
      return [arg.type, arg.domain === null ? null : scope.builder.typeOf(arg.domain)]
    case 'scalar':
      return [arg.scalar, isRational(arg.known) ? toText(arg.known) : arg.known]
    case 'choice':
      return [arg.name, arg.value]
    case 'error':
      return null
  }
}

function argumentIds(arg: Elab): readonly ValueId[] {
  if (arg.kind === 'tensor') return arg.domain === null ? [arg.id] : [arg.id, arg.domain]
  return arg.kind === 'scalar' && arg.known === null ? [arg.id] : []
}

function makeInstance(outer: Scope, info: FnInfo, args: readonly Elab[], elaborate: Elaborate): Instance {
  const params: FuncParam[] = []
  const captured = new Map<string, Elab>()
  const scope = calleeScope(outer, info, params, captured)
  info.decl.params.forEach((name, place) => {
    const arg = args[place] ?? errorAt(name.span)
    scope.vars.set(name.text, { kind: 'variable', value: parameter(scope, outer, name, arg, params), span: name.span })
  })
  const result = body(scope, info.decl, elaborate)
  if (result.kind === 'choice' || (result.kind === 'scalar' && result.known !== null)) return { kind: 'constant', value: result }
  const value = plain(scope, result)
  if (value === null) return { kind: 'failed' }
  const ids = value.kind === 'tensor' && value.domain !== null ? [value.id, value.domain] : [value.id]
  const func = finish(scope, info.decl, params, ids)
  outer.instances.funcs.push(func)
  return {
    kind: 'made',
    func,
    results: ids.map((id) => scope.builder.typeOf(id)),
    captured: [...captured.keys()],
    weight: scope.load.work,
  }
}

/** A scope around a new builder. Policy parameters that the body reads become parameters of the function. */
function calleeScope(outer: Scope, info: FnInfo, params: FuncParam[], captured: Map<string, Elab>): Scope {
  const builder = new FuncBuilder(ops)
  const capture = (name: string): Elab | null => {
    const before = captured.get(name)
    if (before !== undefined) return before
    const value = outer.capture(name)
    if (value?.kind !== 'scalar') return value
    const param = builder.param(name, { kind: 'scalar', scalar: value.scalar })
    params.push({ ...param, role: 'param', axes: [] })
    const inside: Elab = { ...value, id: param.id }
    captured.set(name, inside)
    return inside
  }
  return {
    ...outer,
    builder,
    extents: new Map([...outer.extents.keys()].map((axis) => [axis, { kind: 'bound' }])),
    made: new Map(),
    ragged: new Map(),
    numbering: new Map(),
    vars: new Map(),
    capture: info.home === 'policy' ? capture : NOTHING,
    load: { work: 0, depth: outer.load.depth },
  }
}

function parameter(scope: Scope, outer: Scope, name: Name, arg: Elab, params: FuncParam[]): Elab {
  if (arg.kind === 'scalar' && arg.known !== null) return literal(scope, arg.known, arg.scalar, arg.span)
  if (arg.kind !== 'tensor' && arg.kind !== 'scalar') return arg
  const add = (label: string, type: Type): ValueId => {
    const param = scope.builder.param(label, type)
    const axes = type.kind === 'tensor' ? type.axes.map((axis) => ({ name: axis, atoms: [axis] })) : []
    params.push({ ...param, role: type.kind === 'tensor' ? 'input' : 'argument', axes })
    return param.id
  }
  if (arg.kind === 'scalar') return { ...arg, id: add(name.text, { kind: 'scalar', scalar: arg.scalar }) }
  const id = add(name.text, arg.type)
  const domain = arg.domain === null ? null : add(`${name.text}_where`, outer.builder.typeOf(arg.domain))
  return { ...arg, id, domain, selection: null }
}

function finish(scope: Scope, decl: FnDecl, params: readonly FuncParam[], ids: readonly ValueId[]): Func {
  const nodes = scope.builder.take()
  const outputs = ids.map((id, place): FuncOutput => {
    const type = scope.builder.typeOf(id)
    const axes = type.kind === 'tensor' ? type.axes.map((axis) => ({ name: axis, atoms: [axis] })) : []
    return { name: place === 0 ? 'result' : 'present', role: 'output', value: id, axes }
  })
  return {
    name: scope.instances.name(decl.name.text),
    role: 'fn',
    doc: decl.doc,
    variant: {},
    params,
    axes: axesOf(params, nodes),
    body: { params: params.map(({ id, type, name }) => ({ id, type, name })), nodes, yields: ids },
    outputs,
    span: decl.span,
  }
}

/** Axes that the function computes over or asks the size of. */
function axesOf(params: readonly FuncParam[], nodes: readonly Node[]): readonly Axis[] {
  const types = [...params.map((param) => param.type), ...nodes.flatMap((node) => node.results.map((result) => result.type))]
  const names = new Set(types.flatMap((type) => (type.kind === 'tensor' ? type.axes : [])))
  for (const { attrs } of nodes) if (typeof attrs['axis'] === 'string') names.add(attrs['axis'])
  return [...names].map((name) => ({ name, extent: { kind: 'bound' } }))
}
