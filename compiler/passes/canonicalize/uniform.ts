/** What is known about a value without running anything: that it is one number, or one truth value, everywhere. */
import { equals, isRational, rational } from '../../../abi/rational.ts'
import { literalValue } from '../../ir/ops/policy/literal.ts'
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString, NONE } from '../../ir/op.ts'
import type { RuleScope } from '../../ir/rewrite.ts'
import type { ScalarValue } from '../../ir/eval-value.ts'
import type { ScalarKind } from '../../ir/types.ts'

/** The value of a host literal; null for anything else. */
export function literalOf(id: ValueId, scope: RuleScope): ScalarValue | null {
  const node = definitionOf(id, scope)
  return node?.op === 'literal'
    ? literalValue(attrString(node.attrs, 'value'), attrString(node.attrs, 'scalar') as ScalarKind)
    : null
}

/** The number of a machine constant, the same in every lane; null for anything else. */
export function constantOf(id: ValueId, scope: RuleScope): number | null {
  const node = definitionOf(id, scope)
  if (node?.op === 'splat') return constantOf(node.operands[0] ?? NONE, scope)
  const value = node?.op === 'constant' ? node.attrs['value'] : null
  return typeof value === 'number' ? value : null
}

/** Whether the value is exactly this everywhere, through broadcasts and splats. Zero means +0. */
export function isUniform(id: ValueId, expected: number | boolean, scope: RuleScope): boolean {
  const node = definitionOf(id, scope)
  if (node?.op === 'broadcast') return isUniform(node.operands[0] ?? NONE, expected, scope)
  const constant = constantOf(id, scope)
  if (constant !== null) return Object.is(constant, Number(expected))
  const value = literalOf(id, scope)?.value
  if (isRational(value)) return typeof expected === 'number' && equals(value, rational(expected))
  return value !== undefined && Object.is(value, expected)
}

export const definitionOf = (id: ValueId, scope: RuleScope): Node | undefined => (id === NONE ? undefined : scope.definition(id))
