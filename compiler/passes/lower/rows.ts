/** Row ops that are neither selections nor packings: running sums and lists of kept positions. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString, NONE } from '../../ir/op.ts'
import { computeDType } from '../../ir/types.ts'
import { countedAlong } from './counted-along.ts'
import { nest } from './nest.ts'
import type { Slot } from './reduction-scheme.ts'
import { valueAs } from './values.ts'
import type { Env, RegionContext } from './region-context.ts'

/** Running sum along one axis, into the slot. */
export function emitScan(ctx: RegionContext, node: Node, slot: Slot, env: Env): void {
  const { b } = ctx
  const axis = attrString(node.attrs, 'axis')
  const value = node.results[0]!.id
  const dtype = computeDType(ctx.tensorType(value).dtype)
  const exclusive = node.attrs.exclusive === true
  const zero = { init: b.constant(0, dtype), combine: 'none' as const }
  nest(
    ctx,
    [axis],
    env,
    [zero],
    (at, [sum]) => {
      const next = b.op('add', [sum!, valueAs(ctx, node.operands[0]!, at, dtype)])
      b.store(slot.buffer.id, ctx.offset(slot.axes, at), exclusive ? sum! : next)
      return [next]
    },
    { sequential: true },
  )
}

/** Positions of the kept elements of a row, ascending; in a row shorter than others, position 0 behind them. */
export function emitKeptIndices(ctx: RegionContext, node: Node, slot: Slot, env: Env): void {
  const { b } = ctx
  const axis = attrString(node.attrs, 'axis')
  const as = attrString(node.attrs, 'as')
  const put = (place: ValueId, position: ValueId): void =>
    b.store(slot.buffer.id, ctx.offset(slot.axes, new Map(env).set(as, place)), position)
  const kept = (at: Env): ValueId => valueAs(ctx, node.operands[0]!, at, 'bool')
  const count = countedAlong(ctx, [axis], env, kept, (at, isKept, place) => {
    b.if(isKept, () => {
      put(place, at.get(axis)!)
      return []
    })
  })
  const isRagged = (node.operands[1] ?? NONE) === NONE && ctx.tensorType(node.results[0]!.id).axes.length > 1
  if (!isRagged) return
  b.lanes(count, ctx.extent(as), [], [], (place) => {
    put(place, b.i32(0))
    return []
  })
}
