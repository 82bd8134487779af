/**
 * A region with selections over whole tensors in two forms, of which extents choose: the selections in kernels of their own, then what is
 * left of the region; or the region as it is. Packing what such selections keep takes many teams, too.
 */
import type { ValueId } from '../../ir/node.ts'
import type { Anchor } from '../fuse/anchors.ts'
import type { Storage } from './host-plan.ts'
import { onlyIf, type LoweredKernel } from './lowered-kernel.ts'
import { packAcross, packsWhole } from './pack-across.ts'
import type { RegionContext } from './region-context.ts'
import { wholeSelections, type WholeSelections } from './whole-selections.ts'

export interface SelectingRegion {
  readonly ctx: RegionContext
  readonly anchors: readonly Anchor[]
  readonly grid: readonly string[]
  readonly results: ReadonlyMap<ValueId, Storage>
  /** Whether teams can do what packing across a tensor takes. */
  readonly packsAcross: boolean
  /** For a kernel of teams. */
  readonly make: () => RegionContext
  /** The kernels of some of the region's anchors; `settle` says what is known when they run. */
  readonly lowered: (of: readonly Anchor[], settle?: (ctx: RegionContext) => void) => readonly LoweredKernel[]
}

/** Without such selections, the kernels of the region as it is. */
export function selectionsApart(region: SelectingRegion): readonly LoweredKernel[] {
  const { ctx, anchors, grid, results, make, lowered } = region
  // Its own kernels settle a selection: what flows from it to a pack is there before.
  const isPacked = (value: ValueId): boolean =>
    packsOf(
      region,
      anchors
        .filter(({ node }) => node?.operands[1] === value)
        .map((anchor) => ({ ...anchor, flows: otherFlows(anchor, value) })),
    ).length > 0
  const whole = wholeSelections(ctx, anchors, grid, make, (value) => results.has(value), isPacked)
  const { wanted, kernels } = whole
  if (wanted === null) return lowered(anchors)
  const apart = [...kernels, ...afterSelections(region, whole)]
  return [
    ...apart.map((kernel) => onlyIf(ctx.plan, wanted, kernel)),
    ...lowered(anchors).map((kernel) => onlyIf(ctx.plan, ctx.plan.not(wanted), kernel)),
  ]
}

const otherFlows = ({ flows }: Anchor, value: ValueId): Anchor['flows'] => flows.filter(({ from }) => from !== value)

const packsOf = ({ results, packsAcross }: SelectingRegion, anchors: readonly Anchor[]): readonly Anchor[] =>
  packsAcross ? anchors.filter((anchor) => packsWhole(anchor, results.get(anchor.value))) : []

function afterSelections(region: SelectingRegion, { anchors, settle, counted }: WholeSelections): readonly LoweredKernel[] {
  const { results, make, lowered } = region
  const packs = packsOf(region, anchors)
  const left = anchors.filter((anchor) => !packs.includes(anchor))
  const settled = (): RegionContext => {
    const ctx = make()
    settle(ctx)
    return ctx
  }
  return [
    ...(left.length === 0 ? [] : lowered(left, settle)),
    ...packs.flatMap(({ node, value }) =>
      packAcross(settled, node!, results.get(value)!, counted.get(node!.operands[1]!) ?? null),
    ),
  ]
}
