/**
 * Puts what stores and is not spread over the team into `once`. Neighbouring stores go into one; pure values between them stay outside,
 * where every thread has them.
 */
import type { Block, Func, Node, ValueId } from '../../ir/node.ts'
import { hasTrait, type OpDef } from '../../ir/op.ts'
import type { Type } from '../../ir/types.ts'
import { nextId, nodeTree } from '../../ir/walk.ts'

export function doOnce(func: Func, body: Block, ops: Readonly<Record<string, OpDef>>): Block {
  const does = (trait: 'reads' | 'writes', node: Node): boolean => [...nodeTree(node)].some(({ op }) => hasTrait(ops[op]!, trait))
  const isSpread = ({ op }: Node): boolean => hasTrait(ops[op]!, 'spread')
  const isShared = (node: Node): boolean => [...nodeTree(node)].some(isSpread)
  let next = nextId(func)
  const fresh = (): ValueId => next++

  const inBlock = (block: Block): Block => {
    const nodes: Node[] = []
    let open: Node[] = []
    const close = (): void => {
      if (open.length > 0) nodes.push(onceNode(open, fresh))
      open = []
    }
    for (const node of block.nodes) {
      if (isShared(node)) {
        close()
        nodes.push({ ...node, regions: isSpread(node) ? node.regions : node.regions.map(inBlock) })
      } else if (does('writes', node)) open.push(node)
      else {
        // A load may be of what was stored before it.
        if (does('reads', node) || uses(node, open)) close()
        nodes.push(node)
      }
    }
    close()
    return { ...block, nodes }
  }
  return inBlock(body)
}

function uses(node: Node, open: readonly Node[]): boolean {
  const made = new Set(open.flatMap((each) => each.results.map((result) => result.id)))
  const read = [...nodeTree(node)].flatMap(({ operands, regions }) => [...operands, ...regions.flatMap((block) => block.yields)])
  return read.some((id) => made.has(id))
}

/** The nodes as one `once`. Results keep their names outside, so those inside get new ones. */
function onceNode(nodes: readonly Node[], fresh: () => ValueId): Node {
  const results = nodes.flatMap((node) => node.results)
  const inner = new Map(results.map((result) => [result.id, fresh()]))
  const rename = (id: ValueId): ValueId => inner.get(id) ?? id
  const renamed = (node: Node): Node => ({
    ...node,
    operands: node.operands.map(rename),
    results: node.results.map((result) => ({ ...result, id: rename(result.id) })),
    regions: node.regions.map((block) => ({ ...block, nodes: block.nodes.map(renamed), yields: block.yields.map(rename) })),
  })
  const types: readonly Type[] = results.map((result) => result.type)
  const block: Block = { params: [], nodes: nodes.map(renamed), yields: results.map((result) => rename(result.id)) }
  return { op: 'once', operands: [], attrs: { types: types as never }, results, regions: [block], span: nodes[0]!.span }
}
