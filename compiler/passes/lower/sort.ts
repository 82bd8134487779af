/**
 * Sorts the units of a row into the order of selections: protected candidates, candidates by key, everything else. Keys and
 * places are moved together by a stable radix sort from the least significant digit on, so equal keys stay in order of
 * place; digits are narrow for short rows and wide for long ones, and a digit that all keys share costs no move.
 */
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { countCandidates, countProtected, HIGHEST, rowLength, safeAt, scoreKey, type Selection } from './keep.ts'
import { increment } from './keep-streamed.ts'
import { nest, type Carried } from './nest.ts'
import { maskAt } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

/** Buckets of the widest digit: the length of `counts`. */
export const SORT_BUCKETS = 2048

/** For n units: keys and places hold two runs of n (i32). */
export interface SortScratch {
  readonly keys: KernelBuffer
  readonly places: KernelBuffer
  readonly counts: KernelBuffer
}

/** One kind of unit: a selection without a budget. Its places are `first` plus the position in its row. */
export interface UnitKind {
  readonly selection: Selection
  readonly first: ValueId
}

/** Where the order of a row is in `places`: the protected from 0, the candidates from `start`, the rest behind both counts. */
export interface SortedUnits {
  readonly places: KernelBuffer
  readonly total: ValueId
  readonly safe: ValueId
  readonly candidates: ValueId
  readonly start: ValueId
}

export function unitKinds(ctx: RegionContext, selections: readonly Selection[]): readonly UnitKind[] {
  let first = ctx.b.i32(0)
  return selections.map((selection) => {
    const kind = { selection, first }
    first = ctx.b.op('add', [first, rowLength(ctx, selection)])
    return kind
  })
}

export function sortUnits(ctx: RegionContext, kinds: readonly UnitKind[], scratch: SortScratch, env: Env): SortedUnits {
  const { b } = ctx
  const last = kinds.at(-1)!
  const total = b.op('add', [last.first, rowLength(ctx, last.selection)])
  const isPlain = kinds.every(({ selection }) => selection.within === NONE && selection.protect === NONE)
  const { safe, candidates } = isPlain ? { safe: b.i32(0), candidates: total } : standings(ctx, kinds, env)
  if (isPlain) for (const kind of kinds) placeAll(ctx, kind, scratch, env)
  else placeByStanding(ctx, kinds, scratch, safe, candidates, env)
  const start = sortRun(ctx, scratch, safe, candidates, total)
  return { places: scratch.places, total, safe, candidates, start }
}

/** How many are protected, and how many are candidates beside those. */
function standings(ctx: RegionContext, kinds: readonly UnitKind[], env: Env): { safe: ValueId; candidates: ValueId } {
  const { b } = ctx
  const sum = (counts: readonly ValueId[]): ValueId => counts.reduce((x, y) => b.op('add', [x, y]))
  const safe = sum(kinds.map(({ selection }) => countProtected(ctx, selection, env) ?? b.i32(0)))
  const all = sum(kinds.map(({ selection }) => countCandidates(ctx, selection, env)))
  return { safe, candidates: b.op('sub', [all, safe]) }
}

function placeAll(ctx: RegionContext, { selection, first }: UnitKind, scratch: SortScratch, env: Env): void {
  nest(ctx, selection.axes, env, [], (at) => {
    const place = ctx.b.op('add', [first, ctx.offset(selection.axes, at)])
    ctx.b.store(scratch.keys.id, place, scoreKey(ctx, selection.score, at))
    ctx.b.store(scratch.places.id, place, place)
    return []
  })
}

function placeByStanding(
  ctx: RegionContext,
  kinds: readonly UnitKind[],
  scratch: SortScratch,
  safe: ValueId,
  candidates: ValueId,
  env: Env,
): void {
  const { b } = ctx
  let cursors: readonly ValueId[] = [b.i32(0), safe, b.op('add', [safe, candidates])]
  for (const { selection, first } of kinds) {
    const carried = cursors.map((init): Carried => ({ init, combine: 'none' }))
    const visit = (at: Env, [next, nextCandidate, nextOther]: readonly ValueId[]): readonly ValueId[] => {
      const truth = b.constant(1, 'bool')
      const isSafe = safeAt(ctx, selection, at) ?? b.constant(0, 'bool')
      const isCandidate = maskAt(ctx, selection.within, at) ?? truth
      const slot = b.op('select', [isSafe, next!, b.op('select', [isCandidate, nextCandidate!, nextOther!])])
      b.store(scratch.keys.id, slot, scoreKey(ctx, selection.score, at))
      b.store(scratch.places.id, slot, b.op('add', [first, ctx.offset(selection.axes, at)]))
      const ranked = b.op('and', [isCandidate, b.op('not', [isSafe])])
      return [
        b.op('add', [next!, b.convert(isSafe, 'i32')]),
        b.op('add', [nextCandidate!, b.convert(ranked, 'i32')]),
        b.op('add', [nextOther!, b.convert(b.op('not', [isCandidate]), 'i32')]),
      ]
    }
    cursors = nest(ctx, selection.axes, env, carried, visit, { sequential: true })
  }
}

