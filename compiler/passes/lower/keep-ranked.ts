/** Selection within a few pinned elements (2 of 4, 4 of 8): an element is kept when fewer than k others beat it. */
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { budgetAt, keyAt, LOWEST, safeAt, type Selection } from './keep.ts'
import { maskAt } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

/** Rows longer than this are searched, not ranked: ranking takes m * (m - 1) / 2 comparisons. */
export const MOST_RANKED = 16

/** Whether the row has a pinned length short enough to rank. */
export function rankedLength(ctx: RegionContext, selection: Selection): number | null {
  if (selection.axes.length !== 1) return null
  const length = ctx.plan.pinned(selection.axes[0]!)
  return length !== null && length >= 1 && length <= MOST_RANKED ? length : null
}

/** `flags` is a scratch row that receives 1 for kept and 0 for not; null: the flags stay in registers. */
export function emitRanked(ctx: RegionContext, selection: Selection, flags: KernelBuffer | null, length: number, env: Env): void {
  const { b } = ctx
  const axis = selection.axes[0]!
  const places = Array.from({ length }, (_, i): Candidate => ({ at: new Map(env).set(axis, b.i32(i)), exists: null }))
  const kept = rankedFlags(ctx, selection, places, b.i32(length), env)
  if (flags === null) {
    ctx.available.set(selection.value, (at) => flagAt(ctx, kept, at.get(axis)!))
    return
  }
  kept.forEach((flag, i) => b.store(flags.id, b.i32(i), b.convert(flag, 'i32')))
  ctx.available.set(selection.value, (at) => b.op('ne', [b.load(flags.id, ctx.offset([axis], at)), b.i32(0)]))
}

/** An element of a row that is ranked; `exists`: where the row may be shorter. */
export interface Candidate {
  readonly at: Env
  readonly exists: ValueId | null
}

/** Whether each element is kept, of those that exist, which come first; `length`: how many they are. */
export function rankedFlags(
  ctx: RegionContext,
  selection: Selection,
  places: readonly Candidate[],
  length: ValueId,
  env: Env,
): readonly ValueId[] {
  const { b } = ctx
  // What is not there has the lowest key and comes last, so that it beats nothing.
  const there = (flag: ValueId | null, exists: ValueId | null): ValueId | null =>
    flag === null || exists === null ? flag : b.op('and', [flag, exists])
  const keys = places.map(({ at, exists }) => {
    const key = keyAt(ctx, selection, at)
    return exists === null ? key : b.op('select', [exists, key, b.i32(LOWEST)])
  })
  const safe = places.map(({ at, exists }) => there(safeAt(ctx, selection, at), exists))
  const eligible = places.map(({ at, exists }) => there(maskAt(ctx, selection.within, at), exists))
  const sum = (flagsOf: readonly ValueId[]): ValueId =>
    flagsOf.map((flag) => b.convert(flag, 'i32')).reduce((x, y) => b.op('add', [x, y]), b.i32(0))
  const candidates = selection.within === NONE ? length : sum(eligible as ValueId[])
  const k = budgetAt(ctx, selection, candidates, selection.protect === NONE ? null : sum(safe as ValueId[]), env)
  const comes = (j: number, i: number): ValueId => beats(ctx, selection, keys, safe, eligible, j, i)
  const before =
    selection.ties === 'all' ? places.map((_, i) => betterOnes(ctx, places.length, i, comes)) : ranks(ctx, places.length, comes)
  return before.map((count, i) => {
    let kept = b.op('lt', [count, k])
    if (selection.ties === 'all') kept = b.op('and', [kept, b.op('gt', [k, b.i32(0)])])
    if (eligible[i] !== null) kept = b.op('and', [kept, eligible[i]!])
    return safe[i] === null ? kept : b.op('or', [kept, safe[i]!])
  })
}

/** How many come before an element: `comes(j, i)` says whether j does. */
const betterOnes = ({ b }: RegionContext, length: number, i: number, comes: (j: number, i: number) => ValueId): ValueId =>
  Array.from({ length }, (_, j) => j)
    .filter((j) => j !== i)
    .reduce((count, j) => b.op('add', [count, b.convert(comes(j, i), 'i32')]), b.i32(0))

/** The same for all elements, where of two always one comes before the other. */
function ranks({ b }: RegionContext, length: number, comes: (j: number, i: number) => ValueId): readonly ValueId[] {
  const counts = Array.from({ length }, (_, i) => b.i32(i))
  for (let i = 1; i < length; i++)
    for (let j = 0; j < i; j++) {
      const isAhead = b.convert(comes(i, j), 'i32')
      counts[i] = b.op('sub', [counts[i]!, isAhead])
      counts[j] = b.op('add', [counts[j]!, isAhead])
    }
  return counts
}

/** The flag at a position, which is usually one that is written out. */
function flagAt({ b }: RegionContext, flags: readonly ValueId[], position: ValueId): ValueId {
  const known = b.known(position)
  if (known !== undefined && flags[known] !== undefined) return flags[known]
  return flags.reduce((found, flag, i) => b.op('select', [b.op('eq', [position, b.i32(i)]), flag, found]))
}

/** Whether element j comes before element i in the order of the selection. Equal keys: protected, then eligible, then position. */
export function beats(
  ctx: RegionContext,
  selection: Selection,
  keys: readonly ValueId[],
  safe: readonly (ValueId | null)[],
  eligible: readonly (ValueId | null)[],
  j: number,
  i: number,
): ValueId {
  const { b } = ctx
  const better = b.op('gt', [keys[j]!, keys[i]!])
  const classes = [safe, eligible].filter((flags) => flags[i] !== null)
  if (classes.length === 0 && (selection.ties === 'all' || j > i)) return better
  const equal = b.op('eq', [keys[j]!, keys[i]!])
  let order: ValueId | null = selection.ties === 'first' && j < i ? b.constant(1, 'bool') : b.constant(0, 'bool')
  for (const flags of [...classes].reverse()) {
    const wins = b.op('and', [flags[j]!, b.op('not', [flags[i]!])])
    const same = b.op('eq', [b.convert(flags[j]!, 'i32'), b.convert(flags[i]!, 'i32')])
    order = b.op('or', [wins, b.op('and', [same, order])])
  }
  return b.op('or', [better, b.op('and', [equal, order])])
}
