/** Names in a policy: parameters, axes, states, entries, functions. */
import { compactAxes } from '../check/axis-declarations.ts'
import { statementExprs } from '../check/mentions.ts'
import type { AxesDecl, EntryDecl, FnDecl, Name, PolicyDecl, Stmt } from '../ast.ts'
import type { Span } from '../../diagnostics/span.ts'
import { bindExpression, declareValue, insideOf, mentionAxis, type Environment } from './bind-expression.ts'
import type { SymbolId } from './name-index.ts'
import type { Recorder } from './recorder.ts'

/** What tests may name of an entry. */
export interface BoundEntry {
  readonly id: SymbolId
  readonly inputs: ReadonlyMap<string, SymbolId>
  readonly outputs: ReadonlyMap<string, SymbolId>
}

export interface BoundPolicy {
  readonly id: SymbolId
  readonly params: ReadonlyMap<string, SymbolId>
  readonly alternatives: ReadonlyMap<SymbolId, ReadonlyMap<string, SymbolId>>
  readonly axes: ReadonlyMap<string, SymbolId>
  readonly states: ReadonlyMap<string, SymbolId>
  readonly entries: ReadonlyMap<string, BoundEntry>
}

/** `functions`: those of the file and of the files it uses. */
export function bindPolicy(
  recorder: Recorder,
  policy: PolicyDecl,
  functions: ReadonlyMap<string, SymbolId>,
  unknownAxis: (name: Name) => void,
): BoundPolicy {
  const id = recorder.declare('policy', policy.name, { whole: policy.span, doc: policy.doc })
  const { params, alternatives } = bindParams(recorder, policy)
  const axes = declareAxes(recorder, policy)
  const states = new Map<string, SymbolId>()
  for (const item of policy.items) {
    if (item.kind !== 'state') continue
    for (const name of item.names) {
      const state = recorder.declare('state', name, { whole: item.span, scope: policy.span, doc: item.doc })
      if (!states.has(name.text)) states.set(name.text, state)
    }
  }
  const own = new Map(functions)
  for (const item of policy.items) if (item.kind === 'fn') own.set(item.name.text, declareFunction(recorder, item, policy.span))
  const env: Environment = {
    recorder,
    values: new Map(params),
    axes,
    functions: own,
    alternatives,
    parts: new Map(),
    unknownAxis,
  }
  const entries = new Map<string, BoundEntry>()
  for (const item of policy.items) {
    if (item.kind === 'axes') mentionSizes(env, item)
    else if (item.kind === 'fn') bindFunction(env, item)
    else if (item.kind === 'entry') {
      const bound = bindEntry({ ...env, values: new Map([...params, ...states]) }, item, states, policy.span)
      if (!entries.has(item.name.text)) entries.set(item.name.text, bound)
    }
  }
  return { id, params, alternatives, axes, states, entries }
}

function bindParams(recorder: Recorder, policy: PolicyDecl) {
  const params = new Map<string, SymbolId>()
  const alternatives = new Map<SymbolId, ReadonlyMap<string, SymbolId>>()
  for (const { name, type, doc, span, default: initial } of policy.params) {
    const id = recorder.declare('parameter', name, { whole: span, scope: policy.span, doc })
    if (!params.has(name.text)) params.set(name.text, id)
    if (type.kind !== 'choice') continue
    const choices = new Map<string, SymbolId>()
    for (const choice of type.choices)
      choices.set(choice.text, recorder.declare('alternative', choice, { whole: type.span, scope: policy.span }))
    alternatives.set(id, choices)
    if (initial?.kind === 'name') recorder.mention(choices.get(initial.name), initial.span)
  }
  return { params, alternatives }
}

/** In the order of the checker: declarations, then types of states and inputs, then what `compact` makes. */
function declareAxes(recorder: Recorder, { items, span: scope }: PolicyDecl): ReadonlyMap<string, SymbolId> {
  const axes = new Map<string, SymbolId>()
  const named = (name: Name, whole: Span): void => {
    const known = axes.get(name.text)
    if (known === undefined) axes.set(name.text, recorder.declare('axis', name, { whole, scope }))
    else recorder.mention(known, name.span)
  }
  for (const item of items)
    if (item.kind === 'axes')
      for (const { name, factors, span } of item.definitions)
        for (const part of [name, ...factors.map((factor) => factor.name)]) named(part, span)
  for (const item of items) if (item.kind === 'state') for (const axis of item.type.axes) named(axis, item.span)
  for (const item of items) {
    if (item.kind !== 'entry') continue
    // Inputs of one group share a type.
    for (const type of new Set(item.inputs.map((input) => input.type)))
      if (type.kind === 'tensor') for (const axis of type.axes) named(axis, type.span)
    declareMade(compactAxes(statementExprs(item.body)), axes, recorder, scope)
  }
  for (const item of items)
    if (item.kind === 'fn')
      declareMade(compactAxes([...item.lets.map((statement) => statement.value), item.result]), axes, recorder, scope)
  return axes
}

