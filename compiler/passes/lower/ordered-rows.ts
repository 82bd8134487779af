/**
 * Row ops that need the order of a row: `order`, `kth`, `prefix_count`. One of these for every region: what several nodes
 * need (keys of a row, a sorted order, scratch) is made once.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { storeKeys, type RowKeys, type Selection } from './keep.ts'
import { rankedLength } from './keep-ranked.ts'
import { BUCKETS } from './keep-streamed.ts'
import { kthOf, kthOfKeys, kthRanked, kthStreamed } from './kth.ts'
import { emitOrder, emitOrderRanked, orderOf } from './order.ts'
import { emitPrefixCount, kindAxes, sharedWork } from './prefix-count.ts'
import type { Slot } from './reduction-scheme.ts'
import { SORT_BUCKETS, type SortScratch } from './sort.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

export class OrderedRows {
  private readonly ctx: RegionContext
  private readonly keys = new Map<string, RowKeys>()
  private readonly counts = new Map<string, readonly ValueId[]>()
  private readonly scratch = new Map<ValueId, SortScratch>()

  constructor(ctx: RegionContext) {
    this.ctx = ctx
  }

  /** Into the slot, which has the axes of the row. */
  order(node: Node, slot: Slot, env: Env): void {
    const { ctx } = this
    const selection = orderOf(node, ctx.axesOf(node.results[0]!.id))
    const length = rankedLength(ctx, selection)
    if (length === null) emitOrder(ctx, node, slot, this.sortScratch(ctx.plan.product(selection.axes)), env)
    else emitOrderRanked(ctx, node, slot, length, env)
  }

  /** The k-th best of the row; `isWhole`: the row is the whole tensor. */
  kth(node: Node, isWhole: boolean, env: Env): ValueId {
    const { ctx } = this
    const selection = kthOf(ctx, node)
    const length = rankedLength(ctx, selection)
    if (length !== null) return kthRanked(ctx, selection, length, env)
    if (isWhole) return kthStreamed(ctx, selection, this.ctx.scratchOf('i32', ctx.plan.int(BUCKETS)), env)
    return kthOfKeys(ctx, selection, this.rowKeys(selection, env), env)
  }

  /** The count that `prefix_count` gives for its kind of units. */
  prefixCount(node: Node, env: Env): ValueId {
    const { ctx } = this
    const key = sharedWork(node)
    const counts = this.counts.get(key) ?? emitPrefixCount(ctx, node, this.prefixScratch(node), env)
    this.counts.set(key, counts)
    return counts[Number(node.attrs.part)]!
  }

  private prefixScratch(node: Node): SortScratch & { readonly weights: KernelBuffer } {
    const { plan } = this.ctx
    const sizes = kindAxes(this.ctx, node).map((axes) => plan.product(axes))
    const length = sizes.reduce((x, y) => plan.scalar('add', [x, y]))
    return { ...this.sortScratch(length), weights: this.ctx.scratchOf('f32', length) }
  }

  private rowKeys(selection: Selection, env: Env): RowKeys {
    const { score, within, axes } = selection
    const name = `${score} ${within} ${axes.join()}`
    const known = this.keys.get(name)
    if (known !== undefined) return known
    const made = storeKeys(this.ctx, selection, this.ctx.scratchOf('i32', this.ctx.plan.product(axes)), env)
    this.keys.set(name, made)
    return made
  }

  private sortScratch(length: ValueId): SortScratch {
    const known = this.scratch.get(length)
    if (known !== undefined) return known
    const { plan } = this.ctx
    const twice = plan.scalar('mul', [length, plan.int(2)])
    const made = {
      keys: this.ctx.scratchOf('i32', twice),
      places: this.ctx.scratchOf('i32', twice),
      counts: this.ctx.scratchOf('i32', plan.int(SORT_BUCKETS)),
    }
    this.scratch.set(length, made)
    return made
  }
}
