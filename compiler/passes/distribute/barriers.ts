/**
 * Barriers of a team, as few as the accesses of its code tell apart: one stands before a node that touches memory written since
 * the last one, or writes memory that was read since. A loop whose iterations meet in memory has one at its end, and so has
 * a point, whose scratch the next point finds in use. An element of a `lane` buffer is one thread's, which waits for nobody.
 */
import type { Block, Func, Node, ValueId } from '../../ir/node.ts'
import { hasTrait, type OpDef } from '../../ir/op.ts'
import type { BufferType } from '../../ir/types.ts'
import { nodeTree } from '../../ir/walk.ts'

interface Accesses {
  readonly reads: ReadonlySet<ValueId>
  readonly writes: ReadonlySet<ValueId>
}

const NOTHING: Accesses = { reads: new Set(), writes: new Set() }
const BARRIER: Node = { op: 'barrier', operands: [], attrs: {}, results: [], regions: [], span: null }

const both = (x: Accesses, y: Accesses): Accesses => ({
  reads: new Set([...x.reads, ...y.reads]),
  writes: new Set([...x.writes, ...y.writes]),
})

const meets = (x: ReadonlySet<ValueId>, y: ReadonlySet<ValueId>): boolean => [...x].some((id) => y.has(id))
const collide = (x: Accesses, y: Accesses): boolean =>
  meets(x.writes, y.reads) || meets(x.writes, y.writes) || meets(x.reads, y.writes)

type AccessesOf = (nodes: readonly Node[]) => Accesses
type Ops = Readonly<Record<string, OpDef>>

export function placeBarriers(func: Func, body: Block, ops: Ops): Block {
  const to = (...access: readonly BufferType['access'][]): AccessesOf => {
    const buffers = func.params.filter(({ type }) => type.kind === 'buffer' && access.includes(type.access))
    return accessesTo(new Set(buffers.map((param) => param.id)), ops)
  }
  const { block } = place(body, NOTHING, to('write', 'readwrite', 'scratch'), ops)
  // Points share nothing but the scratch of whoever works on them.
  const own = to('scratch')(body.nodes)
  return collide(own, own) ? atEnd(block) : block
}

function accessesTo(buffers: ReadonlySet<ValueId>, ops: Ops): AccessesOf {
  return (nodes) => {
    const reads = new Set<ValueId>()
    const writes = new Set<ValueId>()
    for (const { op, operands } of nodes.flatMap((node) => [...nodeTree(node)])) {
      const [buffer, ...others] = operands
      // What an op writes comes first.
      others.forEach((other) => buffers.has(other) && reads.add(other))
      if (buffer === undefined || !buffers.has(buffer)) continue
      if (hasTrait(ops[op]!, 'reads')) reads.add(buffer)
      if (hasTrait(ops[op]!, 'writes')) writes.add(buffer)
    }
    return { reads, writes }
  }
}

const atEnd = (block: Block): Block =>
  block.nodes.at(-1)?.op === 'barrier' ? block : { ...block, nodes: [...block.nodes, BARRIER] }

/** Whether a node has parts that the team does together. */
const isTeamControl = (node: Node, ops: Ops): boolean =>
  ['for', 'while', 'if'].includes(node.op) &&
  node.regions.some((block) =>
    block.nodes.some((inner) => inner.op === 'once' || hasTrait(ops[inner.op]!, 'spread') || isTeamControl(inner, ops)),
  )

/** `before`: what was touched since the last barrier. Gives the same for the end of the block. */
function place(
  block: Block,
  before: Accesses,
  accessesOf: AccessesOf,
  ops: Ops,
): { readonly block: Block; readonly after: Accesses } {
  const nodes: Node[] = []
  let since = before
  for (const node of block.nodes) {
    const own = accessesOf([node])
    if (collide(since, own)) {
      nodes.push(BARRIER)
      since = NOTHING
    }
    if (!isTeamControl(node, ops)) {
      nodes.push(node)
      since = both(since, own)
      continue
    }
    const isLoop = node.op !== 'if'
    const meetsItself = isLoop && collide(own, own)
    const placed = node.regions.map((inner) => place(inner, isLoop ? NOTHING : since, accessesOf, ops))
    nodes.push({ ...node, regions: placed.map((inner) => (meetsItself ? atEnd(inner.block) : inner.block)) })
    since = [since, ...placed.map(({ after }) => after), ...(isLoop ? [own] : [])].reduce(both)
  }
  return { block: { ...block, nodes }, after: since }
}
