/**
 * Points that are a few numbers, worked on in straight code: a thread that has several of them waits for memory once. They are
 * neighbours along an axis, if there is one, that is not the last: neighbouring threads still read neighbouring elements, and what
 * does not depend on that axis is read once.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { ValueId } from '../../ir/node.ts'
import type { Anchor } from '../fuse/anchors.ts'
import type { ParallelGrid } from './parallel-grid.ts'
import type { RegionContext } from './region-context.ts'

export interface SeveralPoints {
  readonly axis: string
  readonly most: number
  /** Host scalars: points of a thread, `most` or 1; threads along the axis; threads. */
  readonly each: ValueId
  readonly extent: ValueId
  readonly points: ValueId
}

/** What a thread should have under way, unless one load has half of it. */
const BYTES = 32

/** More would not fit in registers. */
const MOST = 4

/** With fewer points, or fewer along the axis, each thread has one. */
const LEAST = { points: 2 ** 17, along: 64 }

export function severalPoints(
  ctx: RegionContext,
  { execution, points, inner, ordered }: ParallelGrid,
  anchors: readonly Anchor[],
  all: ValueId,
): SeveralPoints | null {
  const axis = points.at(-2) ?? points.at(-1)
  const { plan } = ctx
  const elements = Math.max(0, ...inner.map((axes) => plan.pinnedSize(axes)))
  if (execution !== 'threads' || ordered.length > 0 || axis === undefined || elements <= 1 || elements === Infinity) return null
  const bytes = anchors.flatMap(({ reads }) => [...reads].map((id) => bytesAt(ctx, id, axis, points)))
  const read = Math.max(1, ...bytes)
  if (read > BYTES / 4) return null
  const most = Math.min(MOST, 2 ** Math.floor(Math.log2(BYTES / read)))
  const size = plan.size(axis)
  const isWorth = plan.scalar('mul', [plan.isMore(all, LEAST.points - 1), plan.isMore(size, LEAST.along - 1)])
  const [one, some] = [plan.scalar('mul', [size, plan.not(isWorth)]), plan.scalar('mul', [plan.ceilDiv(size, most), isWorth])]
  const extent = plan.scalar('add', [one, some])
  const others = points.filter((other) => other !== axis).map((other) => plan.size(other))
  return {
    axis,
    most,
    each: plan.scalar('add', [plan.int(1), plan.scalar('mul', [isWorth, plan.int(most - 1)])]),
    extent,
    points: others.reduce((x, y) => plan.scalar('mul', [x, y]), extent),
  }
}

/** Bytes of a tensor that are read at a point and at no other along an axis. */
function bytesAt(ctx: RegionContext, id: ValueId, axis: string, points: readonly string[]): number {
  const { dtype, axes } = ctx.tensorType(id)
  const own = axes.filter((inner) => !points.includes(inner))
  return axes.includes(axis) ? dtypeBytes(dtype) * ctx.plan.pinnedSize(own) : 0
}
