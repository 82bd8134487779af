/** From a place in a row-major row to a position along each of its axes. */
import type { ValueId } from '../../ir/node.ts'
import type { Env, RegionContext } from './region-context.ts'

export function placeEnv(ctx: RegionContext, axes: readonly string[], place: ValueId, env: Env): Map<string, ValueId> {
  const { b } = ctx
  const out = new Map(env)
  let rest = place
  for (const [i, axis] of [...axes].reverse().entries()) {
    const isOutermost = i === axes.length - 1
    const extent = isOutermost ? null : ctx.extent(axis)
    out.set(axis, extent === null ? rest : b.op('rem', [rest, extent]))
    if (extent !== null) rest = b.op('div', [rest, extent])
  }
  if (axes.length > 1) ctx.asRow(axes, out, place)
  return out
}
