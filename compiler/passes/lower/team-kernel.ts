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

/** Elements of a window. */
const WINDOW = 16384

/** Host scalar: how many windows a tensor over `axes` has. */
export const windowCount = ({ plan }: RegionContext, axes: readonly string[]): ValueId => plan.ceilDiv(plan.product(axes), WINDOW)

/** A team for each of so many windows. */
export function windowKernel(ctx: RegionContext, windows: ValueId, body: (window: ValueId) => void): LoweredKernel {
  const { b, plan } = ctx
  b.points([ctx.scalar(windows, 'i32')], true, ([window]) => {
    ctx.window = { first: b.op('mul', [window!, b.i32(WINDOW)]), size: WINDOW }
    body(window!)
  })
  return teamKernel(ctx, windows, plan.int(WINDOW))
}
