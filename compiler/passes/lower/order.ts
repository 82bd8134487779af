/** `order`: ranks, positions or values of a row from best to worst. Rows of a few pinned elements are ranked by counting. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE } from '../../ir/op.ts'
import { computeDType } from '../../ir/types.ts'
import { keyAt, type Selection } from './keep.ts'
import { beats } from './keep-ranked.ts'
import type { Slot } from './reduction-scheme.ts'
import { placeEnv } from './place-env.ts'
import { sortUnits, unitKinds, type SortScratch } from './sort.ts'
import { maskAt, valueAs } from './values.ts'
import type { Env, RegionContext } from './region-context.ts'

/** The order of a row as a selection without a budget. `axes` are those of the domain. */
export function orderOf(node: Node, axes: readonly string[]): Selection {
  const [score = NONE, within = NONE] = node.operands
  const selected = attrAxes(node.attrs)
  const value = node.results[0]!.id
  return {
    value,
    score,
    k: NONE,
    within,
    protect: NONE,
    ties: 'first',
    axes: axes.filter((axis) => selected.includes(axis)),
  }
}

export function emitOrder(ctx: RegionContext, node: Node, slot: Slot, scratch: SortScratch, env: Env): void {
  const { b } = ctx
  const selection = orderOf(node, ctx.axesOf(node.results[0]!.id))
  const sorted = sortUnits(ctx, unitKinds(ctx, [selection]), scratch, env)
  const end = b.op('add', [sorted.start, sorted.candidates])
  b.for(sorted.start, end, [], (index) => {
    storeNext(ctx, node, selection, slot, b.op('sub', [index, sorted.start]), b.load(sorted.places.id, index), env)
    return []
  })
  if (selection.within === NONE) return
  b.for(sorted.candidates, sorted.total, [], (index) => {
    storeNext(ctx, node, selection, slot, index, b.load(sorted.places.id, index), env)
    return []
  })
}

/** Of a few pinned elements: each is ranked by how many beat it. */
export function emitOrderRanked(ctx: RegionContext, node: Node, slot: Slot, length: number, env: Env): void {
  const selection = orderOf(node, ctx.axesOf(node.results[0]!.id))
  ranks(ctx, selection, length, env).forEach((rank, place) => storeNext(ctx, node, selection, slot, rank, ctx.b.i32(place), env))
}

/** How many elements of a row of `length` come before each. */
export function ranks(ctx: RegionContext, selection: Selection, length: number, env: Env): readonly ValueId[] {
  const { b } = ctx
  const [axis = ''] = selection.axes
  const places = Array.from({ length }, (_, i) => new Map(env).set(axis, b.i32(i)))
  const keys = places.map((at) => keyAt(ctx, selection, at))
  const present = places.map((at) => maskAt(ctx, selection.within, at))
  const safe = places.map(() => null)
  return places.map((_, i) =>
    places
      .flatMap((__, j) => (j === i ? [] : [b.convert(beats(ctx, selection, keys, safe, present, j, i), 'i32')]))
      .reduce((x, y) => b.op('add', [x, y]), b.i32(0)),
  )
}

/** Stores what the node gives of the unit at `place`, which `rank` others come before. */
function storeNext(
  ctx: RegionContext,
  node: Node,
  selection: Selection,
  slot: Slot,
  rank: ValueId,
  place: ValueId,
  env: Env,
): void {
  const { b } = ctx
  const give = attrString(node.attrs, 'give')
  const at = placeEnv(ctx, selection.axes, give === 'rank' ? place : rank, env)
  const dtype = computeDType(ctx.tensorType(selection.value).dtype)
  const value =
    give === 'rank'
      ? rank
      : give === 'position'
        ? place
        : valueAs(ctx, selection.score, placeEnv(ctx, selection.axes, place, env), dtype)
  b.store(slot.buffer.id, ctx.offset(slot.axes, at), value)
}
