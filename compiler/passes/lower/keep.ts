/**
 * Exact, deterministic selection: the k best of every row by (score descending, position ascending).
 *
 * Scores become signed 32-bit keys whose order is the language's order: floats by their bits (-0 as +0, NaN below
 * everything), integers as they are. An element excluded by `within` has the lowest key, a protected one the highest.
 * Three algorithms, chosen by what is known of the rows:
 * - `ranked` (keep-ranked.ts): rows of a few pinned elements; each counts those that beat it;
 * - rows in scratch (here): keys are written once, then the k-th key is searched (find-threshold.ts) until exactly k keys are at
 *   or above a probe;
 * - `streamed` (keep-streamed.ts): one row that is the whole tensor; three histograms of key digits, scores recomputed.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE } from '../../ir/op.ts'
import { computeDType, type DType } from '../../ir/types.ts'
import { countedAlong } from './counted-along.ts'
import { countAbove, findThreshold } from './find-threshold.ts'
import { nest, type Carried } from './nest.ts'
import { maskAt, valueAs } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

export const LOWEST = -(2 ** 31)
export const HIGHEST = 2 ** 31 - 1

/** A selection as the three algorithms see it. */
export interface Selection {
  readonly value: ValueId
  readonly score: ValueId
  readonly k: ValueId
  readonly within: ValueId
  readonly protect: ValueId
  readonly ties: 'first' | 'all'
  /** Selected axes, in the score's order. */
  readonly axes: readonly string[]
}

export function selectionOf(ctx: RegionContext, node: Node): Selection {
  const [score, k, within, protect] = node.operands as [ValueId, ValueId, ValueId?, ValueId?]
  const value = node.results[0]!.id
  const selected = attrAxes(node.attrs)
  const axes = ctx.axesOf(value).filter((axis) => selected.includes(axis))
  return {
    value,
    score,
    k,
    within: within ?? NONE,
    protect: protect ?? NONE,
    ties: attrString(node.attrs, 'ties') as 'first' | 'all',
    axes,
  }
}

/** The sortable key of the score at `env`, masks included; without the lowest bits of a float, of which so many are always alike. */
export function keyAt(ctx: RegionContext, selection: Selection, env: Env, alike = 0): ValueId {
  const { b } = ctx
  let key = scoreKey(ctx, selection.score, env, alike)
  const safe = maskAt(ctx, selection.protect, env)
  if (safe !== null) key = b.op('select', [safe, b.i32(HIGHEST), key])
  const candidate = maskAt(ctx, selection.within, env)
  return candidate === null ? key : b.op('select', [candidate, key, b.i32(LOWEST)])
}

/** Whether an element must be kept: a protected candidate. Null when nothing is protected. */
export function safeAt(ctx: RegionContext, selection: Selection, env: Env): ValueId | null {
  const safe = maskAt(ctx, selection.protect, env)
  if (safe === null) return null
  const candidate = maskAt(ctx, selection.within, env)
  return candidate === null ? safe : ctx.b.op('and', [safe, candidate])
}

/** The sortable key of a score, masks left aside. */
export function scoreKey(ctx: RegionContext, score: ValueId, env: Env, alike = 0): ValueId {
  const { b } = ctx
  const dtype = computeDType(ctx.tensorType(score).dtype)
  if (dtype === 'i32') return valueAs(ctx, score, env, 'i32')
  if (dtype === 'bool') return b.convert(valueAs(ctx, score, env, 'bool'), 'i32')
  if (dtype === 'u32') return b.op('xor', [b.op('bitcast', [valueAs(ctx, score, env, 'u32')], { to: 'i32' }), b.i32(LOWEST)])
  const value = valueAs(ctx, score, env, 'f32')
  const whole = ctx.nonNegative(score) ? b.op('bitcast', [value], { to: 'i32' }) : signedKey(ctx, value)
  const key = alike === 0 ? whole : b.op('shr', [whole, b.i32(alike)])
  return b.op('select', [b.op('isnan', [value]), b.i32(LOWEST + 1), key])
}

const ALIKE: Readonly<Partial<Record<DType, number>>> = { f16: 13, bf16: 16 }

/** How many of the lowest bits are the same in all keys of a score: one that is a narrow float but for its sign. */
export function alikeBits(ctx: RegionContext, score: ValueId): number {
  const node = ctx.defs.get(score)
  if (node !== undefined && (node.op === 'abs' || node.op === 'neg')) return alikeBits(ctx, node.operands[0]!)
  return ALIKE[ctx.tensorType(score).dtype] ?? 0
}

/** Bits of a float, reflected below zero so that they order like the numbers; -0 becomes +0. NaN is not looked at. */
export function signedKey(ctx: RegionContext, value: ValueId): ValueId {
  const { b } = ctx
  const given = b.op('bitcast', [value], { to: 'i32' })
  const bits = b.op('select', [b.op('eq', [given, b.i32(LOWEST)]), b.i32(0), given])
  return b.op('xor', [bits, b.op('and', [b.op('shr', [bits, b.i32(31)]), b.i32(HIGHEST)])])
}

/** How many are to be kept at this grid point: at most the candidates, at least the protected. */
export function budgetAt(
  ctx: RegionContext,
  selection: Selection,
  candidates: ValueId,
  protectedCount: ValueId | null,
  env: Env,
): ValueId {
  const { b } = ctx
  const asked = b.op('max', [valueAs(ctx, selection.k, env, 'i32'), b.i32(0)])
  const most = b.op('min', [asked, candidates])
  return protectedCount === null ? most : b.op('max', [most, protectedCount])
}

/** Elements of the row. */
export function rowLength(ctx: RegionContext, selection: Selection): ValueId {
  return ctx.size(selection.axes)
}

