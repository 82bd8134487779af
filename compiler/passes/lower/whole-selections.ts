/**
 * Takes selections over a whole tensor out of a region for many threads: they get kernels of their own, before the region's, in
 * which each element then looks at the cut alone. What needs anything else that the region computes stays where it is.
 */
import type { ValueId } from '../../ir/node.ts'
import { attrAxes } from '../../ir/op.ts'
import type { Anchor } from '../fuse/anchors.ts'
import { selectAcross, type CountedWindows } from './keep-across.ts'
import { rankedLength } from './keep-ranked.ts'
import { selectionOf } from './keep.ts'
import type { LoweredKernel } from './lowered-kernel.ts'
import type { RegionContext } from './region-context.ts'

/** Smaller tensors are one team's, which takes one launch: at once where they are pinned, else as extents say. */
const MOST_AT_ONCE = 16384

export interface WholeSelections {
  readonly kernels: readonly LoweredKernel[]
  /** Host scalar: 1 where these kernels are wanted, 0 where the region is better off as it was; null: there are none. */
  readonly wanted: ValueId | null
  /** What is left for the region: its results are stored element by element, where something needs them. */
  readonly anchors: readonly Anchor[]
  readonly settle: (ctx: RegionContext) => void
  /** Of selections of which that is known. */
  readonly counted: ReadonlyMap<ValueId, CountedWindows>
}

export function wholeSelections(
  ctx: RegionContext,
  anchors: readonly Anchor[],
  grid: readonly string[],
  make: () => RegionContext,
  isResult: (value: ValueId) => boolean,
  isPacked: (value: ValueId) => boolean,
): WholeSelections {
  const settled: ((ctx: RegionContext) => void)[] = []
  const taken = new Set<ValueId>()
  const kernels: LoweredKernel[] = []
  const sizes: ValueId[] = []
  const counted = new Map<ValueId, CountedWindows>()
  const settle = (to: RegionContext): void => settled.forEach((one) => one(to))
  for (const anchor of anchors) {
    if (!isWhole(ctx, anchor, grid) || anchor.flows.some(({ from }) => !taken.has(from))) continue
    const known = (): RegionContext => {
      const fresh = make()
      settle(fresh)
      return fresh
    }
    const found = selectAcross(ctx.plan, selectionOf(ctx, anchor.node!), known, isPacked(anchor.value))
    if (found.counted !== null) counted.set(anchor.value, found.counted)
    kernels.push(...found.kernels)
    sizes.push(ctx.plan.product(attrAxes(anchor.node!.attrs)))
    settled.push(found.settle)
    taken.add(anchor.value)
  }
  const left = anchors.filter(({ value }) => !taken.has(value) || isResult(value))
  const largest = sizes.length === 0 ? null : sizes.reduce((x, y) => ctx.plan.scalar('max', [x, y]))
  const wanted = largest === null ? null : ctx.plan.isMore(largest, MOST_AT_ONCE)
  return { kernels, wanted, anchors: left.map((anchor) => withoutFlows(anchor, taken)), settle, counted }
}

function isWhole(ctx: RegionContext, { node }: Anchor, grid: readonly string[]): boolean {
  if (node?.op !== 'keep' || grid.length > 0) return false
  const selection = selectionOf(ctx, node)
  return rankedLength(ctx, selection) === null && ctx.plan.pinnedSize(selection.axes) > MOST_AT_ONCE
}

function withoutFlows(anchor: Anchor, taken: ReadonlySet<ValueId>): Anchor {
  const flows = anchor.flows.filter(({ from }) => !taken.has(from))
  return taken.has(anchor.value) ? { ...anchor, role: { kind: 'point', moved: [] }, flows } : { ...anchor, flows }
}
