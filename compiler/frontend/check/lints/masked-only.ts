/**
 * An input that leaves the entry masked by a selection of known size, and nothing else that says what was kept: it is as large
 * as before. With the mask beside it the caller can see to that; masked values inside the computation are another matter.
 */
import type { DiagnosticSink } from '../../../diagnostics/sink.ts'
import type { Expr } from '../../ast.ts'
import type { CheckedEntry } from './checked-entry.ts'
import { definitionsOf, resolved, type Definitions } from './entry-names.ts'

export function lintMaskedOnly(sink: DiagnosticSink, { entry, inputs }: CheckedEntry): void {
  const definitions = definitionsOf(entry)
  const updates = entry.body.flatMap((statement) => (statement.kind === 'update' ? [statement.value] : []))
  for (const statement of entry.body) {
    if (statement.kind !== 'return') continue
    const others = [...statement.outputs.map((output) => output.value), ...updates].map((value) => resolved(value, definitions))
    for (const { value } of statement.outputs) {
      const masked = resolved(value, definitions)
      if (masked.kind !== 'where') continue
      const source = resolved(masked.value, definitions)
      const input = inputs.find((one) => source.kind === 'name' && one.kind === 'tensor' && one.name === source.name)
      const mask = resolved(masked.mask, definitions)
      if (input?.kind !== 'tensor' || input.format !== null || !keepsKnownNumber(mask, definitions) || others.includes(mask))
        continue
      const related = [{ span: mask.span, message: 'this says how many are kept' }]
      sink.report('ESP2402', masked.span, { name: input.name }, { related })
    }
  }
}

/** A selection of the same number in every row, so that what is kept can be stored without anything around it. */
function keepsKnownNumber(mask: Expr, definitions: Definitions): boolean {
  if (mask.kind === 'position') return mask.which !== 'every'
  if (mask.kind === 'unary') return mask.op === 'not' && keepsKnownNumber(resolved(mask.operand, definitions), definitions)
  return (
    mask.kind === 'select' && mask.measure === 'count' && mask.ties === 'first' && mask.within === null && mask.protect === null
  )
}
