/** Names: what is declared twice is refused, and so is a name that would hide one that is visible already. */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Name } from '../ast.ts'
import type { Scope } from './scope.ts'

export function duplicate(sink: DiagnosticSink, what: string, name: Name, first: Name['span']): void {
  sink.report('ESP1002', name.span, { what, name: name.text }, { related: [{ span: first, message: 'first declared here' }] })
}

export function shadowing(sink: DiagnosticSink, name: Name, what: string, first: Name['span'], help?: string): void {
  const related = [{ span: first, message: `the ${what} is declared here` }]
  sink.report('ESP1003', name.span, { name: name.text, what }, help === undefined ? { related } : { related, help })
}

/** Whether the name is free; a report otherwise. Functions see neither states nor, outside a policy, its parameters. */
export function isFree(scope: Scope, name: Name): boolean {
  const { sink } = scope
  const first = scope.vars.get(name.text)
  const inEntry = scope.frames.length === 0
  const state = inEntry ? scope.policy.states.get(name.text) : undefined
  const isParam = inEntry || scope.capture(name.text) !== null
  const param = isParam ? scope.policy.params.get(name.text) : undefined
  if (state !== undefined) shadowing(sink, name, 'state', state.span, `\`${name.text} := …\` gives a state its new value`)
  else if (param !== undefined) shadowing(sink, name, 'parameter', param.span)
  else if (first !== undefined && first.kind !== 'variable') shadowing(sink, name, 'input', first.span)
  else if (first !== undefined)
    sink.report(
      'ESP1004',
      name.span,
      { name: name.text },
      { related: [{ span: first.span, message: 'it has its value from here' }] },
    )
  else return true
  return false
}
