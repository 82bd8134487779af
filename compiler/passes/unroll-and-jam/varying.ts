/** Which values inside of a loop are not the same in all of its iterations, carried values of inner loops among them. */
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { blockNodes } from '../../ir/walk.ts'

export function varyingIn(loop: Node): ReadonlySet<ValueId> {
  const varying = new Set<ValueId>(loop.regions[0]!.params.map(({ id }) => id))
  const grow = (): number => {
    markBlock(loop.regions[0]!, varying)
    return varying.size
  }
  for (let before = 0; before < varying.size;) {
    before = varying.size
    grow()
  }
  return varying
}

/** Whether iterations share the loop, or the branches: it runs alike in all of them. */
export function isShared({ op, operands }: Node, varying: ReadonlySet<ValueId>): boolean {
  const [first, second] = operands as [ValueId, ValueId]
  if (op === 'for') return !varying.has(first) && !varying.has(second)
  return op === 'if' && !varying.has(first)
}

/** Whether a node is not the same in all iterations. Atomic updates add up. */
export const varies = (node: Node, varying: ReadonlySet<ValueId>): boolean =>
  [...nodesOf(node)].some(({ op, operands }) => op === 'atomic' || operands.some((id) => varying.has(id))) ||
  node.results.some(({ id }) => varying.has(id))

function* nodesOf(node: Node): Iterable<Node> {
  yield node
  for (const region of node.regions) yield* blockNodes(region)
}

function markBlock(block: Block, varying: Set<ValueId>): void {
  for (const node of block.nodes) mark(node, varying)
}

function mark(node: Node, varying: Set<ValueId>): void {
  if (!isShared(node, varying)) {
    if (varies(node, varying)) for (const { id } of node.results) varying.add(id)
    return
  }
  for (const region of node.regions) markBlock(region, varying)
  const carried = node.op === 'for' ? node.regions[0]!.params.slice(1) : []
  node.results.forEach(({ id }, i) => {
    const yields = node.regions.map((region) => region.yields[i]!)
    const sources = node.op === 'for' ? [node.operands[i + 2]!, ...yields] : yields
    if (!sources.some((source) => varying.has(source))) return
    varying.add(id)
    if (carried[i] !== undefined) varying.add(carried[i].id)
  })
}
