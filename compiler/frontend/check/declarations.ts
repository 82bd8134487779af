/** The declarations of a policy: parameters, states, functions, inputs of entries. Bodies are elaborated elsewhere. */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { PolicyParam } from '../../ir/node.ts'
import type { EntryDecl, FnDecl, InputDecl, Name, ParamDecl, ParamType, PolicyDecl, StateDecl, TypeExpr } from '../ast.ts'
import { formatOf } from '../types/format.ts'
import { guess } from '../types/suggestion.ts'
import { declareAxes } from './axis-declarations.ts'
import { constantNumber, constantOf, paramText } from './constants.ts'
import { builtinNames } from './expr.ts'
import { duplicate, shadowing } from './naming.ts'
import type { FnInfo, FnTable, ParamInfo, PolicyInfo, StateInfo } from './scope.ts'
import type { EntryInput, InputDType } from './signature.ts'

export function declarePolicy(sink: DiagnosticSink, decl: PolicyDecl, fileFns: FnTable): PolicyInfo {
  const params = declareParams(sink, decl.params)
  const states = declareStates(sink, decl, params)
  const axes = declareAxes(sink, decl, params, states)
  return { decl, params, states, axes, fns: policyFns(sink, decl, fileFns, params) }
}

function declareParams(sink: DiagnosticSink, decls: readonly ParamDecl[]): ReadonlyMap<string, ParamInfo> {
  const params = new Map<string, ParamInfo>()
  for (const { name, doc, type, default: given } of decls) {
    const first = params.get(name.text)
    if (first !== undefined) {
      duplicate(sink, 'parameter', name, first.span)
      continue
    }
    const kind = paramKind(sink, type)
    const text = given === null ? null : paramText(sink, name.text, kind, given)
    params.set(name.text, { param: { name: name.text, doc, type: kind, default: text }, span: name.span })
  }
  return params
}

function paramKind(sink: DiagnosticSink, type: ParamType): PolicyParam['type'] {
  if (type.kind === 'scalar') return { kind: type.scalar }
  const seen = new Map<string, Name>()
  for (const choice of type.choices) {
    const first = seen.get(choice.text)
    if (first !== undefined) duplicate(sink, 'alternative', choice, first.span)
    else seen.set(choice.text, choice)
  }
  return { kind: 'choice', choices: [...seen.keys()] }
}

function declareStates(
  sink: DiagnosticSink,
  policy: PolicyDecl,
  params: ReadonlyMap<string, ParamInfo>,
): ReadonlyMap<string, StateInfo> {
  const states = new Map<string, StateInfo>()
  for (const item of policy.items) {
    if (item.kind !== 'state') continue
    for (const name of item.names) {
      const first = states.get(name.text)?.name.span ?? params.get(name.text)?.span
      if (first !== undefined) duplicate(sink, 'name', name, first)
      else states.set(name.text, stateOf(sink, item, name))
    }
  }
  return states
}

function stateOf(sink: DiagnosticSink, { doc, type, initial }: StateDecl, name: Name): StateInfo {
  if (type.format !== null) sink.report('ESP1221', type.format.span, { name: name.text })
  const dtype = dtypeOf(sink, type.dtype)
  if (dtype === 'float')
    sink.report('ESP1205', type.dtype.span, { name: 'float' }, { help: 'a state has one definite dtype: `f32`, mostly' })
  const definite = dtype === null || dtype === 'float' ? 'f32' : dtype
  const axisNames = type.axes.filter((axis, place) => {
    const twice = type.axes.findIndex((other) => other.text === axis.text) < place
    if (twice) sink.report('ESP1102', axis.span, { axis: axis.text, where: `\`${name.text}\`` })
    return !twice
  })
  const value = constantOf(initial)
  const number = value === null ? null : constantNumber(value)
  const whole = definite === 'f32' || definite === 'f16' || definite === 'bf16' || Number.isInteger(number)
  const fits = number !== null && whole && value?.kind !== 'ratio' && (value?.kind === 'bool') === (definite === 'bool')
  if (!fits) sink.report('ESP1212', initial.span, { name: name.text, dtype: definite })
  return {
    name,
    doc,
    dtype: definite,
    axisNames,
    axes: axisNames.map((axis) => axis.text),
    initial: fits ? number : 0,
    span: name.span,
  }
}

const DTYPES: readonly string[] = ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool', 'float'] satisfies InputDType[]

