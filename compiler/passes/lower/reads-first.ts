/**
 * The nodes of a block in another order: what it reads, and what that is found by, comes first. A thread then waits once for all of it; a
 * compiler does not move reads to the front of a division or a call.
 */
import type { Block, ValueId } from '../../ir/node.ts'

/** Of a block in which nothing is stored. */
export function readsFirst(block: Block): Block {
  const { nodes } = block
  if (nodes.some(({ op }) => op === 'store')) return block
  const wanted = new Set<ValueId>()
  const early = new Set(
    [...nodes].reverse().filter(({ op, operands, results }) => {
      const isEarly = op === 'load' || results.some(({ id }) => wanted.has(id))
      if (isEarly) for (const operand of operands) wanted.add(operand)
      return isEarly
    }),
  )
  return { ...block, nodes: [...nodes.filter((node) => early.has(node)), ...nodes.filter((node) => !early.has(node))] }
}
