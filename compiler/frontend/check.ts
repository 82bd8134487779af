/**
 * The checker: a parsed file to policy-level modules, signatures and tests. Everything it finds wrong goes to the sink;
 * what is right is returned even when something else is not. Pure: other files come through `load`.
 */
import type { DiagnosticSink } from '../diagnostics/sink.ts'
import type { Func, Module } from '../ir/node.ts'
import type { DType } from '../ir/types.ts'
import type { EntryDecl, PolicyDecl, SourceFile } from './ast.ts'
import { pinText } from './check/axis-declarations.ts'
import { declareInputs, declarePolicy } from './check/declarations.ts'
import { duplicate } from './check/naming.ts'
import type { EntryTask } from './check/entry-task.ts'
import { lintPolicy } from './check/lints.ts'
import type { CheckedEntry } from './check/lints/checked-entry.ts'
import type { FnInfo, FnTable, Observe, PolicyInfo } from './check/scope.ts'
import type { EntryOutput, EntrySignature, PolicySignature } from './check/signature.ts'
import { checkAround } from './check/unread.ts'
import { checkTest, type CheckedTest } from './check/test-blocks.ts'
import { checkUncalled } from './check/uncalled.ts'
import { entryMentions, lowerEntry } from './lower.ts'
import { resolveFile, type Parse } from './resolve.ts'
import type { Load, LoadedSource } from './stdlib.ts'
import { choiceParams, combinations, MAX_VARIANTS, variantCount } from './variants.ts'

export interface CheckOptions {
  /** Finds what `use` names; null when there is no such file. */
  readonly load: Load
  readonly sink: DiagnosticSink
  /** The dtype of a `float` input; null or absent: f32. */
  readonly dtypes?: (entry: string, input: string) => DType | null
  /** Of used files; may remember trees. */
  readonly parse?: Parse
  /** Told what every expression turns out to be. */
  readonly observe?: Observe
}

export interface CheckedFile {
  /** One per policy, with a function per variant of each entry that has no errors. */
  readonly modules: readonly Module[]
  readonly signatures: readonly PolicySignature[]
  readonly tests: readonly CheckedTest[]
  /** Files brought in by `use`: their texts belong to the meaning of this one. */
  readonly used: readonly LoadedSource[]
}

export function checkFile(file: SourceFile, options: CheckOptions): CheckedFile {
  const { sink } = options
  const { fns, used } = resolveFile(file, options.load, sink, options.parse)
  const seen = new Map<string, PolicyDecl>()
  const policies: CheckedPolicy[] = []
  for (const decl of file.declarations) {
    if (decl.kind !== 'policy') continue
    const first = seen.get(decl.name.text)
    if (first !== undefined) duplicate(sink, 'policy', decl.name, first.name.span)
    else if (decl.unread === undefined) policies.push(checkPolicy(decl, fns, options))
    else policies.push(checkAround(sink, decl.unread, (own) => checkPolicy(decl, fns, { ...options, sink: own })))
    seen.set(decl.name.text, first ?? decl)
  }
  const unread = file.declarations.some((decl) => decl.kind === 'policy' && decl.unread !== undefined)
  if (!unread) checkUncalledFunctions(sink, file, fns, policies)
  const signatures = policies.map((policy) => policy.signature)
  const tests = file.declarations.flatMap((decl) => (decl.kind === 'test' && !unread ? [checkTest(sink, decl, signatures)] : []))
  return { modules: policies.map((policy) => policy.module), signatures, tests: tests.filter((test) => test !== null), used }
}

function checkUncalledFunctions(sink: DiagnosticSink, file: SourceFile, fns: FnTable, policies: readonly CheckedPolicy[]): void {
  const called = new Set(policies.flatMap((policy) => [...policy.called]))
  for (const info of fns.values()) if (info.decl.span.source === file.source && !called.has(info)) checkUncalled(sink, info)
  for (const { info } of policies) {
    const alternatives = [...info.params.values()].flatMap(({ param }) =>
      param.type.kind === 'choice' ? param.type.choices : [],
    )
    for (const fn of info.fns.values())
      if (fn.home === 'policy' && !called.has(fn)) checkUncalled(sink, fn, [...info.params.keys(), ...alternatives])
  }
}

interface CheckedPolicy {
  readonly info: PolicyInfo
  readonly called: ReadonlySet<FnInfo>
  readonly module: Module
  readonly signature: PolicySignature
}