export function dtypeOf(sink: DiagnosticSink, name: Name): InputDType | null {
  if (DTYPES.includes(name.text)) return name.text as InputDType
  sink.report('ESP1205', name.span, { name: name.text }, guess(name.text, DTYPES))
  return null
}

/** Functions of the policy over those of the file. Both see each other; a name that is taken is refused. */
function policyFns(sink: DiagnosticSink, policy: PolicyDecl, fileFns: FnTable, params: ReadonlyMap<string, ParamInfo>): FnTable {
  const table = new Map(fileFns)
  for (const item of policy.items) if (item.kind === 'fn') addFunction(sink, table, item, 'policy', table)
  for (const info of table.values()) if (info.home === 'policy') checkFunction(sink, info, params)
  return table
}

export function addFunction(
  sink: DiagnosticSink,
  table: Map<string, FnInfo>,
  decl: FnDecl,
  home: FnInfo['home'],
  visible: FnTable,
): void {
  const first = table.get(decl.name.text)
  if (builtinNames.has(decl.name.text)) sink.report('ESP1017', decl.name.span, { name: decl.name.text })
  else if (first !== undefined) duplicate(sink, 'function', decl.name, first.decl.name.span)
  else table.set(decl.name.text, { decl, home, visible })
}

/** Names that a function declares: each once, and none that hides a parameter of its policy. */
export function checkFunction(sink: DiagnosticSink, { decl }: FnInfo, params: ReadonlyMap<string, ParamInfo> = new Map()): void {
  const seen = new Map<string, Name>()
  for (const name of [...decl.params, ...decl.lets.map((statement) => statement.name)]) {
    const first = seen.get(name.text)
    const hidden = params.get(name.text)
    if (first !== undefined)
      sink.report('ESP1004', name.span, { name: name.text }, { related: [{ span: first.span, message: 'first here' }] })
    else if (hidden !== undefined) shadowing(sink, name, 'parameter', hidden.span)
    seen.set(name.text, first ?? name)
  }
  const axes = new Map<string, Name>()
  for (const axis of decl.axes) {
    const first = axes.get(axis.text)
    if (first !== undefined) duplicate(sink, 'axis', axis, first.span)
    axes.set(axis.text, first ?? axis)
  }
}

/** Inputs of an entry that have a usable type, in order. */
export function declareInputs(sink: DiagnosticSink, policy: PolicyInfo, entry: EntryDecl): readonly EntryInput[] {
  const seen = new Map<string, Name>()
  const out: EntryInput[] = []
  for (const input of entry.inputs) {
    const { name } = input
    const first = seen.get(name.text)
    if (first !== undefined) {
      duplicate(sink, 'input', name, first.span)
      continue
    }
    seen.set(name.text, name)
    refuseHidden(sink, policy, name)
    const checked = inputOf(sink, input)
    if (checked !== null) out.push(checked)
  }
  return out
}

/** A parameter or state of the policy that an input would hide. */
function refuseHidden(sink: DiagnosticSink, policy: PolicyInfo, name: Name): void {
  const param = policy.params.get(name.text)
  const state = policy.states.get(name.text)
  if (param !== undefined)
    shadowing(sink, name, 'parameter', param.span, 'a call may override a parameter without declaring it again')
  if (state !== undefined) shadowing(sink, name, 'state', state.span)
}

function inputOf(sink: DiagnosticSink, { name, type }: InputDecl): EntryInput | null {
  if (type.kind === 'tensor') return tensorInput(sink, name, type)
  if (type.kind === 'scalar') return { kind: 'scalar', name: name.text, type: type.scalar, span: name.span }
  if (type.kind === 'index') return { kind: 'index', name: name.text, axis: type.axis, span: name.span }
  sink.report('ESP1222', type.span, { name: name.text })
  return null
}

function tensorInput(sink: DiagnosticSink, name: Name, type: TypeExpr): EntryInput {
  const dtype = dtypeOf(sink, type.dtype)
  const packed = type.format === null ? null : formatOf(sink, type.format)
  const format = packed === 'dense' ? null : packed
  // A type with an error is read as f32, so that the axes are known to everything else.
  return {
    kind: 'tensor',
    name: name.text,
    dtype: dtype ?? 'f32',
    axes: type.axes.map((axis) => axis.text),
    format,
    over: format === null ? null : (type.format?.over ?? null),
    span: name.span,
  }
}
