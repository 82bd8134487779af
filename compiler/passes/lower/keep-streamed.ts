/**
 * Selection over one row that is the whole tensor, of any size: a radix search over the key's digits (11, 11 and 10 bits,
 * most significant first). Each pass recomputes the scores and counts the digits of keys that match the prefix found so
 * far; nothing of the size of the tensor is stored. Ties are cut at the position of the last one admitted.
 */
import type { ValueId } from '../../ir/node.ts'
import { budgetAt, countCandidates, countProtected, HIGHEST, keyAt, LOWEST, safeAt, type Selection } from './keep.ts'
import { nest, type Carried } from './nest.ts'
import { maskAt } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

export const BUCKETS = 2048
export const DIGITS = [
  { shift: 21, bits: 11 },
  { shift: 10, bits: 11 },
  { shift: 0, bits: 10 },
] as const

/** `histogram` has BUCKETS elements of i32. */
export function emitStreamed(ctx: RegionContext, selection: Selection, histogram: KernelBuffer, env: Env): void {
  const { b } = ctx
  const protectedCount = countProtected(ctx, selection, env)
  const k = budgetAt(ctx, selection, countCandidates(ctx, selection, env), protectedCount, env)
  const none = b.op('eq', [k, b.i32(0)])
  const { threshold, remaining } = streamedThreshold(ctx, selection, histogram, k, env)
  const reserved =
    protectedCount === null ? b.i32(0) : b.op('select', [b.op('eq', [threshold, b.i32(HIGHEST)]), protectedCount, b.i32(0)])
  const room = b.op('sub', [remaining, reserved])
  const everywhere = (): ValueId => b.op('select', [b.op('gt', [room, b.i32(0)]), b.i32(HIGHEST), b.i32(-1)])
  const last = selection.ties === 'all' ? everywhere() : lastAdmitted(ctx, selection, histogram, threshold, room, env)
  const cut = b.op('select', [none, b.i32(HIGHEST), threshold])
  const limit = b.op('select', [none, b.i32(-1), last])
  keptByCut(ctx, selection, () => ({ cut, limit }))
}

/** The key of the last one kept, and the last position at which that key is kept. */
interface Cut {
  readonly cut: ValueId
  readonly limit: ValueId
}

/** Makes known what a selection keeps, by its cut. */
export function keptByCut(ctx: RegionContext, selection: Selection, cutOf: () => Cut): void {
  const { b } = ctx
  // Once per place: each of a cascade asks the one before it several times, and what was asked twice doubles at every step.
  ctx.available.set(selection.value, (at) => {
    const key = `${selection.value}@${ctx
      .axesOf(selection.value)
      .map((axis) => at.get(axis))
      .join()}`
    const { cut, limit } = cutOf()
    return b.recall(key) ?? b.rememberHere(key, keptAt(ctx, selection, cut, limit, at))
  })
}

/** The key of the k-th best candidate, and how many of those that have it are among the k best. */
export function streamedThreshold(
  ctx: RegionContext,
  selection: Selection,
  histogram: KernelBuffer,
  k: ValueId,
  env: Env,
): { readonly threshold: ValueId; readonly remaining: ValueId } {
  const { b } = ctx
  const { key, remaining } = searchDigits(ctx, selection, histogram, keyDigits(ctx, selection), k, env)
  return { threshold: b.op('xor', [b.op('bitcast', [key], { to: 'i32' }), b.i32(LOWEST)]), remaining }
}

function unsignedKey(ctx: RegionContext, selection: Selection, env: Env): ValueId {
  const { b } = ctx
  return b.op('bitcast', [b.op('xor', [keyAt(ctx, selection, env), b.i32(LOWEST)])], { to: 'u32' })
}

/** The keys of candidates. */
export const keyDigits = (ctx: RegionContext, selection: Selection): Digits => ({
  keyOf: (at) => unsignedKey(ctx, selection, at),
  eligible: (at) => maskAt(ctx, selection.within, at),
})

