/**
 * An entry of a policy to functions of the policy-level IR, one per variant. Elaborating and lowering are one walk: the
 * builder's type rules are the last word on types, so the two cannot disagree.
 */
import { FuncBuilder } from '../ir/builder.ts'
import type { AxisExtent, Func, FuncParam, ValueId } from '../ir/node.ts'
import { ops } from '../ir/ops/index.ts'
import type { ScalarKind, TensorType } from '../ir/types.ts'
import type { EntryDecl, Name } from './ast.ts'
import { bindAxes } from './check/binding.ts'
import { factorsShown, packingOf } from './check/packed-input.ts'
import { rowsPresent } from './check/present.ts'
import { freeValues } from '../ir/walk.ts'
import { addMentions, noMentions, statementExprs, type Mentions } from './check/mentions.ts'
import type { Instances, PolicyInfo, Scope, Variable } from './check/scope.ts'
import type { EntryTask } from './check/entry-task.ts'
import type { TensorInput } from './check/signature.ts'
import { runBody } from './check/statements.ts'
import { EntryAxes } from './types/axes.ts'
import { guess } from './types/suggestion.ts'
import { errorOf, type Elab } from './types/value.ts'

/** Everything that an entry mentions, including the axes of the inputs and states it works with. */
export function entryMentions(policy: PolicyInfo, entry: EntryDecl): Mentions {
  const mentions = noMentions()
  addMentions(mentions, statementExprs(entry.body), policy.fns)
  for (const { type } of entry.inputs) if (type.kind === 'index') mentions.axes.add(type.axis.text)
  return mentions
}

function mentionedAxes({ policy, entry, inputs, mentions }: EntryTask): ReadonlySet<string> {
  const axes = new Set(mentions.axes)
  for (const input of inputs) {
    if (input.kind !== 'tensor') continue
    for (const axis of input.axes) axes.add(axis)
    for (const factor of factorsShown(input, policy.axes)) axes.add(factor)
  }
  for (const state of usedStates(policy, entry, mentions)) for (const axis of state.axes) axes.add(axis)
  return axes
}

function usedStates(policy: PolicyInfo, entry: EntryDecl, mentions: Mentions) {
  const written = new Set(entry.body.flatMap((statement) => (statement.kind === 'update' ? [statement.name.text] : [])))
  return [...policy.states.values()].filter((state) => mentions.names.has(state.name.text) || written.has(state.name.text))
}

const SCALARS: Readonly<Record<string, ScalarKind>> = { ratio: 'ratio', count: 'int', int: 'int', real: 'real', bool: 'bool' }

/** The function of one variant and the functions it calls; null when the sink got an error on the way. */
export function lowerEntry(task: EntryTask, variant: Readonly<Record<string, string>>): readonly Func[] | null {
  const { sink, policy, entry } = task
  const errors = sink.errorCount
  const axes = new EntryAxes(policy.axes, mentionedAxes(task))
  const builder = new FuncBuilder(ops)
  const params: FuncParam[] = []
  const vars = declareValues(task, axes, builder, params)
  const captured = declareParams(task, builder, params, variant)
  const states = usedStates(policy, entry, task.mentions)
  const bound = bindAxes(task, axes, states, builder, captured)
  const instances: Instances = { made: new Map(), funcs: [], name: task.name }
  const scope: Scope = {
    policy,
    sink,
    builder,
    axes,
    extents: bound.extents,
    pinned: bound.pinned,
    made: new Map(),
    ragged: new Map(),
    numbering: bound.numbering,
    vars,
    axisArgs: new Map(),
    fns: policy.fns,
    capture: (name) => captured.get(name) ?? null,
    frames: [],
    instances,
    loop: null,
    load: { work: 0, depth: 0 },
    observe: task.observe,
  }
  // What holds entries is known before the first statement; nothing is computed for inputs that nobody reads.
  if (scope.observe !== null) for (const { span, value } of vars.values()) scope.observe(span, value, scope)
  for (const { value } of vars.values()) if (value.kind === 'tensor') rowsPresent(scope, value)
  const { outputs, updated } = runBody(scope, entry)
  if (sink.errorCount > errors || entry.unread !== undefined) return null
  return [assemble(task, scope, params, [...outputs, ...updated], variant), ...instances.funcs]
}

function isKnownAxis({ sink, policy }: EntryTask, axis: Name): boolean {
  if (policy.axes.has(axis.text)) return true
  sink.report('ESP1101', axis.span, { name: axis.text }, guess(axis.text, [...policy.axes.keys()]))
  return false
}

