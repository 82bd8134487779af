/** What share of a row a mask keeps, as far as literals in its definition say. */
import { parseRational, toNumber } from '../../../abi/rational.ts'
import { pinnedExtent, type CountExpr, type FactScope } from '../../ir/facts.ts'
import type { Axis, Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE } from '../../ir/op.ts'

/** Null when it is not known before the policy runs. A share of candidates counts as a share of the row: it is at most that. */
export function keptShare(mask: ValueId, over: readonly string[], scope: FactScope, axes: readonly Axis[]): number | null {
  const node = scope.definition(mask)
  const first = node?.operands[0] ?? NONE
  if (node?.op === 'not') {
    const rest = keptShare(first, over, scope, axes)
    return rest === null ? null : 1 - rest
  }
  if (node?.op === 'keep') return budgetShare(node.operands[1] ?? NONE, attrAxes(node.attrs), scope, axes)
  if (node?.op !== 'position' || node.attrs['which'] === 'every') return null
  return budgetShare(first, [attrString(node.attrs, 'axis')], scope, axes)
}

function budgetShare(k: ValueId, selected: readonly string[], scope: FactScope, axes: readonly Axis[]): number | null {
  const sizes = selected.map((axis) => pinnedExtent(axis, scope, axes))
  const extent = sizes.includes(null) ? null : sizes.reduce<number>((product, size) => product * (size ?? 1), 1)
  const node = scope.definition(k)
  if (node?.op === 'literal') return shareOf(literal(node), extent, false)
  if (node?.op !== 'budget') return null
  const amount = scope.definition(node.operands[0] ?? NONE)
  const share = amount?.op === 'literal' ? shareOf(literal(amount), extent, node.attrs['amount'] === 'ratio') : null
  if (share === null) return null
  return node.attrs['mode'] === 'drop' ? 1 - share : share
}

const literal = (node: Node): number | null => {
  const value = parseRational(attrString(node.attrs, 'value'))
  return value === null ? null : toNumber(value)
}

function shareOf(amount: number | null, extent: number | null, isRatio: boolean): number | null {
  if (amount === null || (!isRatio && extent === null)) return null
  const share = isRatio ? amount : extent === 0 ? 0 : amount / (extent ?? 1)
  return Math.min(1, Math.max(0, share))
}

/** A count of kept elements of `extent`, when it is a number of the source. */
export function keptCount(count: CountExpr, extent: number, scope: FactScope): number | null {
  if (count.op === 'rest') {
    const rest = keptCount(count.of, extent, scope)
    return rest === null ? null : extent - rest
  }
  if (count.op !== 'value' && count.op !== 'clamp') return null
  const node = scope.definition(count.value)
  if (node?.op === 'literal') return clamped(literal(node), extent)
  if (node?.op !== 'budget' || node.operands.slice(2).some((id) => id !== NONE)) return null
  const amount = scope.definition(node.operands[0] ?? NONE)
  const value = amount?.op === 'literal' ? literal(amount) : null
  const wanted = value === null ? null : node.attrs['amount'] === 'ratio' ? value * extent : value
  const kept = clamped(wanted, extent)
  return kept === null ? null : node.attrs['mode'] === 'drop' ? extent - kept : kept
}

/** Ratios that do not divide the extent are left to the rounding of the budget, which is not repeated here. */
const clamped = (value: number | null, extent: number): number | null =>
  value === null || !Number.isInteger(value) ? null : Math.min(extent, Math.max(0, value))
