/** Which of the algorithms selects from the rows of one point, by what is known of them; see keep.ts. */
import type { Node } from '../../ir/node.ts'
import { canKeepBest, emitKeepBest } from './keep-best.ts'
import { emitFew } from './keep-few.ts'
import { emitRanked, rankedLength } from './keep-ranked.ts'
import { BUCKETS, emitStreamed } from './keep-streamed.ts'
import { emitKeep, selectionOf } from './keep.ts'
import type { Env, RegionContext } from './region-context.ts'

/** `isWhole`: the row is all there is, and read once. */
export function emitSelection(ctx: RegionContext, node: Node, isWhole: boolean, env: Env): void {
  const selection = selectionOf(ctx, node)
  const length = rankedLength(ctx, selection)
  const row = (): ReturnType<RegionContext['scratch']> => ctx.scratch('i32', selection.axes)
  if (length !== null) {
    // One thread keeps the flags of a row that is written out in registers.
    const flags = ctx.execution === 'threads' ? null : ctx.scratchOf('i32', ctx.plan.int(length))
    emitRanked(ctx, selection, flags, length, env)
  } else if (isWhole) emitStreamed(ctx, selection, ctx.scratchOf('i32', ctx.plan.int(BUCKETS)), env)
  else if (ctx.longestRow <= 32 && selection.axes.length === 1) emitFew(ctx, selection, row(), env)
  else if (canKeepBest(ctx, selection)) emitKeepBest(ctx, selection, env)
  else emitKeep(ctx, selection, row(), env)
}
