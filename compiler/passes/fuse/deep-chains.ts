/**
 * Point-wise values that are stored because they end a long chain: what is recomputed wherever it is read is followed back
 * through all of its operands, here and in lowering, and a kernel has only so many locals.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import type { Role } from './role.ts'

/** Point-wise nodes one behind another. */
const DEEPEST = 256

export function* deepChains(
  nodes: readonly Node[],
  roles: ReadonlyMap<ValueId, Role>,
  chosen: ReadonlySet<ValueId>,
): Generator<ValueId> {
  const depths = new Map<ValueId, number>()
  for (const node of nodes) {
    const value = node.results[0]
    if (value === undefined || !roles.has(value.id) || chosen.has(value.id)) continue
    const depth = 1 + node.operands.reduce((deepest, id) => Math.max(deepest, depths.get(id) ?? 0), 0)
    if (depth >= DEEPEST) yield value.id
    else depths.set(value.id, depth)
  }
}
