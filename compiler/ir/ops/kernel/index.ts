/** The memory, control and vector ops of the closed kernel core; the elementwise ones are shared with the other levels. */
import { addElements } from './add-elements.ts'
import { addProducts } from './add-products.ts'
import { assemble } from './assemble.ts'
import { atomic } from './atomic.ts'
import { awaitRows } from './await.ts'
import { barrier } from './barrier.ts'
import { bitcast } from './bitcast.ts'
import { bitmask } from './bitmask.ts'
import { bufferOp } from './buffer.ts'
import { clearSums } from './clear-sums.ts'
import { constant } from './constant.ts'
import { compact } from './compact.ts'
import { ctz } from './ctz.ts'
import { eachFetched } from './each-fetched.ts'
import { extract } from './extract.ts'
import { fetch } from './fetch.ts'
import { fetchedAt } from './fetched-at.ts'
import { fill } from './fill.ts'
import { fits } from './fits.ts'
import { forLoop } from './for.ts'
import { gatherLanes } from './gather-lanes.ts'
import { halfKeys } from './half-keys.ts'
import { ifElse } from './if.ts'
import { iota } from './iota.ts'
import { isBest } from './is-best.ts'
import { keepBest } from './keep-best.ts'
import { kept } from './kept.ts'
import { joinPoints } from './join-points.ts'
import { keptAt } from './kept-at.ts'
import { laneReduce } from './lane-reduce.ts'
import { lanes } from './lanes.ts'
import { launch } from './launch.ts'
import { load } from './load.ts'
import { loadRaw } from './load-raw.ts'
import { mulAdd } from './mul-add.ts'
import { once } from './once.ts'
import { packFactors } from './pack-factors.ts'
import { part } from './part.ts'
import { points } from './points.ts'
import { rowProducts } from './row-products.ts'
import { scaleSums } from './scale-sums.ts'
import { scatterLanes } from './scatter-lanes.ts'
import { rowRoom } from './row-room.ts'
import { sameExtent } from './same-extent.ts'
import { splat } from './splat.ts'
import { steps } from './steps.ts'
import { store } from './store.ts'
import { storeBits } from './store-bits.ts'
import { storeGroup } from './store-group.ts'
import { storeHeads } from './store-heads.ts'
import { storeRaw } from './store-raw.ts'
import { storeSums } from './store-sums.ts'
import { tally } from './tally.ts'
import { threshold } from './threshold.ts'
import { weighScores } from './weigh-scores.ts'
import { whileLoop } from './while.ts'

export const kernelOps = {
  constant,
  bitcast,
  ctz,
  load,
  load_raw: loadRaw,
  store,
  store_raw: storeRaw,
  gather_lanes: gatherLanes,
  scatter_lanes: scatterLanes,
  for: forLoop,
  lanes,
  while: whileLoop,
  if: ifElse,
  splat,
  iota,
  extract,
  lane_reduce: laneReduce,
  bitmask,
  points,
  once,
  barrier,
  atomic,
  store_group: storeGroup,
  tally,
  compact,
  store_bits: storeBits,
  threshold,
  half_keys: halfKeys,
  keep_best: keepBest,
  is_best: isBest,
  join_points: joinPoints,
  kept_at: keptAt,
  mul_add: mulAdd,
  fetch,
  await: awaitRows,
  fetched_at: fetchedAt,
  each_fetched: eachFetched,
  pack_factors: packFactors,
  row_products: rowProducts,
  clear_sums: clearSums,
  scale_sums: scaleSums,
  add_products: addProducts,
  add_elements: addElements,
  store_sums: storeSums,
  weigh_scores: weighScores,
  store_heads: storeHeads,
  fits,
} as const

/** What the host does, in the body of a kernel-level entry: allocate, launch, assemble. Not part of the core a backend emits. */
export const hostPlanOps = {
  part,
  kept,
  row_room: rowRoom,
  buffer: bufferOp,
  launch,
  fill,
  assemble,
  same_extent: sameExtent,
  steps,
} as const
