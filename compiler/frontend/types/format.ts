/** Storage formats as written: `bitmap(64)`, `nm(2, 4)`, `indices`. */
import { parseRational } from '../../../abi/rational.ts'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Format } from '../../ir/types.ts'
import type { FormatExpr } from '../ast.ts'
import { suggestion } from './suggestion.ts'

const FORMS = { bitmap: 'bitmap(32) or bitmap(64)', nm: 'nm(n, m) with 1 <= n < m <= 64', indices: 'indices' } as const

/** Reports and returns null when the format is unknown or its numbers make no sense. */
export function formatOf(sink: DiagnosticSink, expr: FormatExpr): Format | null {
  const name = expr.name.text
  const args = expr.args.map((arg) => (arg.kind === 'number' && !arg.percent ? Number(parseRational(arg.text)?.n ?? NaN) : NaN))
  const [first = NaN, second = NaN] = args
  if (name === 'bitmap' && args.length === 1 && (first === 32 || first === 64)) return { kind: 'bitmap', width: first }
  if (name === 'nm' && args.length === 2 && first >= 1 && first < second && second <= 64)
    return { kind: 'nm', n: first, m: second }
  if (name === 'indices' && args.length === 0) return { kind: 'indices' }
  if (Object.hasOwn(FORMS, name)) sink.report('ESP1206', expr.span, { format: name, form: FORMS[name as keyof typeof FORMS] })
  else sink.report('ESP1219', expr.name.span, { format: name }, { help: suggestion(name, Object.keys(FORMS)) })
  return null
}
