/**
 * Recognises a loop that collects one bit per iteration, `bits | bit(condition) << (i - lo)`: on vectors that is the lane mask
 * of the condition, shifted once. The accumulator stays a scalar.
 */
import type { Block, Node, ValueId } from '../../ir/node.ts'

/** How a value changes from one lane to the next; null: irregularly. */
export type Step = 0 | 1 | null

export interface BitField {
  /** Position among the carried values. */
  readonly carried: number
  readonly condition: ValueId
  /** Where the bit of the first lane goes. */
  readonly shift: ValueId
  /** Results of the nodes that the vector form replaces. */
  readonly replaces: readonly ValueId[]
}

export function bitFields(
  block: Block,
  definition: (id: ValueId) => Node | undefined,
  step: (id: ValueId) => Step,
): readonly BitField[] {
  const uses = new Map<ValueId, number>()
  const use = (id: ValueId): void => void uses.set(id, (uses.get(id) ?? 0) + 1)
  for (const node of block.nodes) node.operands.forEach(use)
  block.yields.forEach(use)
  const once = (id: ValueId): boolean => uses.get(id) === 1
  return block.yields.flatMap((id, carried) => {
    const sum = definition(id)
    const param = block.params[carried + 1]!.id
    if (sum?.op !== 'or' || sum.operands[0] !== param || !once(id) || !once(param)) return []
    const shifted = definition(sum.operands[1]!)
    if (shifted?.op !== 'shl' || !once(sum.operands[1]!) || step(shifted.operands[1]!) === null) return []
    const bit = definition(shifted.operands[0]!)
    if (bit?.op !== 'convert' || !once(shifted.operands[0]!) || step(shifted.operands[1]!) !== 1) return []
    return [
      {
        carried,
        condition: bit.operands[0]!,
        shift: shifted.operands[1]!,
        replaces: [id, sum.operands[1]!, shifted.operands[0]!],
      },
    ]
  })
}
