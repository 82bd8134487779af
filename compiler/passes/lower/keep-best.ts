/**
 * Selection by a team of a target that has `keep_best`: keys are written once, the team settles which are the best, and the row
 * knows. Where the numbers are 16-bit floats in memory, side by side, their bits become keys without being decoded.
 *
 * Equal keys are told apart by position alone. That is enough where masks give keys that no number has: of floats, and without masks.
 */
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { computeDType } from '../../ir/types.ts'
import { alikeBits, budgetAt, countCandidates, countProtected, keyAt, rowLength, type Selection } from './keep.ts'
import { nest } from './nest.ts'
import { valueAs } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

export function canKeepBest(ctx: RegionContext, { score, within, protect }: Selection): boolean {
  const isPlain = within === NONE && protect === NONE
  return ctx.canTally && (isPlain || computeDType(ctx.tensorType(score).dtype) === 'f32')
}

export function emitKeepBest(ctx: RegionContext, selection: Selection, env: Env): void {
  const { b } = ctx
  const { axes } = selection
  const n = rowLength(ctx, selection)
  const halves = halvesOf(ctx, selection, env)
  const floats = halves === null && holdsFloats(ctx, selection)
  const keys = ctx.scratch(halves?.x.dtype ?? 'i32', axes)
  if (halves !== null) b.halfKeys(keys.id, halves.x.id, halves.start, n, halves.order)
  else storeKeys(ctx, selection, keys, floats, env)
  const k = budgetAt(ctx, selection, countCandidates(ctx, selection, env), countProtected(ctx, selection, env), env)
  b.keepBest(keys.id, n, k, selection.ties, floats)
  ctx.available.set(selection.value, (at) => b.isBest(keys.id, ctx.offset(axes, at)))
}

/** Whether the row has the bits of scores: of floats that no mask is about, unless few of their bits differ; on targets for that. */
const holdsFloats = (ctx: RegionContext, { score, within, protect }: Selection): boolean =>
  ctx.hasAllTeamOps &&
  within === NONE &&
  protect === NONE &&
  computeDType(ctx.tensorType(score).dtype) === 'f32' &&
  alikeBits(ctx, score) === 0

function storeKeys(ctx: RegionContext, selection: Selection, keys: KernelBuffer, floats: boolean, env: Env): void {
  const { b } = ctx
  const alike = alikeBits(ctx, selection.score)
  nest(ctx, selection.axes, env, [], (at) => {
    const key = floats
      ? b.op('bitcast', [valueAs(ctx, selection.score, at, 'f32')], { to: 'i32' })
      : keyAt(ctx, selection, at, alike)
    b.store(keys.id, ctx.offset(selection.axes, at), key)
    return []
  })
}

/** How keys of halves order. */
export type HalfOrder = 'value' | 'negative' | 'size'

interface Halves {
  readonly x: KernelBuffer
  readonly start: ValueId
  readonly order: HalfOrder
}

/** The row as 16-bit floats of a tensor in memory, one behind the other, where its scores are those, their magnitudes or negatives. */
function halvesOf(ctx: RegionContext, { score, axes, within, protect }: Selection, env: Env): Halves | null {
  const found = within === NONE && protect === NONE ? orderedBy(ctx, score) : null
  if (found === null) return null
  const { parts, type } = ctx.plan.storageOf(found.x)
  const isRow = axes.every((axis, i) => type.axes[type.axes.length - axes.length + i] === axis)
  if (type.packing !== undefined || !isRow) return null
  const x = ctx.buffer(parts.values!, `t${found.x}`)
  if (!x.readOnly) return null
  const first = new Map([...env, ...axes.map((axis) => [axis, ctx.b.i32(0)] as const)])
  return { x, start: ctx.offset(type.axes, first), order: found.order }
}

/** Which tensor of 16-bit floats a score orders, and how; a sign or its loss changes no other bit, unless that is rounded. */
function orderedBy(ctx: RegionContext, score: ValueId): { readonly x: ValueId; readonly order: HalfOrder } | null {
  const { dtype } = ctx.tensorType(score)
  if (ctx.isExternal(score)) return dtype === 'f16' || dtype === 'bf16' ? { x: score, order: 'value' } : null
  const node = ctx.available.has(score) ? undefined : ctx.defs.get(score)
  if (node?.op !== 'abs' && node?.op !== 'neg') return null
  const inner = orderedBy(ctx, node.operands[0]!)
  if (inner === null || (dtype !== 'f32' && dtype !== ctx.tensorType(inner.x).dtype)) return null
  if (node.op === 'abs') return { x: inner.x, order: 'size' }
  if (inner.order === 'size') return null
  return { x: inner.x, order: inner.order === 'value' ? 'negative' : 'value' }
}
