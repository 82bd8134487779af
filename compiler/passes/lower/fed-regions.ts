/**
 * Pairs of regions of which the second alone reads what the first one makes, such as what follows from the parts of a fold: largest scores
 * and totals, then sums of values by them. Where points are few, one kernel does both, and every point of the second has what it needs of
 * the first for itself.
 */
import type { Func, Node, ValueId } from '../../ir/node.ts'
import { attrAxes } from '../../ir/op.ts'
import { replaceInNode } from '../../ir/substitute.ts'
import type { Type } from '../../ir/types.ts'
import { freeValues } from '../../ir/walk.ts'
import { regionAnchors } from '../fuse/anchors.ts'
import { formInTurn, type Form } from './forms.ts'
import type { RegionContext } from './region-context.ts'

export interface FedRegion {
  readonly second: Node
  /** Both as one, with the results of the second. */
  readonly node: Node
}

/** The region that alone reads what `first` makes. */
export function fedBy(func: Func, first: Node): FedRegion | null {
  const made = new Set(first.results.map(({ id }) => id))
  const extents = func.axes.flatMap(({ extent }) => (extent.kind === 'bound' ? [] : [extent.value]))
  const readers = func.body.nodes.filter(({ operands }) => operands.some((id) => made.has(id)))
  const [second, ...others] = readers
  if (second?.op !== 'region' || others.length > 0 || [...func.body.yields, ...extents].some((id) => made.has(id))) return null
  return { second, node: together(first, second) }
}

function together(first: Node, second: Node): Node {
  const [before, after] = [first.regions[0]!, second.regions[0]!]
  const inside = new Map(first.results.map(({ id }, i) => [id, before.yields[i]!]))
  const read = (id: ValueId): ValueId => inside.get(id) ?? id
  const nodes = [...before.nodes, ...after.nodes.map((node) => replaceInNode(node, read))]
  const block = { params: [], nodes, yields: after.yields }
  return { ...second, operands: freeValues(block), regions: [block] }
}

/** The kernel of both, and a host scalar: 1 where it is wanted, 0 where each has its own. */
export interface FedForm {
  readonly form: Form
  readonly wanted: ValueId
}

export function fedForm(
  ctx: RegionContext,
  { node }: FedRegion,
  types: ReadonlyMap<ValueId, Type>,
  columnBytes: number,
): FedForm | null {
  const anchors = regionAnchors(node.regions[0]!, ctx.ops, types, true)
  return formInTurn(ctx, attrAxes(node.attrs, 'grid'), anchors, columnBytes)
}
