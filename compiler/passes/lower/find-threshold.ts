/**
 * The largest key t of a row with at least k keys at or above it. Both searches narrow lo <= t <= hi by counting the keys at or
 * above a probe, and end at a probe with exactly k of them, which is the usual case. One thread halves the range each time: its
 * counts are cheap. A team, for which every count is an exchange among its threads, takes about half as many probes, unless the
 * target has a search of its own.
 */
import type { ValueId } from '../../ir/node.ts'
import type { KernelBuffer, RegionContext } from './region-context.ts'

export interface Threshold {
  readonly threshold: ValueId
  /** How many keys are at or above it. */
  readonly atLeast: ValueId
}

/** `low` and `high`: the least and the greatest key; `n`: how many keys there are, at least k. */
export function findThreshold(
  ctx: RegionContext,
  keys: KernelBuffer,
  n: ValueId,
  k: ValueId,
  low: ValueId,
  high: ValueId,
): Threshold {
  if (ctx.canTally) {
    const [threshold, atLeast] = ctx.b.threshold(keys.id, n, k, low, high)
    return { threshold: threshold!, atLeast: atLeast! }
  }
  return ctx.execution === 'team' ? interpolate(ctx, keys, n, k, low, high) : bisect(ctx, keys, n, k, low, high)
}

/** How many keys of the row are above `probe`. */
export function countAbove({ b }: RegionContext, keys: KernelBuffer, n: ValueId, probe: ValueId): ValueId {
  const [count] = b.lanes(b.i32(0), n, [b.i32(0)], ['sum'], (i, [sum]) => [
    b.op('add', [sum!, b.convert(b.op('gt', [b.load(keys.id, i), probe]), 'i32')]),
  ])
  return count!
}

function bisect(ctx: RegionContext, keys: KernelBuffer, n: ValueId, k: ValueId, low: ValueId, high: ValueId): Threshold {
  const { b } = ctx
  const [lo, , atLeast] = b.while(
    [low, high, n],
    ([from, to]) => b.op('lt', [from!, to!]),
    ([from, to, known]) => {
      const span = b.op('bitcast', [b.op('sub', [to!, from!])], { to: 'u32' })
      const half = b.op('bitcast', [b.op('shr', [span, b.constant(1, 'u32')])], { to: 'i32' })
      const below = b.op('add', [from!, half]) // probe - 1: from <= below < to
      const count = countAbove(ctx, keys, n, below)
      const probe = b.op('add', [below, b.i32(1)])
      const enough = b.op('ge', [count, k])
      const exact = b.op('eq', [count, k])
      return [
        b.op('select', [enough, probe, from!]),
        b.op('select', [exact, probe, b.op('select', [enough, to!, below])]),
        b.op('select', [enough, count, known!]),
      ]
    },
  )
  return { threshold: lo!, atLeast: atLeast! }
}

/** After so many probes the range is halved instead, so that no row takes many more than by halves alone. */
const MOST_GUESSES = 24

/** What is left of the weight of an end that stays, so that no end stays for long. */
const DECAY = 0.75

/**
 * False position: a probe goes where a straight line between the surplus of keys at `lo` and the lack of them above `hi` says.
 * All threads of a team compute it alike, so it has to be short: the weight of an end that stays shrinks whether or not it
 * stayed before, and a rough quotient will do.
 */
function interpolate(ctx: RegionContext, keys: KernelBuffer, n: ValueId, k: ValueId, low: ValueId, high: ValueId): Threshold {
  const { b } = ctx
  const wanted = b.convert(k, 'f32')
  const surplus = b.op('sub', [b.convert(n, 'f32'), wanted])
  const [lo, , atLeast] = b.while(
    [low, high, n, surplus, wanted, b.i32(0)],
    ([from, to]) => b.op('lt', [from!, to!]),
    ([from, to, known, over, under, turn]) => {
      const span = b.op('bitcast', [b.op('sub', [to!, from!])], { to: 'u32' })
      const step = stepOf(ctx, span, over!, under!, turn!)
      const probe = b.op('add', [from!, b.op('bitcast', [step], { to: 'i32' })])
      const below = b.op('sub', [probe, b.i32(1)])
      const count = countAbove(ctx, keys, n, below)
      const enough = b.op('ge', [count, k])
      const exact = b.op('eq', [count, k])
      const excess = b.op('sub', [b.convert(count, 'f32'), wanted])
      const decayed = (weight: ValueId): ValueId => b.op('mul', [weight, b.f32(DECAY)])
      return [
        b.op('select', [enough, probe, from!]),
        b.op('select', [exact, probe, b.op('select', [enough, to!, below])]),
        b.op('select', [enough, count, known!]),
        b.op('select', [enough, excess, decayed(over!)]),
        b.op('select', [enough, decayed(under!), b.op('neg', [excess])]),
        b.op('add', [turn!, b.i32(1)]),
      ]
    },
  )
  return { threshold: lo!, atLeast: atLeast! }
}

/** How far above `lo` the next probe is: at least 1, at most `span`. */
function stepOf(ctx: RegionContext, span: ValueId, over: ValueId, under: ValueId, turn: ValueId): ValueId {
  const { b } = ctx
  const one = b.constant(1, 'u32')
  const share = b.op('mul', [over, roughReciprocal(ctx, b.op('add', [over, under]))])
  const far = b.convert(b.op('mul', [b.convert(span, 'f32'), share]), 'u32')
  const half = b.op('add', [b.op('shr', [span, one]), one])
  const isGuess = b.op('lt', [turn, b.i32(MOST_GUESSES)])
  return b.op('select', [isGuess, b.op('max', [one, b.op('min', [far, span])]), half])
}

/** 1/x of a positive number within an eighth: the exponent turned round, the fraction taken as linear. */
function roughReciprocal({ b }: RegionContext, x: ValueId): ValueId {
  const bits = b.op('sub', [b.i32(0x7ef311c7), b.op('bitcast', [x], { to: 'i32' })])
  return b.op('bitcast', [bits], { to: 'f32' })
}
