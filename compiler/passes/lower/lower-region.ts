/**
 * One region -> its kernels: one for a target of one thread, else one for each form in which its anchors can run.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, type OpDef } from '../../ir/op.ts'
import type { Type } from '../../ir/types.ts'
import { regionAnchors, type Anchor } from '../fuse/anchors.ts'
import type { HostPlan, Storage } from './host-plan.ts'
import { KernelBuilder } from './kernel-builder.ts'
import type { LoweredKernel } from './lowered-kernel.ts'
import { selectionsApart } from './selections-apart.ts'
import { formsOf, type Form } from './forms.ts'
import { isFoldInParts, lowerFoldParts } from './fold-parts.ts'
import type { ParallelTarget } from './parallel-grid.ts'
import { RegionContext, type Execution } from './region-context.ts'
import { scheduleGrid } from './loop-order.ts'
import { RegionLowering } from './region-lowering.ts'

export interface RegionInput {
  readonly node: Node
  readonly plan: HostPlan
  readonly ops: Readonly<Record<string, OpDef>>
  readonly defs: ReadonlyMap<ValueId, Node>
  readonly types: ReadonlyMap<ValueId, Type>
  /** Storage of the region's results, by the value inside the region. */
  readonly results: ReadonlyMap<ValueId, Storage>
  /** Null: for a target that runs one thread. */
  readonly parallel: ParallelTarget | null
}

/** Kernels, in the order in which they run. */
export function lowerRegion(input: RegionInput): readonly LoweredKernel[] {
  const block = input.node.regions[0]!
  const context = (execution: Execution): RegionContext => contextOf(input, execution)
  const anchors = regionAnchors(block, input.ops, input.types)
  const grid = attrAxes(input.node.attrs, 'grid')
  const alone = context('sequential')
  if (input.parallel === null) {
    const scheduled = scheduleGrid(alone, grid, anchors)
    return [new RegionLowering(alone, input, anchors, scheduled, block).run()]
  }
  if (isFoldInParts(block)) return lowerFoldParts(() => context('team'), block, input.results)
  const lowered = (of: readonly Anchor[], settle: (ctx: RegionContext) => void = () => undefined): readonly LoweredKernel[] =>
    formsOf(alone, grid, of, input.parallel?.columnBytes ?? 0).map((form) => lowerForm(input, form, settle))
  return selectionsApart({
    ctx: alone,
    anchors,
    grid,
    results: input.results,
    packsAcross: input.parallel.teamOps !== 'none',
    make: () => context('team'),
    lowered,
  })
}

export function contextOf({ node, plan, ops, defs, types, parallel }: RegionInput, execution: Execution): RegionContext {
  const local = node.regions[0]!.nodes.flatMap((inner) => inner.results.map((result) => [result.id, inner] as const))
  return new RegionContext(new KernelBuilder(ops, node.span), plan, ops, new Map([...defs, ...local]), types, {
    execution,
    teamOps: execution === 'team' ? (parallel?.teamOps ?? 'none') : 'none',
    largestTeam: parallel?.largestTeam ?? 1,
  })
}

/** `settle` says what is known when it runs. */
export function lowerForm(input: RegionInput, form: Form, settle: (ctx: RegionContext) => void = () => undefined): LoweredKernel {
  const { points, ordered, execution } = form.schedule
  return input.plan.assuming(form.assumed ?? new Map(), () => {
    const ctx = contextOf(input, execution)
    settle(ctx)
    return new RegionLowering(ctx, input, form.anchors, [...points, ...ordered], input.node.regions[0]!).runParallel(form)
  })
}
