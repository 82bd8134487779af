/**
 * Where a fold over parts stands: the heads that a team has at once, the scores of a tile. Beside axes, positions say which head
 * of the team it is and which entry of a tile's rows: what the kernel holds by head or by score is found by them.
 */
import type { ValueId } from '../../../ir/node.ts'
import { placeEnv } from '../place-env.ts'
import type { Env, RegionContext } from '../region-context.ts'
import type { FoldShape } from './shape.ts'

const HEAD = '#head'
const ENTRY = '#entry'
const IN_TILE = '#in-tile'

/** Positions of each head that the team has. Where there are fewer than it could have, the last one is there several times. */
export function headPlaces(
  ctx: RegionContext,
  { heads }: FoldShape,
  env: Env,
  block: { readonly first: ValueId; readonly size: number },
): readonly Env[] {
  const { b } = ctx
  return Array.from({ length: block.size }, (_, i) => {
    const last = (): ValueId => b.op('sub', [ctx.size(heads), b.i32(1)])
    const place = i === 0 ? block.first : b.op('min', [b.op('add', [block.first, b.i32(i)]), last()])
    return new Map(heads.length === 0 ? env : placeEnv(ctx, heads, place, env)).set(HEAD, b.i32(i))
  })
}

/** Positions of the head that a lane has, by its number among those of the team. */
export function laneHead(
  ctx: RegionContext,
  { heads }: FoldShape,
  env: Env,
  block: { readonly first: ValueId; readonly size: number },
  head: ValueId,
): Env {
  const { b } = ctx
  if (heads.length === 0) return new Map(env).set(HEAD, head)
  const place =
    block.size === 1 ? block.first : b.op('min', [b.op('add', [block.first, head]), b.op('sub', [ctx.size(heads), b.i32(1)])])
  return placeEnv(ctx, heads, place, env).set(HEAD, head)
}

/** Which head of the team. */
export const headAt = (ctx: RegionContext, env: Env): number => ctx.b.known(env.get(HEAD)!) ?? 0

/** At the score `place` of all, which is score `inTile` of its tile, for one of `heads` heads. */
export function scorePlace(
  ctx: RegionContext,
  { along }: FoldShape,
  head: Env,
  { place, inTile, heads }: { readonly place: ValueId; readonly inTile: ValueId; readonly heads: number },
): Env {
  const { b } = ctx
  const entry = b.op('add', [b.op('mul', [inTile, b.i32(heads)]), head.get(HEAD)!])
  return new Map(placeEnv(ctx, along, place, head)).set(ENTRY, entry).set(IN_TILE, inTile)
}

export const entryAt = (env: Env): ValueId => env.get(ENTRY)!

/** Which score of the tile. */
export const inTileAt = (env: Env): ValueId => env.get(IN_TILE)!

/** Positions of `env`, with those along `axes` of another. */
export const withAxes = (env: Env, axes: readonly string[], from: Env): Env =>
  axes.reduce((out, axis) => out.set(axis, from.get(axis)!), new Map(env))