/** Sorts `n` units from `lo` on; the other run of each buffer starts `half` later. Gives where they are afterwards. */
function sortRun(ctx: RegionContext, scratch: SortScratch, lo: ValueId, n: ValueId, half: ValueId): ValueId {
  const { b } = ctx
  const long = b.op('select', [b.op('lt', [n, b.i32(2 ** 15)]), b.i32(8), b.i32(11)])
  const bits = b.op('select', [b.op('lt', [n, b.i32(128)]), b.i32(4), long])
  const end = b.op('select', [b.op('gt', [n, b.i32(1)]), b.i32(32), b.i32(0)])
  const [, from] = b.while(
    [b.i32(0), lo, b.op('add', [lo, half])],
    ([shift]) => b.op('lt', [shift!, end]),
    ([shift, source, target]) => {
      const digit = (index: ValueId): ValueId => digitOf(ctx, b.load(scratch.keys.id, index), shift!, bits)
      countDigits(ctx, scratch, digit, source!, n, bits)
      const shared = b.op('eq', [b.load(scratch.counts.id, digit(source!)), n])
      const next = b.if(
        shared,
        () => [source!, target!],
        () => {
          distribute(ctx, scratch, digit, source!, target!, n, bits)
          return [target!, source!]
        },
      )
      return [b.op('add', [shift!, bits]), ...next]
    },
  )
  return from!
}

/** A digit of the key, turned round so that the best keys have the least digits. */
function digitOf(ctx: RegionContext, key: ValueId, shift: ValueId, bits: ValueId): ValueId {
  const { b } = ctx
  const flipped = b.op('bitcast', [b.op('xor', [key, b.i32(HIGHEST)])], { to: 'u32' })
  const shifted = b.op('bitcast', [b.op('shr', [flipped, shift])], { to: 'i32' })
  return b.op('and', [shifted, b.op('sub', [b.op('shl', [b.i32(1), bits]), b.i32(1)])])
}

function countDigits(
  ctx: RegionContext,
  { counts }: SortScratch,
  digit: (index: ValueId) => ValueId,
  source: ValueId,
  n: ValueId,
  bits: ValueId,
): void {
  const { b } = ctx
  b.lanes(b.i32(0), b.op('shl', [b.i32(1), bits]), [], [], (bucket) => {
    b.store(counts.id, bucket, b.i32(0))
    return []
  })
  const count = (index: ValueId): readonly ValueId[] => {
    increment(ctx, counts, digit(index))
    return []
  }
  const end = b.op('add', [source, n])
  if (ctx.execution === 'team') b.lanes(source, end, [], [], count)
  else b.for(source, end, [], count)
}

/** Turns the counts into where each bucket starts, and moves every unit behind those of its bucket. */
function distribute(
  ctx: RegionContext,
  { keys, places, counts }: SortScratch,
  digit: (index: ValueId) => ValueId,
  source: ValueId,
  target: ValueId,
  n: ValueId,
  bits: ValueId,
): void {
  const { b } = ctx
  b.for(b.i32(0), b.op('shl', [b.i32(1), bits]), [target], (bucket, [start]) => {
    const count = b.load(counts.id, bucket)
    b.store(counts.id, bucket, start!)
    return [b.op('add', [start!, count])]
  })
  b.for(source, b.op('add', [source, n]), [], (index) => {
    const bucket = digit(index)
    const to = b.load(counts.id, bucket)
    b.store(keys.id, to, b.load(keys.id, index))
    b.store(places.id, to, b.load(places.id, index))
    b.store(counts.id, bucket, b.op('add', [to, b.i32(1)]))
    return []
  })
}
