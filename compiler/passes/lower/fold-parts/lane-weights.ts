/**
 * Softmax of a tile whose values are products: a lane has scores of one head, and knows what there is to be known of that head alone.
 * Weights are packed for the products. What a team holds by head is part of sums over axes that scores do not have: no score reads it.
 */
import { weighScores } from '../tile-ops.ts'
import type { ValueId } from '../../../ir/node.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { valueAs } from '../values.ts'
import { scorePlace } from './place.ts'
import type { ProductSums, Weighed } from './products.ts'
import type { Tile } from './scores.ts'
import type { FoldShape } from './shape.ts'

/** What is known before there are scores: the largest one, and the total. */
export const nothingWeighed = ({ b }: RegionContext): readonly ValueId[] => [b.f32('-inf'), b.f32(0)]

export interface LaneTile {
  readonly weights: KernelBuffer
  readonly tile: Tile
  readonly heads: number
  /** Positions of a head of the team. */
  readonly headOf: (head: ValueId) => Env
}

export function weighInLanes(
  ctx: RegionContext,
  fold: FoldShape,
  { dtype }: ProductSums,
  { weights, tile, heads, headOf }: LaneTile,
  [peak, total]: readonly ValueId[],
): Weighed {
  const { b } = ctx
  const found = weighScores(b, weights.id, tile.size, { peak: peak!, total: total! }, { dtype, heads }, (inTile, head) => {
    const place = b.op('add', [tile.start, inTile])
    return valueAs(ctx, fold.score, scorePlace(ctx, fold, headOf(head), { place, inTile, heads }), 'f32')
  })
  return { peak: found[0]!, total: found[1]!, scale: found[2]!, changed: found[3]! }
}
