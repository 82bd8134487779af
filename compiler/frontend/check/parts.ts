/** `value.part`: one of the values that a joined value, a joint selection or an iteration consists of. */
import type { PartExpr } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import type { Elab } from '../types/value.ts'
import { errorAt, report, text, type Elaborate, type Scope } from './scope.ts'
import { at } from './values.ts'

export function partExpr(scope: Scope, expr: PartExpr, elaborate: Elaborate): Elab {
  const value = elaborate(scope, expr.value)
  const { text: name, span } = expr.part
  if (value.kind === 'error') return errorAt(expr.span)
  const part = value.kind === 'parts' ? value.parts.get(name) : undefined
  if (part !== undefined) return at(part, expr.span)
  const { help, fix } = guess(name, value.kind === 'parts' ? [...value.parts.keys()] : [])
  return report(scope, 'ESP1217', span, { part: name, found: text(scope, value) }, help === null ? {} : { help, fix })
}
