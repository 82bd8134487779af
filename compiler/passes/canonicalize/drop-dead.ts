/** Dead code: nodes whose results nobody reads and that write nothing, nor anything in their regions. */
import { withCaptured } from '../../ir/captured.ts'
import type { Block, Func, Node, ValueId } from '../../ir/node.ts'
import { hasTrait, type OpDef } from '../../ir/op.ts'

/** Answers the same function, by identity, when everything is needed. Parameters stay. */
export function dropDead(func: Func, ops: Readonly<Record<string, OpDef>>): Func {
  const live = new Set<ValueId>(func.body.yields)
  for (const { extent } of func.axes) if (extent.kind !== 'bound') live.add(extent.value)
  for (const { at = [] } of func.outputs) for (const { position } of at) live.add(position)
  const body = sweep(func.body, live, ops)
  return body === func.body ? func : { ...func, body }
}

/** Back to front, so that a reader is seen before what it reads. The yields of the block are live already. */
function sweep(block: Block, live: Set<ValueId>, ops: Readonly<Record<string, OpDef>>): Block {
  const nodes: Node[] = []
  for (const node of [...block.nodes].reverse()) {
    if (!hasEffect(node, ops) && !node.results.some(({ id }) => live.has(id))) continue
    for (const region of node.regions) region.yields.forEach((id) => live.add(id))
    const regions = [...node.regions]
      .reverse()
      .map((region) => sweep(region, live, ops))
      .reverse()
    const swept = regions.some((region, i) => region !== node.regions[i]) ? withCaptured({ ...node, regions }, ops) : node
    swept.operands.forEach((id) => live.add(id))
    nodes.push(swept)
  }
  nodes.reverse()
  const same = nodes.length === block.nodes.length && nodes.every((node, i) => node === block.nodes[i])
  return same ? block : { ...block, nodes }
}

/** An op nobody knows counts as one that writes. */
function hasEffect(node: Node, ops: Readonly<Record<string, OpDef>>): boolean {
  const def = ops[node.op]
  if (def === undefined || hasTrait(def, 'writes')) return true
  return node.regions.some((region) => region.nodes.some((inner) => hasEffect(inner, ops)))
}