function checkPolicy(decl: PolicyDecl, fns: FnTable, options: CheckOptions): CheckedPolicy {
  const { sink } = options
  const policy = declarePolicy(sink, decl, fns)
  const entries = entriesOf(policy, sink)
  const name = uniqueNames(entries.map(({ entry }) => entry.name.text))
  const lowered = entries.map((checked) => ({ checked, funcs: entryFuncs(policy, checked, options, name) }))
  lintPolicy(sink, policy, entries)
  const axes = [...policy.axes.values()]
    .filter((axis) => axis.factors.length > 0 || axis.pin !== null || axis.like !== null)
    .map(({ name: axis, factors, like, pin }) => ({
      name: axis,
      factors: like === null ? factors : [like],
      pinned: pin === null ? null : pinText(pin),
    }))
  const params = [...policy.params.values()]
  const states = [...policy.states.values()].map(({ name: state, doc, dtype, axes: over, initial, span }) => ({
    name: state.text,
    doc,
    dtype,
    axes: over,
    initial,
    span,
  }))
  const head = { name: decl.name.text, doc: decl.doc, axes }
  return {
    info: policy,
    called: new Set(entries.flatMap(({ mentions }) => [...mentions.fns])),
    module: {
      ...head,
      level: 'policy',
      params: params.map((info) => info.param),
      states: states.map(({ span: _, ...state }) => state),
      funcs: lowered.flatMap(({ funcs }) => funcs),
    },
    signature: {
      ...head,
      params: params.map(({ param, span }) => ({ ...param, span })),
      states,
      entries: lowered.map(({ checked, funcs }) => entrySignature(policy, checked, funcs)),
      span: decl.span,
    },
  }
}

function entriesOf(policy: PolicyInfo, sink: DiagnosticSink): readonly CheckedEntry[] {
  const seen = new Map<string, EntryDecl>()
  const out: CheckedEntry[] = []
  for (const item of policy.decl.items) {
    if (item.kind !== 'entry') continue
    const first = seen.get(item.name.text)
    if (first !== undefined) duplicate(sink, 'entry', item.name, first.name.span)
    else out.push({ entry: item, inputs: declareInputs(sink, policy, item), mentions: entryMentions(policy, item) })
    seen.set(item.name.text, first ?? item)
  }
  return out
}

/** `softplus`, `softplus.2`: names of functions must differ from each other and from those of entries. */
function uniqueNames(taken: readonly string[]): (wanted: string) => string {
  const used = new Set(taken)
  return (wanted) => {
    let name = wanted
    for (let number = 2; used.has(name); number++) name = `${wanted}.${number}`
    used.add(name)
    return name
  }
}

function entryFuncs(
  policy: PolicyInfo,
  checked: CheckedEntry,
  options: CheckOptions,
  name: (wanted: string) => string,
): readonly Func[] {
  const { sink, dtypes } = options
  const { entry, inputs, mentions } = checked
  const choices = choiceParams(policy, mentions.names)
  const count = variantCount(policy, choices)
  if (count > MAX_VARIANTS) {
    sink.report('ESP1210', entry.name.span, { name: entry.name.text, count, limit: MAX_VARIANTS, params: choices.join('`, `') })
    return []
  }
  const task: EntryTask = {
    sink,
    policy,
    entry,
    inputs,
    mentions,
    dtypeOf: (input) => (input.dtype === 'float' ? (dtypes?.(entry.name.text, input.name) ?? 'f32') : input.dtype),
    name,
    observe: options.observe ?? null,
  }
  const variants = combinations(policy, choices).map((variant) => lowerEntry(task, variant))
  if (variants.includes(null)) return []
  const funcs = variants.flatMap((made) => made ?? [])
  refuseDifferentShapes(sink, checked, funcs)
  return funcs
}

/** Callers read one signature per entry, so its outputs have the same axes in all variants. */
function refuseDifferentShapes(sink: DiagnosticSink, { entry }: CheckedEntry, funcs: readonly Func[]): void {
  const [first, ...others] = funcs.filter((func) => func.role === 'entry')
  for (const { outputs } of others) {
    for (const [place, { name, axes }] of outputs.entries()) {
      const texts = [first?.outputs[place]?.axes ?? [], axes].map((list) => list.map((axis) => axis.name).join(', '))
      const [one = '', two = ''] = texts
      if (one !== two) sink.report('ESP1223', entry.name.span, { name, one, two })
    }
  }
}

function entrySignature(policy: PolicyInfo, { entry, inputs, mentions }: CheckedEntry, funcs: readonly Func[]): EntrySignature {
  const written = new Set(entry.body.flatMap((statement) => (statement.kind === 'update' ? [statement.name.text] : [])))
  const states = [...policy.states.keys()].flatMap((name) => {
    const reads = funcs.some(
      (func) => func.role === 'entry' && func.params.some((param) => param.role === 'state' && param.name === name),
    )
    if (!reads && !written.has(name)) return []
    return [{ name, access: !written.has(name) ? ('read' as const) : reads ? ('update' as const) : ('write' as const) }]
  })
  const choices = choiceParams(policy, mentions.names)
  return { name: entry.name.text, doc: entry.doc, inputs, outputs: outputsOf(funcs), states, choices, span: entry.span }
}

/** Of the first variant: alternatives change how an output is computed, rarely what it is. */
function outputsOf(funcs: readonly Func[]): readonly EntryOutput[] {
  const func = funcs.find((candidate) => candidate.role === 'entry')
  const types = new Map(
    [...(func?.params ?? []), ...(func?.body.nodes ?? []).flatMap((node) => node.results)].map((value) => [value.id, value.type]),
  )
  return (func?.outputs ?? []).flatMap((output) => {
    const type = types.get(output.value)
    if (output.role !== 'output' || type?.kind !== 'tensor') return []
    return [{ name: output.name, dtype: type.dtype, axes: output.axes.map((axis) => axis.name), packing: type.packing ?? null }]
  })
}