function countWhere(ctx: RegionContext, selection: Selection, test: (at: Env) => ValueId, env: Env): ValueId {
  const carried: Carried = { init: ctx.b.i32(0), combine: 'sum' }
  const [count] = nest(ctx, selection.axes, env, [carried], (at, [sum]) => [
    ctx.b.op('add', [sum!, ctx.b.convert(test(at), 'i32')]),
  ])
  return count!
}

/** Candidates of the row. */
export function countCandidates(ctx: RegionContext, selection: Selection, env: Env): ValueId {
  if (selection.within === NONE) return rowLength(ctx, selection)
  return countWhere(ctx, selection, (at) => maskAt(ctx, selection.within, at)!, env)
}

/** Protected candidates of the row; null when nothing is protected. */
export function countProtected(ctx: RegionContext, selection: Selection, env: Env): ValueId | null {
  return selection.protect === NONE ? null : countWhere(ctx, selection, (at) => safeAt(ctx, selection, at)!, env)
}

/** The keys of a row in scratch, with the least and the greatest. */
export interface RowKeys {
  readonly keys: KernelBuffer
  readonly low: ValueId
  readonly high: ValueId
}

export function storeKeys(ctx: RegionContext, selection: Selection, keys: KernelBuffer, env: Env, alike = 0): RowKeys {
  const { b } = ctx
  const extremes: Carried[] = [
    { init: b.i32(HIGHEST), combine: 'min' },
    { init: b.i32(LOWEST), combine: 'max' },
  ]
  const [low, high] = nest(ctx, selection.axes, env, extremes, (at, [lo, hi]) => {
    const key = keyAt(ctx, selection, at, alike)
    b.store(keys.id, ctx.offset(selection.axes, at), key)
    return [b.op('min', [lo!, key]), b.op('max', [hi!, key])]
  })
  return { keys, low: low!, high: high! }
}

/** Selection over a row whose keys fit in scratch (one i32 per element of the row). */
export function emitKeep(ctx: RegionContext, selection: Selection, keys: KernelBuffer, env: Env): void {
  const { b } = ctx
  const { axes } = selection
  const alike = ctx.execution === 'team' ? alikeBits(ctx, selection.score) : 0
  const { low, high } = storeKeys(ctx, selection, keys, env, alike)
  const n = rowLength(ctx, selection)
  const protectedCount = countProtected(ctx, selection, env)
  const k = budgetAt(ctx, selection, countCandidates(ctx, selection, env), protectedCount, env)
  const { threshold, atLeast } = findThreshold(ctx, keys, n, k, low, high)
  const settled = b.if(
    needsSettling(ctx, selection, threshold, atLeast, k),
    () => {
      settle(ctx, selection, keys, n, k, threshold, protectedCount ?? b.i32(0), env)
      return [b.i32(HIGHEST)]
    },
    () => [threshold],
  )
  ctx.available.set(selection.value, (at) => b.op('ge', [b.load(keys.id, ctx.offset(axes, at)), settled[0]!]))
}

/** Whether keys at or above the threshold are not simply what is kept: ties to break, nothing to keep, excluded elements. */
function needsSettling(ctx: RegionContext, selection: Selection, threshold: ValueId, atLeast: ValueId, k: ValueId): ValueId {
  const { b } = ctx
  const none = b.op('eq', [k, b.i32(0)])
  // With ties all, only an integer score as high as the key of what is protected needs to be told apart from it.
  const crowded = selection.protect === NONE ? none : b.op('eq', [threshold, b.i32(HIGHEST)])
  const more = selection.ties === 'first' ? b.op('ne', [atLeast, k]) : crowded
  const excluded = selection.within === NONE ? more : b.op('or', [more, b.op('eq', [threshold, b.i32(LOWEST)])])
  return b.op('or', [none, excluded])
}

/** Rewrites the keys to HIGHEST (kept) and LOWEST (not), admitting ties in order of position. */
function settle(
  ctx: RegionContext,
  selection: Selection,
  keys: KernelBuffer,
  n: ValueId,
  k: ValueId,
  threshold: ValueId,
  protectedCount: ValueId,
  env: Env,
): void {
  const { b } = ctx
  const above = countAbove(ctx, keys, n, threshold)
  const reserved = b.op('select', [b.op('eq', [threshold, b.i32(HIGHEST)]), protectedCount, b.i32(0)])
  const exact = b.op('sub', [b.op('sub', [k, above]), reserved])
  const room = selection.ties === 'first' ? exact : b.op('select', [b.op('gt', [exact, b.i32(0)]), n, b.i32(0)])
  const keyOf = (at: Env): ValueId => b.load(keys.id, ctx.offset(selection.axes, at))
  const tiedAt = (at: Env): ValueId => {
    const safe = safeAt(ctx, selection, at)
    const candidate = maskAt(ctx, selection.within, at)
    let tied = b.op('eq', [keyOf(at), threshold])
    if (safe !== null) tied = b.op('and', [tied, b.op('not', [safe])])
    return candidate === null ? tied : b.op('and', [tied, candidate])
  }
  const decide = (at: Env, admit: ValueId): void => {
    const safe = safeAt(ctx, selection, at)
    const better = b.op('or', [b.op('gt', [keyOf(at), threshold]), admit])
    const kept = safe === null ? better : b.op('or', [better, safe])
    b.store(keys.id, ctx.offset(selection.axes, at), b.op('select', [kept, b.i32(HIGHEST), b.i32(LOWEST)]))
  }
  countedAlong(ctx, selection.axes, env, tiedAt, (at, isTied, before) => {
    decide(at, b.op('and', [isTied, b.op('lt', [before, room])]))
  })
}
