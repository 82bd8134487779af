/**
 * How a region runs on many threads: which axes its points run over, in which order, and who works on one point. Neighbouring
 * threads should read neighbouring elements, so what is contiguous in the largest operand decides: when that axis is one of
 * the grid, neighbouring points have a thread each; when it lies inside, a team shares out each point.
 */
import type { ValueId } from '../../ir/node.ts'
import type { Anchor } from '../fuse/anchors.ts'
import { leadingLayout } from './loop-order.ts'
import type { Execution, RegionContext } from './region-context.ts'

export interface ParallelTarget {
  /** What teams have: counting along ranges; all else that teams can have, too. */
  readonly teamOps: 'none' | 'ranges' | 'all'
  /** Threads of the largest teams. */
  readonly largestTeam: number
  /** Bytes of neighbouring columns that a thread takes at once; 0: it takes one column. */
  readonly columnBytes: 0 | 4 | 8 | 16
}

export interface ParallelGrid {
  /** Of the points, outermost first. */
  readonly points: readonly string[]
  /** Axes that are looped over one after the other inside a point. */
  readonly ordered: readonly string[]
  readonly execution: Exclude<Execution, 'sequential'>
  /** Axes of the longest loops of a point. */
  readonly inner: readonly (readonly string[])[]
  /** A point is so many elements of what is computed element by element, whatever its axes. */
  readonly window: number | null
}

/** Elements of a point of a point-wise region: a few for each thread of a team, so that narrow ones fill words. */
const WINDOW = 1024

/** Work of at most this many elements is left to one thread. */
const MOST_ALONE = 16

export function parallelGrid(ctx: RegionContext, grid: readonly string[], anchors: readonly Anchor[]): ParallelGrid {
  const inner = anchors.map((anchor) => anchor.iteration.filter((axis) => !grid.includes(axis))).filter((axes) => axes.length > 0)
  // Rows of different lengths are written one behind the other.
  if (anchors.some((anchor) => anchor.node?.op === 'pack' && anchor.node.attrs.exact !== true))
    return { points: [], ordered: grid, execution: 'team', inner, window: null }
  if (anchors.every(isElementwise) && anchors.some((anchor) => anchor.axes.length > 0))
    return { points: [], ordered: [], execution: 'team', inner: anchors.map((anchor) => anchor.axes), window: WINDOW }
  const layout = leadingLayout(ctx, [...grid, ...inner.flat()], anchors)
  const contiguous = layout.at(-1)
  const alone = inner.every((axes) => ctx.plan.pinnedSize(axes) <= MOST_ALONE)
  const isColumn = contiguous !== undefined && grid.includes(contiguous)
  const execution = alone || (isColumn && !anchors.some(needsTeam)) ? 'threads' : 'team'
  const points = [...grid.filter((axis) => !layout.includes(axis)), ...layout.filter((axis) => grid.includes(axis))]
  return { points, ordered: [], execution, inner, window: null }
}

/** Whether elements are computed without looking at what the region computes elsewhere. */
const isElementwise = ({ role, flows }: Anchor): boolean => role.kind === 'point' && flows.length === 0

/** Whether one thread would have to work through a whole matrix or sort a row alone. */
const needsTeam = ({ node }: Anchor): boolean => ['order', 'prefix_count', 'kth', 'iterate'].includes(node?.op ?? '')

/** Host scalar: the number of points. */
export function pointCount(ctx: RegionContext, { points, inner, window }: ParallelGrid): ValueId {
  if (window === null) return sizes(ctx, points)
  const most = inner.map((axes) => sizes(ctx, axes)).reduce((x, y) => ctx.plan.scalar('max', [x, y]))
  return ctx.plan.ceilDiv(most, window)
}

/** Host scalar: elements of the longest loop of a point; of an axis that is counted, those there may be. */
export function teamWidth(ctx: RegionContext, { inner, ordered, window }: ParallelGrid): ValueId {
  if (window !== null) return ctx.plan.int(window)
  const lengths = inner.map((axes) => ctx.plan.product(axes.filter((axis) => !ordered.includes(axis))))
  return lengths.length === 0 ? ctx.plan.int(1) : lengths.reduce((x, y) => ctx.plan.scalar('max', [x, y]))
}

function sizes({ plan }: RegionContext, axes: readonly string[]): ValueId {
  const [first = plan.int(1), ...others] = axes.map((axis) => plan.size(axis))
  return others.reduce((x, y) => plan.scalar('mul', [x, y]), first)
}
