/** The values among `local` that are used inside the regions of the block's nodes. */
import type { Block, ValueId } from '../../compiler/ir/node.ts'

export function usedBelow(block: Block, local: ReadonlySet<ValueId>): Set<ValueId> {
  const found = new Set<ValueId>()
  const note = (id: ValueId): void => {
    if (local.has(id)) found.add(id)
  }
  const visit = (inner: Block): void => {
    for (const node of inner.nodes) {
      node.operands.forEach(note)
      node.regions.forEach(visit)
    }
    inner.yields.forEach(note)
  }
  for (const node of block.nodes) node.regions.forEach(visit)
  return found
}
