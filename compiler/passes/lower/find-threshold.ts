/**
 * The largest key t of a row with at least k keys at or above it. Both searches narrow lo <= t <= hi by counting the keys at or
 * above a probe, and end at a probe with exactly k of them, which is the usual case. One thread halves the range each time: its
 * counts are cheap. A team, for which every count is an exchange among its threads, takes about half as many probes.
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

/** Every so many probes one halves the range, so that no row takes more than so many times as long as by halves alone. */
const HALVE_EVERY = 4

/**
 * False position in the manner of Illinois: a probe goes where a straight line between the surplus of keys at `lo` and the
 * lack of them above `hi` says, and an end that stays twice has its weight halved.
 */
function interpolate(ctx: RegionContext, keys: KernelBuffer, n: ValueId, k: ValueId, low: ValueId, high: ValueId): Threshold {
  const { b } = ctx
  const wanted = b.convert(k, 'f32')
  const surplus = b.op('sub', [b.convert(n, 'f32'), wanted])
  const [lo, , atLeast] = b.while(
    [low, high, n, surplus, wanted, b.i32(0), b.i32(1)],
    ([from, to]) => b.op('lt', [from!, to!]),
    ([from, to, known, over, under, side, turn]) => {
      const span = b.op('bitcast', [b.op('sub', [to!, from!])], { to: 'u32' })
      const step = stepOf(ctx, span, over!, under!, turn!)
      const probe = b.op('add', [from!, b.op('bitcast', [step], { to: 'i32' })])
      const below = b.op('sub', [probe, b.i32(1)])
      const count = countAbove(ctx, keys, n, below)
      const enough = b.op('ge', [count, k])
      const exact = b.op('eq', [count, k])
      const excess = b.op('sub', [b.convert(count, 'f32'), wanted])
      const now = b.op('select', [enough, b.i32(1), b.i32(-1)])
      const again = b.op('eq', [now, side!])
      const halved = (weight: ValueId): ValueId => b.op('select', [again, b.op('mul', [weight, b.f32(0.5)]), weight])
      return [
        b.op('select', [enough, probe, from!]),
        b.op('select', [exact, probe, b.op('select', [enough, to!, below])]),
        b.op('select', [enough, count, known!]),
        b.op('select', [enough, excess, halved(over!)]),
        b.op('select', [enough, halved(under!), b.op('neg', [excess])]),
        now,
        b.op('add', [turn!, b.i32(1)]),
      ]
    },
  )
  return { threshold: lo!, atLeast: atLeast! }
}

/** How far above `lo` the next probe is: at least 1, at most `span`. */
function stepOf({ b }: RegionContext, span: ValueId, over: ValueId, under: ValueId, turn: ValueId): ValueId {
  const one = b.constant(1, 'u32')
  const share = b.op('div', [over, b.op('add', [over, under])])
  const far = b.convert(b.op('mul', [b.convert(span, 'f32'), share]), 'u32')
  const half = b.op('add', [b.op('shr', [span, one]), one])
  const isHalf = b.op('eq', [b.op('and', [turn, b.i32(HALVE_EVERY - 1)]), b.i32(0)])
  return b.op('select', [isHalf, half, b.op('max', [one, b.op('min', [far, span])])])
}
