/**
 * Barriers of a team, as few as the accesses of its code tell apart: one stands before a node that touches memory written since
 * the last one, or writes memory that was read since. A loop whose iterations meet in memory has one at its end, and so has
 * a point, whose scratch the next point finds in use.
 */
import type { Block, Func, Node, ValueId } from '../../ir/node.ts'

interface Accesses {
  readonly reads: ReadonlySet<ValueId>
  readonly writes: ReadonlySet<ValueId>
}

const NOTHING: Accesses = { reads: new Set(), writes: new Set() }
const READS: readonly string[] = ['load', 'load_raw', 'gather_lanes', 'atomic']
const WRITES: readonly string[] = ['store', 'store_raw', 'scatter_lanes', 'atomic', 'store_group']
const BARRIER: Node = { op: 'barrier', operands: [], attrs: {}, results: [], regions: [], span: null }

const both = (x: Accesses, y: Accesses): Accesses => ({
  reads: new Set([...x.reads, ...y.reads]),
  writes: new Set([...x.writes, ...y.writes]),
})

const meets = (x: ReadonlySet<ValueId>, y: ReadonlySet<ValueId>): boolean => [...x].some((id) => y.has(id))
const collide = (x: Accesses, y: Accesses): boolean =>
  meets(x.writes, y.reads) || meets(x.writes, y.writes) || meets(x.reads, y.writes)

export function placeBarriers(func: Func, body: Block): Block {
  const constant = new Set(
    func.params.filter(({ type }) => type.kind === 'buffer' && type.access === 'read').map((param) => param.id),
  )
  const { block } = new BarrierPlacer(constant).place(body, NOTHING)
  // Points share nothing but the scratch of whoever works on them.
  const others = func.params.filter(({ type }) => type.kind === 'buffer' && type.access !== 'scratch')
  const own = accessesOf(body.nodes, new Set(others.map((param) => param.id)))
  return collide(own, own) ? atEnd(block) : block
}

function accessesOf(nodes: readonly Node[], ignored: ReadonlySet<ValueId>): Accesses {
  const reads = new Set<ValueId>()
  const writes = new Set<ValueId>()
  const visit = (node: Node): void => {
    const buffer = node.operands[0]!
    if (READS.includes(node.op) && !ignored.has(buffer)) reads.add(buffer)
    if (WRITES.includes(node.op) && !ignored.has(buffer)) writes.add(buffer)
    for (const block of node.regions) block.nodes.forEach(visit)
  }
  nodes.forEach(visit)
  return { reads, writes }
}

const atEnd = (block: Block): Block =>
  block.nodes.at(-1)?.op === 'barrier' ? block : { ...block, nodes: [...block.nodes, BARRIER] }

/** Whether a node has parts that the team does together. */
const isTeamControl = (node: Node): boolean =>
  ['for', 'while', 'if'].includes(node.op) &&
  node.regions.some((block) => block.nodes.some((inner) => ['lanes', 'once'].includes(inner.op) || isTeamControl(inner)))

class BarrierPlacer {
  private readonly constant: ReadonlySet<ValueId>

  constructor(constant: ReadonlySet<ValueId>) {
    this.constant = constant
  }

  /** `before`: what was touched since the last barrier. Gives the same for the end of the block. */
  place(block: Block, before: Accesses): { readonly block: Block; readonly after: Accesses } {
    const nodes: Node[] = []
    let since = before
    for (const node of block.nodes) {
      const own = accessesOf([node], this.constant)
      const isLoop = isTeamControl(node) && node.op !== 'if'
      if (collide(since, own)) {
        nodes.push(BARRIER)
        since = NOTHING
      }
      if (!isTeamControl(node)) {
        nodes.push(node)
        since = both(since, own)
        continue
      }
      const placed = node.regions.map((inner) => this.place(inner, isLoop ? NOTHING : since))
      const regions = placed.map(({ block: inner }) => (isLoop && collide(own, own) ? atEnd(inner) : inner))
      nodes.push({ ...node, regions })
      since = [since, ...placed.map(({ after }) => after)].reduce(both)
      if (isLoop) since = both(since, own)
    }
    return { block: { ...block, nodes }, after: since }
  }
}
