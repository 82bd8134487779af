/** Declarations that nothing uses. The policy works, but probably not as meant. */
import type { DiagnosticSink } from '../../../diagnostics/sink.ts'
import { functionMentions } from '../mentions.ts'
import type { PolicyInfo } from '../scope.ts'
import type { CheckedEntry } from './checked-entry.ts'

export function lintUnused(sink: DiagnosticSink, policy: PolicyInfo, entries: readonly CheckedEntry[]): void {
  const mentioned = new Set(entries.flatMap(({ mentions }) => [...mentions.names]))
  for (const info of policy.fns.values())
    if (info.home === 'policy') for (const name of functionMentions(info).names) mentioned.add(name)
  for (const { pin } of policy.axes.values()) if (pin?.kind === 'param') mentioned.add(pin.name)
  for (const { param, span } of policy.params.values())
    if (!mentioned.has(param.name)) sink.report('ESP1401', span, { what: 'parameter', name: param.name })
  lintStates(sink, policy, entries, mentioned)
  lintAxes(sink, policy, entries)
  for (const entry of entries) lintEntry(sink, policy, entry)
}

/** A state that only collects is read by the host; one that nothing ever changes is a constant. */
function lintStates(
  sink: DiagnosticSink,
  policy: PolicyInfo,
  entries: readonly CheckedEntry[],
  mentioned: ReadonlySet<string>,
): void {
  const updated = new Set(
    entries.flatMap(({ entry }) => entry.body.flatMap((statement) => (statement.kind === 'update' ? [statement.name.text] : []))),
  )
  const broken = entries.some(({ entry }) => entry.unread !== undefined)
  for (const state of policy.states.values()) {
    const name = state.name.text
    if (updated.has(name) || broken) continue
    if (mentioned.has(name)) sink.report('ESP1402', state.span, { name })
    else sink.report('ESP1401', state.span, { what: 'state', name })
  }
}

/** An axis that is declared is used where an input, a state or an expression names it, one of its factors, or what it is a factor of. */
function lintAxes(sink: DiagnosticSink, policy: PolicyInfo, entries: readonly CheckedEntry[]): void {
  const shown = entries.flatMap(({ inputs, mentions }) => [
    ...mentions.axes,
    ...inputs.flatMap((input) => (input.kind === 'tensor' ? input.axes : [])),
  ])
  const fns = [...policy.fns.values()].flatMap((info) => (info.home === 'policy' ? [...functionMentions(info).axes] : []))
  const used = new Set([...shown, ...fns, ...[...policy.states.values()].flatMap(({ axes }) => axes)])
  const declared = policy.decl.items.flatMap((item) => (item.kind === 'axes' ? item.definitions : []))
  for (const { name, factors } of declared) {
    const related = declared.filter((other) => other.factors.some((factor) => factor.name.text === name.text))
    const names = [name, ...factors.map((factor) => factor.name), ...related.map((other) => other.name)]
    if (!names.some(({ text }) => used.has(text))) sink.report('ESP1401', name.span, { what: 'axis', name: name.text })
  }
}

function lintEntry(sink: DiagnosticSink, policy: PolicyInfo, { entry, inputs, mentions }: CheckedEntry): void {
  // An entry without an effect has an error of its own.
  if (entry.body.every((statement) => statement.kind === 'let')) return
  const shownElsewhere = (axis: string, name: string): boolean =>
    inputs.some((input) => input.kind === 'tensor' && input.name !== name && input.axes.includes(axis))
  const names = (axis: string): boolean => mentions.axes.has(axis) || (policy.axes.get(axis)?.factors.some(names) ?? false)
  for (const input of inputs) {
    if (mentions.names.has(input.name)) continue
    // An input may be there for its shape alone: `last window of token`.
    if (input.kind === 'tensor' && input.axes.some((axis) => names(axis) && !shownElsewhere(axis, input.name))) continue
    sink.report('ESP1401', input.span, { what: 'input', name: input.name })
  }
  for (const statement of entry.body)
    if (statement.kind === 'let' && !mentions.names.has(statement.name.text))
      sink.report('ESP1401', statement.name.span, { what: 'variable', name: statement.name.text })
}
