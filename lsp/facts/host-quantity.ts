/** Numbers of the host in a function that is being made, as formulas in the names of axes and parameters. */
import { toNumber, parseRational } from '../../abi/rational.ts'
import { constant, constantOf, product, subtract, symbol, type Quantity } from '../../compiler/account/quantity.ts'
import { apply, budgetQuantity } from '../../compiler/account/scalar-quantity.ts'
import type { Scope } from '../../compiler/frontend/check/scope.ts'
import type { CountExpr } from '../../compiler/ir/facts.ts'
import type { Node, ValueId } from '../../compiler/ir/node.ts'

/** Nested deeper than this, a number is shown as `…`. */
const MAX_DEPTH = 32

export function hostQuantity(scope: Scope, id: ValueId, depth = 0): Quantity {
  const node = scope.builder.definition(id)
  if (node === undefined) return symbol(paramName(scope, id) ?? '…', NaN)
  if (depth > MAX_DEPTH) return symbol('…', NaN)
  const of = (operand: ValueId | undefined): Quantity => hostQuantity(scope, operand ?? -1, depth + 1)
  switch (node.op) {
    case 'literal':
      return literal(String(node.attrs['value']))
    case 'size':
      return extentQuantity(scope, String(node.attrs['axis']))
    case 'budget':
      return budget(node, of)
    default:
      return apply(node.op, node.operands.map(of))
  }
}

/** The length of an atomic axis: a number where it is fixed. */
export function extentQuantity(scope: Scope, axis: string): Quantity {
  const pinned = scope.pinned.get(axis)
  return pinned === undefined ? symbol(axis, NaN) : constant(toNumber(pinned))
}

export const extentsQuantity = (scope: Scope, axes: readonly string[]): Quantity =>
  product(axes.map((axis) => extentQuantity(scope, axis)))

/** How many a mask keeps of `axes`, for every combination of the others. */
export function countQuantity(scope: Scope, axes: readonly string[], count: CountExpr): Quantity {
  const of = (part: CountExpr): Quantity => countQuantity(scope, axes, part)
  const extent = extentsQuantity(scope, axes)
  switch (count.op) {
    case 'value':
      return hostQuantity(scope, count.value)
    case 'clamp':
      return within(hostQuantity(scope, count.value), extent)
    case 'larger':
      return apply('max', [of(count.of[0]), of(count.of[1])])
    case 'union':
      return within(apply('add', [of(count.of[0]), of(count.of[1])]), extent)
    case 'rest':
      return subtract(extent, of(count.of))
  }
}

/** The smaller; a plain number is shown as it was written. */
function within(wanted: Quantity, extent: Quantity): Quantity {
  const [count, length] = [constantOf(wanted), constantOf(extent)]
  if (count === null) return apply('min', [wanted, extent])
  return length === null ? wanted : constant(Math.min(count, length))
}

function literal(text: string): Quantity {
  const exact = parseRational(text)
  return exact === null ? symbol(text, NaN) : constant(toNumber(exact))
}

function budget({ attrs, operands }: Node, of: (operand: ValueId | undefined) => Quantity): Quantity {
  const [amount, extent, atLeast = -1, multipleOf = -1] = operands
  const how = { mode: attrs['mode'], round: attrs['round'], amountIs: attrs['amount'] } as Parameters<typeof budgetQuantity>[0]
  if (how.mode === 'keep' && how.amountIs === 'count' && atLeast < 0 && multipleOf < 0) return within(of(amount), of(extent))
  return budgetQuantity(how, {
    amount: of(amount),
    extent: of(extent),
    atLeast: atLeast < 0 ? null : of(atLeast),
    multipleOf: multipleOf < 0 ? null : of(multipleOf),
  })
}

function paramName(scope: Scope, id: ValueId): string | null {
  for (const name of scope.policy.params.keys()) {
    const value = scope.capture(name)
    if (value?.kind === 'scalar' && value.id === id) return name
  }
  for (const [name, { value, kind }] of scope.vars)
    if (kind !== 'variable' && value.kind === 'scalar' && value.id === id) return name
  return null
}
