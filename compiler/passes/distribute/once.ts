/**
 * Puts what stores and is not shared out into `once`. Neighbouring stores go into one; pure values between them stay outside,
 * where every thread has them.
 */
import type { Block, Func, Node, ValueId } from '../../ir/node.ts'
import type { Type } from '../../ir/types.ts'
import { nextId } from '../../ir/walk.ts'

const STORES: readonly string[] = ['store', 'store_raw', 'scatter_lanes', 'atomic', 'store_group']
const LOADS: readonly string[] = ['load', 'load_raw', 'gather_lanes']

const some = (node: Node, test: (each: Node) => boolean): boolean =>
  test(node) || node.regions.some((block) => block.nodes.some((inner) => some(inner, test)))

const isShared = (node: Node): boolean => some(node, ({ op }) => op === 'lanes')
const stores = (node: Node): boolean => some(node, ({ op }) => STORES.includes(op))
const loads = (node: Node): boolean => some(node, ({ op }) => LOADS.includes(op))

export function doOnce(func: Func, body: Block): Block {
  let next = nextId(func)
  const fresh = (): ValueId => next++

  const inBlock = (block: Block): Block => {
    const nodes: Node[] = []
    let open: Node[] = []
    const close = (): void => {
      if (open.length > 0) nodes.push(...onceNodes(open, fresh))
      open = []
    }
    for (const node of block.nodes) {
      if (isShared(node)) {
        close()
        nodes.push({ ...node, regions: node.op === 'lanes' ? node.regions : node.regions.map(inBlock) })
      } else if (stores(node)) open.push(node)
      else {
        // A load may be of what was stored before it.
        if (loads(node) || uses(node, open)) close()
        nodes.push(node)
      }
    }
    close()
    return { ...block, nodes }
  }
  return inBlock(body)
}

const uses = (node: Node, open: readonly Node[]): boolean => {
  const made = new Set(open.flatMap((each) => each.results.map((result) => result.id)))
  return (
    made.size > 0 &&
    some(node, ({ operands, regions }) => [...operands, ...regions.flatMap((block) => block.yields)].some((id) => made.has(id)))
  )
}

/** The nodes as one `once`. Results keep their names outside, so those inside get new ones. */
function onceNodes(nodes: readonly Node[], fresh: () => ValueId): readonly Node[] {
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
  return [{ op: 'once', operands: [], attrs: { types: types as never }, results, regions: [block], span: nodes[0]!.span }]
}
