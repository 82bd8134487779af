/**
 * What belongs to a fold over parts: its kernel computes scores, and reads packed values, as it comes to them. A sum that only
 * scores are made of, and a packed row whose elements can be read one by one, need no memory between the two then.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE } from '../../ir/op.ts'
import type { Anchor, Dataflow } from './anchors.ts'
import { tensorAxes } from './role.ts'

/** The anchors of the fold's kernel, in program order, itself the last. */
export function foldClosure(fold: Anchor, flow: Dataflow): readonly Anchor[] {
  const scores = tensorAxes(flow.types.get(fold.node!.operands[1]!))
  const weighed = behindValues(fold.node!, flow)
  const readers = readersOf(flow)
  const members = new Set([fold])
  for (const anchor of [...flow.anchors.values()].reverse()) {
    const reads = readers.get(anchor.value) ?? []
    if (reads.length === 0 || !reads.every(({ by }) => members.has(by))) continue
    if (anchor.values.some((id) => flow.results.has(id))) continue
    const isSum = isScoreSum(anchor, scores) && !weighed.has(anchor.value) && reads.every(({ moved }) => moved.length === 0)
    if (isSum || readsAnywhere(anchor, flow)) members.add(anchor)
  }
  return [...flow.anchors.values()].filter((anchor) => members.has(anchor))
}

interface Read {
  readonly by: Anchor
  readonly moved: readonly string[]
}

function readersOf(flow: Dataflow): ReadonlyMap<ValueId, readonly Read[]> {
  const readers = new Map<ValueId, Read[]>()
  for (const by of flow.anchors.values())
    for (const { from, moved } of by.flows) readers.set(from, [...(readers.get(from) ?? []), { by, moved }])
  return readers
}

/** Anchors that the values of a fold are made of, not its scores alone. */
function behindValues(fold: Node, flow: Dataflow): ReadonlySet<ValueId> {
  const seen = new Set(fold.operands.slice(2))
  for (const id of seen) {
    if (flow.anchors.has(id)) continue
    for (const operand of flow.defs.get(id)?.operands ?? []) if (operand !== NONE) seen.add(operand)
  }
  return seen
}

/** A plain sum with one result for a score. */
function isScoreSum({ node, axes, role }: Anchor, scores: readonly string[]): boolean {
  if (node?.op !== 'reduce' || role.kind !== 'reduce' || attrString(node.attrs, 'kind') !== 'sum') return false
  if (node.operands.slice(1).some((id) => id !== NONE)) return false
  const [result] = node.results
  const isFloat = result?.type.kind === 'tensor' && result.type.dtype === 'f32'
  return isFloat && axes.every((axis) => scores.includes(axis)) && !attrAxes(node.attrs).some((axis) => scores.includes(axis))
}

/** Whether an element of a packed tensor can be read without reading its row. */
function readsAnywhere({ node }: Anchor, flow: Dataflow): boolean {
  if (node?.op !== 'unpack' || node.operands.length > 1) return false
  const type = flow.types.get(node.operands[0]!)
  const packing = type?.kind === 'tensor' ? type.packing : undefined
  return packing?.format.kind === 'bitmap' && (packing.inside ?? []).length === 0
}
