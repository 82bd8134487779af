/**
 * Where many threads run the points of a grid, a region is as parallel as its grid. What this asks before two drafts become one:
 * whether less would run at once than before, and whether a reduction that could be taken apart would have to wait for its result.
 */
import type { ValueId } from '../../ir/node.ts'
import { longestExtent } from '../../ir/pinned-extent.ts'
import type { Anchor, Dataflow, Flow } from './anchors.ts'
import type { Draft } from './draft.ts'
import { tensorAxes } from './role.ts'

/** Columns of at most so many elements are read twice by one thread rather than by two kernels. */
const SHORT_COLUMN = 1024

/** Why the merged draft would run less at once; null when it would not. */
export function lessAtOnce(parts: readonly Draft[], { anchors, grid }: Draft, flow: Dataflow): string | null {
  for (const part of parts) {
    const lost = part.grid.filter((axis) => !grid.includes(axis))
    if (
      lost.length > 0 &&
      ((grid.length === 0 && !isElementwise(anchors)) || part.anchors.some(({ role }) => role.kind !== 'point'))
    )
      return `what runs over (${lost.join(', ')}) at once would become one after the other`
  }
  const tall = anchors.filter((anchor) => isTall(anchor, flow))
  for (const reduction of tall)
    if (anchors.some((anchor) => walks(anchor, reduction) && waitsFor(anchor, reduction, anchors)))
      return `a reduction across rows, over (${reducedBy(reduction).join(', ')}), is shared out alone`
  return null
}

/** A selection over a whole tensor has kernels of its own, after which each element is looked at alone. */
function isElementwise(anchors: readonly Anchor[]): boolean {
  const selections = new Set(anchors.filter(isWholeSelection).map((anchor) => anchor.value))
  const inside = new Set(anchors.map((anchor) => anchor.value))
  const isAlone = ({ from }: Flow): boolean => selections.has(from) || !inside.has(from)
  return selections.size > 0 && anchors.every((anchor) => isPointOr(anchor, selections) && anchor.flows.every(isAlone))
}

const isPointOr = ({ role, value }: Anchor, selections: ReadonlySet<ValueId>): boolean =>
  role.kind === 'point' || selections.has(value)

const isWholeSelection = ({ role, node }: Anchor): boolean =>
  node?.op === 'keep' && role.kind === 'rows' && role.rows.length === 0

const reducedBy = ({ role }: Anchor): readonly string[] => (role.kind === 'reduce' ? role.inner : [])

/** Whether neighbours in memory are reduced to different results, along axes that may be long. */
function isTall(anchor: Anchor, flow: Dataflow): boolean {
  const reduced = reducedBy(anchor)
  if (anchor.node?.op !== 'reduce') return false
  const read = [...anchor.reads, ...anchor.flows.map((one) => one.result)].map((id) => tensorAxes(flow.types.get(id)))
  const overlap = (axes: readonly string[]): number => axes.filter((axis) => anchor.iteration.includes(axis)).length
  const layout = read.reduce((best, axes) => (overlap(axes) > overlap(best) ? axes : best), [])
  const last = layout.findLast((axis) => anchor.iteration.includes(axis))
  const length = reduced.reduce((size, axis) => size * longestExtent(flow.func, axis), 1)
  return last !== undefined && !reduced.includes(last) && length > SHORT_COLUMN
}

const walks = (anchor: Anchor, reduction: Anchor): boolean => reducedBy(reduction).some((axis) => anchor.iteration.includes(axis))

function waitsFor(anchor: Anchor, reduction: Anchor, anchors: readonly Anchor[]): boolean {
  const known = new Map(anchors.map((one) => [one.value, one]))
  const seen = new Set<Anchor>()
  const visit = (one: Anchor): boolean =>
    one.flows.some(({ from }) => {
      const source = known.get(from)
      if (source === undefined || seen.has(source)) return false
      seen.add(source)
      return source === reduction || visit(source)
    })
  return visit(anchor)
}