/** The positions of those whose key is `threshold`, complemented: the first one is the largest. */
export const positionDigits = (ctx: RegionContext, selection: Selection, threshold: ValueId): Digits => ({
  keyOf: (at) =>
    ctx.b.op('xor', [ctx.b.op('bitcast', [ctx.offset(selection.axes, at)], { to: 'u32' }), ctx.b.constant(2 ** 32 - 1, 'u32')]),
  eligible: (at) => tiedAt(ctx, selection, threshold, at),
})

interface Digits {
  readonly keyOf: (at: Env) => ValueId // u32
  /** Whether the element is counted; null: it is. */
  readonly eligible: (at: Env) => ValueId | null
}

/** The `wanted`-th largest key, digit by digit, and how many of those that have it are among the `wanted` largest. */
function searchDigits(
  ctx: RegionContext,
  selection: Selection,
  histogram: KernelBuffer,
  digits: Digits,
  wanted: ValueId,
  env: Env,
): { readonly key: ValueId; readonly remaining: ValueId } {
  const { b } = ctx
  let key = b.constant(0, 'u32')
  let remaining = wanted
  DIGITS.forEach((digit, pass) => {
    countDigits(ctx, selection, histogram, digits, digit, pass === 0 ? null : key, env)
    const [bucket, left] = findBucket(ctx, histogram, 2 ** digit.bits, remaining)
    key = b.op('or', [b.op('shl', [key, b.constant(digit.bits, 'u32')]), b.op('bitcast', [bucket], { to: 'u32' })])
    remaining = left
  })
  return { key, remaining }
}

/**
 * Counts of the elements of the context's window by one digit, of those that begin with `prefix`. With `countsHigher`, the result is how
 * many begin with more.
 */
export function countDigits(
  ctx: RegionContext,
  { axes }: Selection,
  histogram: KernelBuffer,
  { keyOf, eligible }: Digits,
  digit: (typeof DIGITS)[number],
  prefix: ValueId | null,
  env: Env,
  countsHigher = false,
): ValueId | null {
  const { b } = ctx
  b.lanes(b.i32(0), b.i32(BUCKETS), [], [], (i) => {
    b.store(histogram.id, i, b.i32(0))
    return []
  })
  const visit = (at: Env, [higher]: readonly ValueId[]): readonly ValueId[] => {
    const key = keyOf(at)
    const counted = eligible(at)
    const first = prefix === null ? null : b.op('shr', [key, b.constant(digit.shift + digit.bits, 'u32')])
    const matches = first === null ? null : b.op('eq', [first, prefix!])
    const result = higher === undefined ? [] : [b.op('add', [higher, b.convert(b.op('gt', [first!, prefix!]), 'i32')])]
    const conditions = [counted, matches].filter((condition) => condition !== null)
    const bump = (): readonly ValueId[] => {
      const masked = b.op('and', [b.op('shr', [key, b.constant(digit.shift, 'u32')]), b.constant(2 ** digit.bits - 1, 'u32')])
      increment(ctx, histogram, b.op('bitcast', [masked], { to: 'i32' }))
      return []
    }
    if (conditions.length === 0) bump()
    else
      b.if(
        conditions.reduce((x, y) => b.op('and', [x, y])),
        bump,
      )
    return result
  }
  const carried: readonly Carried[] = countsHigher ? [{ init: b.i32(0), combine: 'sum' }] : []
  const [count] = nest(ctx, axes, env, carried, visit, { sequential: ctx.execution !== 'team' })
  return count ?? null
}

/** Adds 1 to a count, which other threads of a team may be doing too. */
export function increment({ b, execution }: RegionContext, counts: KernelBuffer, index: ValueId): void {
  if (execution === 'team') b.atomicAdd(counts.id, index, b.i32(1))
  else b.store(counts.id, index, b.op('add', [b.load(counts.id, index), b.i32(1)]))
}

