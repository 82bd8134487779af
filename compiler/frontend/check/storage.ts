/** What `pack` and `compact` demand of their operands. */
import type { RelatedSpan } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { Elab, TensorElab } from '../types/value.ts'
import { report, shownAxes, text, type Scope } from './scope.ts'
import { filled, plain, unpacked } from './values.ts'

/** A tensor, absent entries zero; a packed one is unpacked. */
export function denseTensor(scope: Scope, value: Elab, action: string): TensorElab | null {
  const operand = plain(scope, value)
  const dense = operand === null ? null : unpacked(scope, operand)
  if (dense === null) return null
  if (dense.kind === 'tensor') return filled(scope, dense)
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

/** Where a loop stands that runs what may run once only. */
export const around = (loop: Span): readonly RelatedSpan[] => [{ span: loop, message: 'this loop runs it again and again' }]
