/** How a kernel of teams ends, and how one over windows begins: so many elements of a tensor are a point, whatever its axes. */
import type { ValueId } from '../../ir/node.ts'
import type { LoweredKernel } from './lowered-kernel.ts'
import type { RegionContext } from './region-context.ts'

/** `points` and `width` are host scalars: how many points there are, and the longest loop of a team. */
export const teamKernel = (ctx: RegionContext, points: ValueId, width: ValueId): LoweredKernel => ({
  body: ctx.b.finish(),
  args: [...ctx.args, points, width],
  argKinds: [...ctx.argKinds, 'points', 'width'],
  team: true,
})

/** Elements of a window, unless a kernel has other ones. */
const WINDOW = 16384

/** The shortest loop for which the largest team is wanted, however many points there are. */
export const widestLoop = ({ largestTeam }: RegionContext): number => 64 * largestTeam

/** Host scalar: how many windows a tensor over `axes` has. */
export const windowCount = ({ plan }: RegionContext, axes: readonly string[], size = WINDOW): ValueId =>
  plan.ceilDiv(plan.product(axes), size)

/** Of kernels over windows. */
export interface WindowOptions {
  readonly size?: number
  /** What the team is chosen by: more than its size where threads wait for each other after every element that they have. */
  readonly width?: number
}

export const windowAt = ({ b }: RegionContext, window: ValueId, size = WINDOW): NonNullable<RegionContext['window']> => ({
  first: b.op('mul', [window, b.i32(size)]),
  size,
})

/** A team for each of so many windows. */
export function windowKernel(
  ctx: RegionContext,
  windows: ValueId,
  body: (window: ValueId) => void,
  { size = WINDOW, width = size }: WindowOptions = {},
): LoweredKernel {
  const { b, plan } = ctx
  b.points([ctx.scalar(windows, 'i32')], true, ([window]) => {
    ctx.window = windowAt(ctx, window!, size)
    body(window!)
  })
  return teamKernel(ctx, windows, plan.int(width))
}