/** The word after `as` is met again with its expression: only its first place declares it. */
function declareMade(names: readonly Name[], axes: Map<string, SymbolId>, recorder: Recorder, scope: Span): void {
  const inOrder = [...names].sort((a, b) => a.span.start - b.span.start)
  for (const name of inOrder)
    if (!axes.has(name.text)) axes.set(name.text, recorder.declare('axis', name, { whole: name.span, scope }))
}

function mentionSizes(env: Environment, { definitions }: AxesDecl): void {
  for (const { pinned, factors } of definitions)
    for (const size of [pinned, ...factors.map((factor) => factor.pinned)]) if (size !== null) bindExpression(env, size)
}

export const declareFunction = (recorder: Recorder, fn: FnDecl, scope?: Span): SymbolId =>
  recorder.declare('function', fn.name, { whole: fn.span, doc: fn.doc, ...(scope === undefined ? {} : { scope }) })

/** The body of a function. `outer` has the values it sees from outside. */
export function bindFunction(outer: Environment, fn: FnDecl): void {
  const { recorder } = outer
  const axes = new Map(outer.axes)
  for (const axis of fn.axes) axes.set(axis.text, recorder.declare('axis', axis, { scope: fn.span }))
  const env: Environment = { ...insideOf(outer), axes, parts: new Map() }
  for (const name of fn.params) env.values.set(name.text, recorder.declare('argument', name, { scope: fn.span }))
  for (const { name, value, span } of fn.lets) {
    const parts = bindExpression(env, value)
    const id = declareValue(env, 'variable', name, span, fn.span)
    if (parts !== null) env.parts.set(id, parts)
  }
  bindExpression(env, fn.result)
}

function bindEntry(env: Environment, entry: EntryDecl, states: ReadonlyMap<string, SymbolId>, policy: Span): BoundEntry {
  const { recorder } = env
  const id = recorder.declare('entry', entry.name, { whole: entry.span, scope: policy, doc: entry.doc })
  const inputs = new Map<string, SymbolId>()
  for (const { name, type } of entry.inputs) {
    const input = recorder.declare('input', name, { whole: type.span, scope: entry.span })
    if (!inputs.has(name.text)) inputs.set(name.text, input)
    env.values.set(name.text, input)
  }
  for (const type of new Set(entry.inputs.map((input) => input.type))) {
    if (type.kind === 'index') mentionAxis(env, type.axis)
    if (type.kind === 'tensor') for (const axis of type.format?.over ?? []) mentionAxis(env, axis)
  }
  const outputs = new Map<string, SymbolId>()
  for (const statement of entry.body) bindStatement(env, statement, states, entry.span, outputs)
  return { id, inputs, outputs }
}

function bindStatement(
  env: Environment,
  statement: Stmt,
  states: ReadonlyMap<string, SymbolId>,
  body: Span,
  outputs: Map<string, SymbolId>,
): void {
  const { recorder } = env
  if (statement.kind === 'let') {
    const parts = bindExpression(env, statement.value)
    const id = declareValue(env, 'variable', statement.name, statement.span, body)
    if (parts !== null) env.parts.set(id, parts)
  } else if (statement.kind === 'update') {
    recorder.mention(states.get(statement.name.text), statement.name.span, 'write')
    for (const { axis, position } of statement.at) {
      mentionAxis(env, axis)
      bindExpression(env, position)
    }
    bindExpression(env, statement.value)
  } else {
    for (const { name, value, span } of statement.outputs) {
      bindExpression(env, value)
      const named = name ?? (value.kind === 'name' ? { text: value.name, span: value.span } : null)
      if (named === null || outputs.has(named.text)) continue
      const nowhere = { ...span, end: span.start }
      outputs.set(
        named.text,
        recorder.declare('output', named, { whole: span, scope: nowhere }, name === null ? 'implied' : 'declaration'),
      )
    }
  }
}
