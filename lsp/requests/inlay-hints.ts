/** Types of values and outputs with the axes they were inferred to have, how many a mask keeps, and bytes where they are a number. */
import { InlayHintKind, type InlayHint } from 'vscode-languageserver'
import { constantOf } from '../../compiler/account/quantity.ts'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { EntryDecl, Stmt } from '../../compiler/frontend/ast.ts'
import type { Analysis, Observation } from '../analysis.ts'
import { bytesOf, byteText, factsOf, keptText, typeText } from '../facts/value-facts.ts'

export function inlayHints(analysis: Analysis, from: number, to: number): InlayHint[] {
  const entries = analysis.tree.file.declarations.flatMap((declaration) =>
    declaration.kind === 'policy' ? declaration.items.filter((item): item is EntryDecl => item.kind === 'entry') : [],
  )
  return entries
    .filter(({ span }) => span.end >= from && span.start <= to)
    .flatMap(({ body }) => body.flatMap((statement) => hinted(statement)))
    .filter(({ at }) => at.start >= from && at.end <= to)
    .flatMap(({ at, value }) => hintAt(analysis, at, value))
}

interface Hinted {
  readonly at: Span
  readonly value: Span
}

/** Named outputs too, but not those that only repeat a name. */
function hinted(statement: Stmt): readonly Hinted[] {
  if (statement.kind === 'let') return [{ at: statement.name.span, value: statement.value.span }]
  if (statement.kind === 'update') return []
  return statement.outputs.flatMap(({ name, value }) => (name === null ? [] : [{ at: name.span, value: value.span }]))
}

function hintAt(analysis: Analysis, at: Span, value: Span): readonly InlayHint[] {
  const observation = analysis.observed(value)
  const kind = observation?.value.kind
  if (observation === null || (kind !== 'tensor' && kind !== 'scalar')) return []
  return [
    {
      position: analysis.lines.position(at.end),
      label: `: ${label(observation)}`,
      kind: InlayHintKind.Type,
      paddingRight: true,
      tooltip: factsOf(observation).join('\n'),
    },
  ]
}

function label(observation: Observation): string {
  const kept = keptText(observation)
  const bytes = bytesOf(observation)
  const known = bytes === null ? null : constantOf(bytes)
  const { value } = observation
  const isStored = value.kind === 'tensor' && (value.type.packing !== undefined || value.type.axes.length > 0)
  return [
    typeText(observation),
    ...(kept === null ? [] : [`keeps ${kept}`]),
    ...(known === null || bytes === null || !isStored ? [] : [byteText(bytes)]),
  ].join(', ')
}
