/**
 * Visits the elements of a row in order, each with how many before it a condition holds for. One thread counts as it goes. A
 * team that cannot tally takes 32 elements at a time: their conditions become the bits of a word, and every thread counts the bits
 * below its own.
 */
import type { ValueId } from '../../ir/node.ts'
import { nest } from './nest.ts'
import { placeEnv } from './place-env.ts'
import type { Env, RegionContext } from './region-context.ts'
import { bitAt, bitCount, bitsBelow, hasBit } from './word-bits.ts'

type Condition = (at: Env) => ValueId
/** Effects alone: `before` is what was counted before the element. */
type Visit = (at: Env, holds: ValueId, before: ValueId) => void

/** Gives how many elements the condition holds for. It is asked before anything is done to the element, or to one of its word. */
export function countedAlong(ctx: RegionContext, axes: readonly string[], env: Env, condition: Condition, visit: Visit): ValueId {
  const { b } = ctx
  if (ctx.canTally) {
    const at = (i: ValueId): Env => placeEnv(ctx, axes, i, env)
    return b.tally(
      b.i32(0),
      ctx.size(axes),
      (i) => condition(at(i)),
      (i, holds, before) => visit(at(i), holds, before),
    )
  }
  if (ctx.execution === 'team' && !b.sideBySide) return countedByTeam(ctx, axes, env, condition, visit)
  const [count] = nest(
    ctx,
    axes,
    env,
    [{ init: b.i32(0), combine: 'none' }],
    (at, [before]) => {
      const holds = condition(at)
      visit(at, holds, before!)
      return [b.op('add', [before!, b.convert(holds, 'i32')])]
    },
    { sequential: true },
  )
  return count!
}

function countedByTeam(ctx: RegionContext, axes: readonly string[], env: Env, condition: Condition, visit: Visit): ValueId {
  const { b } = ctx
  const n = ctx.size(axes)
  const words = b.op('shr', [b.op('add', [n, b.i32(31)]), b.i32(5)])
  const [count] = b.for(b.i32(0), words, [b.i32(0)], (word, [before]) => {
    const lo = b.op('mul', [word, b.i32(32)])
    const hi = b.op('min', [b.op('add', [lo, b.i32(32)]), n])
    const bitOf = (i: ValueId): ValueId => bitAt(b, b.op('sub', [i, lo]))
    const [bits] = b.lanes(lo, hi, [b.constant(0, 'u32')], ['or'], (i, [collected]) => {
      const holds = condition(placeEnv(ctx, axes, i, env))
      return [b.op('or', [collected!, b.op('select', [holds, bitOf(i), b.constant(0, 'u32')])])]
    })
    b.lanes(lo, hi, [], [], (i) => {
      const own = bitOf(i)
      const place = b.op('add', [before!, bitsBelow(b, bits!, own)])
      visit(placeEnv(ctx, axes, i, env), hasBit(b, bits!, own), place)
      return []
    })
    return [b.op('add', [before!, bitCount(b, bits!)])]
  })
  return count!
}
