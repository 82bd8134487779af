/** Declarations that nothing uses. Warnings: the policy works, but probably not as meant. */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { EntryDecl } from '../ast.ts'
import { functionMentions, type Mentions } from './mentions.ts'
import type { PolicyInfo } from './scope.ts'
import type { EntryInput } from './signature.ts'

export interface CheckedEntry {
  readonly entry: EntryDecl
  readonly inputs: readonly EntryInput[]
  readonly mentions: Mentions
}

export function lintPolicy(sink: DiagnosticSink, policy: PolicyInfo, entries: readonly CheckedEntry[]): void {
  const mentioned = new Set(entries.flatMap(({ mentions }) => [...mentions.names]))
  for (const info of policy.fns.values())
    if (info.home === 'policy') for (const name of functionMentions(info).names) mentioned.add(name)
  for (const { pin } of policy.axes.values()) if (pin?.kind === 'param') mentioned.add(pin.name)
  const updated = new Set(
    entries.flatMap(({ entry }) => entry.body.flatMap((statement) => (statement.kind === 'update' ? [statement.name.text] : []))),
  )
  for (const { param, span } of policy.params.values())
    if (!mentioned.has(param.name)) sink.report('ESP1401', span, { what: 'parameter', name: param.name })
  for (const state of policy.states.values())
    if (!mentioned.has(state.name.text) && !updated.has(state.name.text))
      sink.report('ESP1401', state.span, { what: 'state', name: state.name.text })
  for (const entry of entries) lintEntry(sink, policy, entry)
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
