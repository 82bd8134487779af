/** The emitter of every op of a grid kernel; an op without one does not compile. */
import type { ControlOp, CoreOp, GridOp, TeamOp, VectorOp } from '../../core.ts'
import { arithmetic, mulAdd, unaryMath } from './arithmetic.ts'
import { unsupported, type Emit } from './context.ts'
import { conversion } from './convert.ts'
import { comparisons, logic } from './logic.ts'
import { branch, countedLoop, whileLoop } from './loops.ts'
import {
  lanesBranch,
  lanesCompact,
  lanesOnce,
  lanesPoints,
  lanesSpread,
  lanesStoreBits,
  lanesTally,
  lanesThreshold,
} from './lanes.ts'
import { groupCompact, groupKeepBest, groupSpread, groupStoreBits, groupTally, groupThreshold } from './group.ts'
import { lanesHalfKeys, lanesIsBest, lanesKeepBest } from './lane-selection.ts'
import type { TeamForm } from '../team-form.ts'
import { keptAt, memory, storeGroup } from './memory.ts'
import { points } from './points.ts'
import { compact, storeBits, tally } from './ranges.ts'
import { halfKeys, isBest, keepBest } from './selection.ts'
import { atomic, barrier, once, spreadLoop } from './team.ts'
import { threshold } from './threshold.ts'

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

const notHere: Emit = (c) => {
  throw unsupported(c, 'teams')
}

const grid: Record<GridOp, Emit> = {
  points,
  once,
  barrier,
  atomic,
  store_group: storeGroup,
  kept_at: keptAt,
  mul_add: mulAdd,
  join_points: notHere,
}

const team: Record<TeamOp, Emit> = {
  ...{ tally, compact, store_bits: storeBits, threshold },
  ...{ keep_best: keepBest, is_best: isBest, half_keys: halfKeys },
  ...{ fetch: notHere, await: notHere, fetched_at: notHere, each_fetched: notHere },
  ...{ pack_factors: notHere, row_products: notHere, add_products: notHere, add_elements: notHere },
  ...{
    clear_sums: notHere,
    scale_sums: notHere,
    store_sums: notHere,
    weigh_scores: notHere,
    store_heads: notHere,
    fits: notHere,
  },
}

const emitters: Record<CoreOp | GridOp | TeamOp, Emit> = {
  ...unaryMath,
  ...arithmetic,
  ...comparisons,
  ...logic,
  ...conversion,
  ...memory,
  ...control,
  ...vectors,
  ...grid,
  ...team,
}

/** Teams of lanes are what is different; what one thread does is not. */
const ofLanes: Record<CoreOp | GridOp | TeamOp, Emit> = {
  ...emitters,
  points: lanesPoints,
  lanes: (c) => (c.isAlone ? countedLoop(c, 1) : lanesSpread(c)),
  if: lanesBranch,
  once: lanesOnce,
  tally: lanesTally,
  compact: lanesCompact,
  store_bits: lanesStoreBits,
  threshold: lanesThreshold,
  ...{ keep_best: lanesKeepBest, is_best: lanesIsBest, half_keys: lanesHalfKeys },
}

/** Workgroups that hold rows in registers. */
const ofGroups: Record<CoreOp | GridOp | TeamOp, Emit> = {
  ...emitters,
  lanes: (c) => (c.isAlone ? countedLoop(c, 1) : groupSpread(c)),
  tally: groupTally,
  compact: groupCompact,
  store_bits: groupStoreBits,
  threshold: groupThreshold,
  ...{ keep_best: groupKeepBest, is_best: lanesIsBest, half_keys: lanesHalfKeys },
}

export const emittersOf = (form: TeamForm | null): Record<CoreOp | GridOp | TeamOp, Emit> =>
  form === null ? emitters : { lanes: ofLanes, group: ofGroups }[form.kind]
