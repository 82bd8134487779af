/** What `pack` and `compact` demand of their operands. */
import { isPacked, type Elab, type TensorElab } from '../types/value.ts'
import { report, shownAxes, text, type Scope } from './scope.ts'
import { filled, plain } from './values.ts'

/** A dense tensor, absent entries zero. */
export function denseTensor(scope: Scope, value: Elab, action: string): TensorElab | null {
  const operand = plain(scope, value)
  if (operand === null) return null
  if (operand.kind === 'tensor' && !isPacked(operand)) return filled(scope, operand)
  report(scope, 'ESP2103', value.span, { action, found: text(scope, value) })
  return null
}

/** A mask says of each element once whether it is kept. */
export function coversMask(scope: Scope, value: TensorElab, mask: TensorElab, action: 'pack' | 'compact'): boolean {
  const extra = mask.type.axes.filter((axis) => !value.type.axes.includes(axis))
  if (extra.length === 0) return true
  report(
    scope,
    'ESP2102',
    mask.span,
    { action, extra: shownAxes(scope, extra), found: shownAxes(scope, value.type.axes) },
    { related: [{ span: value.span, message: `this has ${shownAxes(scope, value.type.axes)}` }] },
  )
  return false
}