/** Inputs, then states, then arguments of the call, as parameters and as names. */
function declareValues(task: EntryTask, axes: EntryAxes, builder: FuncBuilder, params: FuncParam[]): Map<string, Variable> {
  const vars = new Map<string, Variable>()
  const tensorParam = (
    name: string,
    type: TensorType,
    role: 'input' | 'state',
    declared: readonly string[],
    span: Variable['span'],
  ): void => {
    const param = builder.param(name, type)
    params.push({ ...param, role, axes: axes.declared(declared) })
    declared.forEach((axis) => axes.show(axis))
    vars.set(name, { kind: role, value: { kind: 'tensor', id: param.id, type, domain: null, selection: null, span }, span })
  }
  for (const input of task.inputs)
    if (input.kind === 'tensor') tensorParam(input.name, inputType(task, axes, input), 'input', input.axes, input.span)
  for (const state of usedStates(task.policy, task.entry, task.mentions)) {
    const type: TensorType = { kind: 'tensor', dtype: state.dtype, axes: state.axes.flatMap((axis) => axes.atomsOf(axis)) }
    tensorParam(state.name.text, type, 'state', state.axes, state.span)
  }
  for (const input of task.inputs) {
    if (input.kind === 'tensor' || (input.kind === 'index' && !isKnownAxis(task, input.axis))) continue
    const scalar = input.kind === 'index' ? 'int' : (SCALARS[input.type] ?? 'int')
    const param = builder.param(input.name, { kind: 'scalar', scalar })
    params.push({ ...param, role: 'argument', axes: input.kind === 'index' ? axes.declared([input.axis.text]) : [] })
    vars.set(input.name, {
      kind: 'argument',
      value: { kind: 'scalar', id: param.id, scalar, known: null, span: input.span },
      span: input.span,
    })
  }
  // An input without a usable type is known all the same: one report about it is enough.
  for (const { name } of task.entry.inputs)
    if (!vars.has(name.text)) vars.set(name.text, { kind: 'input', value: errorOf(name.span), span: name.span })
  for (const name of task.entry.unread ?? [])
    if (!vars.has(name)) vars.set(name, { kind: 'variable', value: errorOf(task.entry.name.span), span: task.entry.name.span })
  return vars
}

function inputType(task: EntryTask, axes: EntryAxes, input: TensorInput): TensorType {
  const { sink, dtypeOf } = task
  const atoms = input.axes.flatMap((axis) => axes.atomsOf(axis))
  const twice = atoms.find((atom, place) => atoms.indexOf(atom) < place)
  if (twice !== undefined) sink.report('ESP1102', input.span, { axis: twice, where: `\`${input.name}\`` })
  const type: TensorType = { kind: 'tensor', dtype: dtypeOf(input), axes: [...new Set(atoms)] }
  const packing = packingOf(task, axes, input)
  return packing === null ? type : { ...type, packing }
}

/** Policy parameters that the entry or its axes mention: scalars become parameters, alternatives are those of the variant. */
function declareParams(
  task: EntryTask,
  builder: FuncBuilder,
  params: FuncParam[],
  variant: Readonly<Record<string, string>>,
): Map<string, Elab> {
  const captured = new Map<string, Elab>()
  const pins = new Set([...task.policy.axes.values()].flatMap((axis) => (axis.pin?.kind === 'param' ? [axis.pin.name] : [])))
  for (const { param, span } of task.policy.params.values()) {
    if (!task.mentions.names.has(param.name) && !pins.has(param.name)) continue
    if (param.type.kind === 'choice') {
      const value = variant[param.name]
      if (value !== undefined)
        captured.set(param.name, { kind: 'choice', name: param.name, value, choices: param.type.choices, span })
      continue
    }
    const scalar = SCALARS[param.type.kind] ?? 'int'
    const made = builder.param(param.name, { kind: 'scalar', scalar })
    params.push({ ...made, role: 'param', axes: [] })
    captured.set(param.name, { kind: 'scalar', id: made.id, scalar, known: null, span })
  }
  return captured
}

/** States and parameters that nothing reads are left out; inputs and arguments belong to the signature. */
function assemble(
  task: EntryTask,
  scope: Scope,
  all: readonly FuncParam[],
  outputs: Func['outputs'],
  variant: Readonly<Record<string, string>>,
): Func {
  const nodes = scope.builder.take()
  const yields = outputs.map((output) => output.value)
  const used = new Set<ValueId>(freeValues({ params: [], nodes, yields }))
  const extents = [...scope.extents].map(([name, extent]) => ({ name, extent }))
  for (const { extent } of extents) if (isValue(extent)) used.add(extent.value)
  const params = all.filter((param) => param.role === 'input' || param.role === 'argument' || used.has(param.id))
  return {
    name: task.entry.name.text,
    role: 'entry',
    doc: task.entry.doc,
    variant,
    params,
    axes: extents,
    body: {
      params: params.map(({ id, type, name }) => ({ id, type, name })),
      nodes,
      yields,
    },
    outputs,
    span: task.entry.span,
  }
}

const isValue = (extent: AxisExtent): extent is AxisExtent & { readonly value: ValueId } => extent.kind !== 'bound'