/** The highest bucket such that it and those above hold at least `wanted`, and how many of it are needed. */
function findBucket(ctx: RegionContext, counts: KernelBuffer, buckets: number, wanted: ValueId): readonly [ValueId, ValueId] {
  const { b } = ctx
  const countAt = (i: ValueId): ValueId => b.load(counts.id, i)
  if (ctx.execution !== 'team') {
    const [bucket, left] = b.while(
      [b.i32(buckets - 1), wanted],
      ([at, need]) => b.op('and', [b.op('gt', [at!, b.i32(0)]), b.op('lt', [countAt(at!), need!])]),
      ([at, need]) => [b.op('sub', [at!, b.i32(1)]), b.op('sub', [need!, countAt(at!)])],
    )
    return [bucket!, left!]
  }
  const above = (bucket: ValueId): ValueId =>
    b.lanes(b.op('add', [bucket, b.i32(1)]), b.i32(buckets), [b.i32(0)], ['sum'], (i, [sum]) => [
      b.op('add', [sum!, countAt(i)]),
    ])[0]!
  // Bit by bit from the top: the last bucket that those from it on reach the wanted number with.
  const [bucket] = b.for(b.i32(0), b.i32(Math.log2(buckets)), [b.i32(0)], (step, [at]) => {
    const bit = b.op('shr', [b.i32(buckets / 2), step])
    const next = b.op('or', [at!, bit])
    const isEnough = b.op('ge', [above(b.op('sub', [next, b.i32(1)])), wanted])
    return [b.op('select', [isEnough, next, at!])]
  })
  return [bucket!, b.op('sub', [wanted, above(bucket!)])]
}

/** Position of the tie that fills the budget. */
function lastAdmitted(
  ctx: RegionContext,
  selection: Selection,
  histogram: KernelBuffer,
  threshold: ValueId,
  room: ValueId,
  env: Env,
): ValueId {
  const { b } = ctx
  if (ctx.execution === 'team') return lastAdmittedByTeam(ctx, selection, histogram, threshold, room, env)
  const carried: Carried[] = [
    { init: b.i32(0), combine: 'none' },
    { init: b.i32(-1), combine: 'none' },
  ]
  const [, last] = nest(
    ctx,
    selection.axes,
    env,
    carried,
    (at, [taken, position]) => {
      const admit = b.op('and', [tiedAt(ctx, selection, threshold, at), b.op('lt', [taken!, room])])
      return [b.op('add', [taken!, b.convert(admit, 'i32')]), b.op('select', [admit, ctx.offset(selection.axes, at), position!])]
    },
    { sequential: true },
  )
  return last!
}

/** The same search over digits, of the positions of ties this time, the lowest first. */
function lastAdmittedByTeam(
  ctx: RegionContext,
  selection: Selection,
  histogram: KernelBuffer,
  threshold: ValueId,
  room: ValueId,
  env: Env,
): ValueId {
  const { b } = ctx
  const digits = positionDigits(ctx, selection, threshold)
  const { key } = searchDigits(ctx, selection, histogram, digits, room, env)
  const position = b.op('xor', [b.op('bitcast', [key], { to: 'i32' }), b.i32(-1)])
  return b.op('select', [b.op('gt', [room, b.i32(0)]), position, b.i32(-1)])
}

/** Whether a candidate that is not protected has the key. */
export function tiedAt(ctx: RegionContext, selection: Selection, threshold: ValueId, env: Env): ValueId {
  const { b } = ctx
  let tied = b.op('eq', [keyAt(ctx, selection, env), threshold])
  const safe = safeAt(ctx, selection, env)
  const candidate = maskAt(ctx, selection.within, env)
  if (safe !== null) tied = b.op('and', [tied, b.op('not', [safe])])
  return candidate === null ? tied : b.op('and', [tied, candidate])
}

/** Whether an element is kept whatever becomes of ties. */
export function aboveAt(ctx: RegionContext, selection: Selection, cut: ValueId, env: Env): ValueId {
  const { b } = ctx
  const above = b.op('gt', [keyAt(ctx, selection, env), cut])
  const safe = safeAt(ctx, selection, env)
  return safe === null ? above : b.op('or', [above, safe])
}

function keptAt(ctx: RegionContext, selection: Selection, cut: ValueId, limit: ValueId, env: Env): ValueId {
  const { b } = ctx
  const early = b.op('le', [ctx.offset(selection.axes, env), limit])
  const admitted = b.op('and', [tiedAt(ctx, selection, cut, env), early])
  const kept = b.op('or', [b.op('gt', [keyAt(ctx, selection, env), cut]), admitted])
  const safe = safeAt(ctx, selection, env)
  return safe === null ? kept : b.op('or', [kept, safe])
}
