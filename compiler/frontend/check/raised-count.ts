/**
 * `at least` and `multiple of` on a number kept that differs from row to row. What they ask for beyond all there is is cut
 * first, so that no count, however large, leaves the range of i32.
 */
import * as exact from '../../../abi/rational.ts'
import type { SelectExpr } from '../ast.ts'
import type { Operand, ScalarElab, TensorElab } from '../types/value.ts'
import type { Elaborate, Scope } from './scope.ts'
import { elementwise, literal, wholeScalar } from './values.ts'

export function raisedCount(
  scope: Scope,
  expr: SelectExpr,
  count: TensorElab,
  extent: ScalarElab,
  elaborate: Elaborate,
): TensorElab | null {
  const least = expr.atLeast && wholeScalar(scope, elaborate(scope, expr.atLeast), '`at least`')
  const multiple = expr.multipleOf && wholeScalar(scope, elaborate(scope, expr.multipleOf), '`multiple of`')
  if ((expr.atLeast !== null && least === null) || (expr.multipleOf !== null && multiple === null)) return null
  const enough = least && host(scope, expr, 'min', least, extent)
  const raised = enough === null ? count : tensor(scope, expr, 'max', count, enough)
  return raised === null || multiple === null ? raised : upTo(scope, expr, raised, multiple, extent)
}

/** The next multiple; a multiple of 0 asks for nothing. */
function upTo(scope: Scope, expr: SelectExpr, count: TensorElab, multiple: ScalarElab, extent: ScalarElab): TensorElab | null {
  const one = literal(scope, exact.ONE, 'int', expr.span)
  const shorter = host(scope, expr, 'min', multiple, extent)
  const step = shorter && host(scope, expr, 'max', shorter, one)
  const short = step && host(scope, expr, 'sub', step, one)
  const there = tensor(scope, expr, 'min', count, extent)
  if (step === null || short === null || there === null) return null
  const beyond = tensor(scope, expr, 'add', there, short)
  const steps = beyond && tensor(scope, expr, 'floordiv', beyond, step)
  return steps && tensor(scope, expr, 'mul', steps, step)
}

function tensor(scope: Scope, expr: SelectExpr, op: string, count: TensorElab, by: Operand): TensorElab | null {
  const value = elementwise(scope, expr.span, op, [count, by])
  return value.kind === 'tensor' ? value : null
}

function host(scope: Scope, expr: SelectExpr, op: string, a: ScalarElab, b: ScalarElab): ScalarElab | null {
  const value = elementwise(scope, expr.span, op, [a, b])
  return value.kind === 'scalar' ? value : null
}
