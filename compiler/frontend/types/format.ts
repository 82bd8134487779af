/** Storage formats as written: `bitmap(64)`, `nm(2, 4)`, `indices`, `dense`. */
import { parseRational } from '../../../abi/rational.ts'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import { formats, isFormatName } from '../../ir/formats/formats.ts'
import type { Format } from '../../ir/types.ts'
import type { FormatExpr } from '../ast.ts'
import { guess } from './suggestion.ts'

/** Reports and returns null when the format is unknown or its numbers make no sense. */
export function formatOf(sink: DiagnosticSink, expr: FormatExpr): Format | 'dense' | null {
  const name = expr.name.text
  if (name === 'dense' && expr.args.length === 0) return 'dense'
  if (!isFormatName(name)) {
    if (name === 'dense') sink.report('ESP1206', expr.span, { format: name, form: name })
    else sink.report('ESP1219', expr.name.span, { format: name }, guess(name, [...Object.keys(formats), 'dense']))
    return null
  }
  const { fields, form, make } = formats[name]
  const numbers = expr.args.map((arg) => (arg.kind === 'number' && !arg.percent ? whole(arg.text) : NaN))
  const format = numbers.length === fields.length && !numbers.some(Number.isNaN) ? make(numbers) : null
  if (format === null) sink.report('ESP1206', expr.span, { format: name, form })
  return format
}

function whole(text: string): number {
  const value = parseRational(text)
  return value?.d === 1n ? Number(value.n) : NaN
}
