/** A value that is zero where a mask does not hold: `x where m` as a tensor, or `if m then x else 0`. */
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { RuleScope } from '../../ir/rewrite.ts'
import { isUniform } from '../canonicalize/uniform.ts'

export interface MaskedValue {
  readonly x: ValueId
  readonly mask: ValueId
}

export function maskedValue(id: ValueId, scope: RuleScope): MaskedValue | null {
  const node = scope.definition(id)
  const [first = NONE, second = NONE, third = NONE] = node?.operands ?? []
  if (node?.op === 'mask') return { x: first, mask: second }
  return node?.op === 'select' && isUniform(third, 0, scope) ? { x: second, mask: first } : null
}
