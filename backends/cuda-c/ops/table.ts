/** The emitter of every op of a grid kernel; an op without one does not compile. */
import type { ControlOp, CoreOp, GridOp, TeamOp, VectorOp } from '../../core.ts'
import { arithmetic, mulAdd, unaryMath } from './arithmetic.ts'
import { unsupported, type Emit } from './context.ts'
import { conversion } from './convert.ts'
import { comparisons, logic } from './logic.ts'
import { branch, countedLoop, whileLoop } from './loops.ts'
import { awaitRows, eachFetched, fetch, fetchedAt, fits, keptAt } from './kept.ts'
import { memory, storeGroup } from './memory.ts'
import { joinPoints, points } from './points.ts'
import {
  addElements,
  addProducts,
  clearSums,
  packFactors,
  rowProducts,
  scaleSums,
  storeHeads,
  storeSums,
  weighScores,
} from './products.ts'
import { halfKeys, isBest, keepBest } from './selection.ts'
import { atomic, barrier, compact, once, spreadLoop, storeBits, tally, threshold } from './team.ts'

const control: Record<ControlOp, Emit> = {
  for: (c) => countedLoop(c, Number(c.node.attrs.step)),
  // One iteration after the other is one of the groupings that `lanes` allows.
  lanes: (c) => (c.isAlone ? countedLoop(c, 1) : spreadLoop(c)),
  while: whileLoop,
  if: branch,
}

const noVectors: Emit = (c) => {
  throw unsupported(c, 'vectors')
}

const vectors: Record<VectorOp, Emit> = {
  splat: noVectors,
  iota: noVectors,
  extract: noVectors,
  lane_reduce: noVectors,
  bitmask: noVectors,
}

const grid: Record<GridOp | TeamOp, Emit> = {
  points,
  once,
  barrier,
  atomic,
  store_group: storeGroup,
  tally,
  compact,
  store_bits: storeBits,
  threshold,
  keep_best: keepBest,
  is_best: isBest,
  half_keys: halfKeys,
  kept_at: keptAt,
  mul_add: mulAdd,
  join_points: joinPoints,
  fetch,
  await: awaitRows,
  fetched_at: fetchedAt,
  fits,
  each_fetched: eachFetched,
  pack_factors: packFactors,
  row_products: rowProducts,
  clear_sums: clearSums,
  scale_sums: scaleSums,
  weigh_scores: weighScores,
  store_heads: storeHeads,
  add_products: addProducts,
  add_elements: addElements,
  store_sums: storeSums,
}

export const emitters: Record<CoreOp | GridOp | TeamOp, Emit> = {
  ...unaryMath,
  ...arithmetic,
  ...comparisons,
  ...logic,
  ...conversion,
  ...memory,
  ...control,
  ...vectors,
  ...grid,
}
