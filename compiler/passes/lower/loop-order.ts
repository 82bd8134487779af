/**
 * The order of loops on a machine that reads memory in lines: the axis that is contiguous in the largest operand goes
 * innermost. A grid axis inside a reduced one would make every grid point stride through memory, so it is taken out of
 * the grid: the reduction then runs along rows and keeps one accumulator per element of the row.
 */
import type { ValueId } from '../../ir/node.ts'
import { attrAxes } from '../../ir/op.ts'
import type { Anchor } from '../fuse/anchors.ts'
import type { RegionContext } from './region-context.ts'

/** Axes of the tensor that decides the order: the one in memory with most of the loops' axes. */
export function leadingLayout(ctx: RegionContext, loops: readonly string[], group: readonly Anchor[]): readonly string[] {
  const stored = group.filter((anchor) => anchor.role.kind === 'point').map((anchor) => anchor.axes)
  const read = group.flatMap((anchor) => [...anchor.reads].map((id: ValueId) => ctx.axesOf(id)))
  const flowing = group.flatMap((anchor) => anchor.flows.map((flow) => ctx.axesOf(flow.result)))
  const own = group.map((anchor) => anchor.iteration)
  return mostOf(loops, [...stored, ...read, ...flowing, ...own])
}

/** The first of the layouts that have most of the axes. */
function mostOf(loops: readonly string[], layouts: readonly (readonly string[])[]): readonly string[] {
  const overlap = (axes: readonly string[]): number => axes.filter((axis) => loops.includes(axis)).length
  return layouts.reduce((best, axes) => (overlap(axes) > overlap(best) ? axes : best), layouts[0] ?? [])
}

/** Loops over `inner`, outermost first; axes in `last` go innermost whatever the layout. */
export function chooseOrder(
  ctx: RegionContext,
  inner: readonly string[],
  group: readonly Anchor[],
  last: readonly string[] | null,
): readonly string[] {
  const leading = leadingLayout(ctx, inner, group).filter((axis) => inner.includes(axis))
  const order = [...inner.filter((axis) => !leading.includes(axis)), ...leading]
  return last === null ? order : [...order.filter((axis) => !last.includes(axis)), ...order.filter((axis) => last.includes(axis))]
}

/** The part of the grid that is looped over outermost. */
export function scheduleGrid(ctx: RegionContext, grid: readonly string[], anchors: readonly Anchor[]): readonly string[] {
  if (anchors.some((anchor) => anchor.role.kind === 'rows')) return grid
  const values = new Set(anchors.map((anchor) => anchor.value))
  const flows = anchors.some((anchor) => anchor.flows.some((flow) => values.has(flow.from)))
  const reductions = anchors.filter((anchor) => anchor.role.kind === 'reduce')
  if (reductions.length === 0) return []
  const reduced = new Set(reductions.flatMap((anchor) => [...attrAxes(anchor.node!.attrs)]))
  const kept = flows ? grid : grid.filter((axis) => !reduced.has(axis))
  return reductions.reduce<readonly string[]>((left, anchor) => withoutStrided(ctx, left, anchor), kept)
}

/** Only what lies in memory has a layout to respect: what another reduction of the region hands over is laid out as is best. */
function withoutStrided(ctx: RegionContext, grid: readonly string[], anchor: Anchor): readonly string[] {
  const layout = mostOf(
    anchor.iteration,
    [...anchor.reads].map((id) => layoutRead(ctx, anchor, id)),
  )
  const firstInner = layout.findIndex((axis) => anchor.iteration.includes(axis) && !grid.includes(axis))
  return firstInner < 0 ? grid : grid.filter((axis) => !layout.includes(axis) || layout.indexOf(axis) < firstInner)
}

/** The axes of a tensor as the loops walk it: a gather or a renaming walks others in the place of its own. */
function layoutRead(ctx: RegionContext, anchor: Anchor, id: ValueId): readonly string[] {
  const moving = [...anchor.inlined]
    .map((value) => ctx.defs.get(value))
    .find((node) => (node?.op === 'gather' || node?.op === 'rename') && node.operands[0] === id)
  return ctx.axesOf(moving === undefined ? id : moving.results[0]!.id)
}
