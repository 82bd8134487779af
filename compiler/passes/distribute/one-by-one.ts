/** Loops whose iterations one thread runs one after the other. */
import type { Block, Node } from '../../ir/node.ts'

export const oneByOne = (block: Block): Block => ({ ...block, nodes: block.nodes.map(asLoop) })

function asLoop(node: Node): Node {
  const regions = node.regions.map(oneByOne)
  return node.op === 'lanes' ? { ...node, op: 'for', attrs: { step: 1 }, regions } : { ...node, regions }
}
