/** The order of passes, as data. */
import { canonicalize } from './canonicalize.ts'
import { chooseFormat } from './choose-format.ts'
import { deadLanes } from './dead-lanes.ts'
import { decompose } from './decompose.ts'
import { distribute } from './distribute.ts'
import { fuse, fuseFor } from './fuse.ts'
import { groupStoresFor } from './group-stores.ts'
import { hoistInvariant } from './hoist-invariant.ts'
import { inferSparsity } from './infer-sparsity.ts'
import { inline } from './inline.ts'
import { laneRowsFor } from './lane-rows.ts'
import { lowerParallelFor } from './lower-parallel.ts'
import { lower } from './lower.ts'
import type { Pass } from './pass.ts'
import { placeSlices } from './place-slices.ts'
import { planMemory } from './plan-memory.ts'
import { sinkMasks } from './sink-masks.ts'
import { splitFolds } from './split-folds.ts'
import { streamSoftmax } from './stream-softmax.ts'
import { unrollAndJam } from './unroll-and-jam.ts'
import { vectorize, type LaneTable } from './vectorize.ts'

/** From what the front end gives to the point where it matters how kernels will run. */
const meaningPipeline: readonly Pass[] = [
  inline,
  canonicalize,
  decompose,
  hoistInvariant, // after decompose: of a mean or a norm, too, only what changes stays in a loop
  inferSparsity, // before fuse: exact rows decide how results are stored
  chooseFormat, // after it: n:m needs the proof
  streamSoftmax, // before fuse: what waits for a maximum cannot share the loops of its scores
  canonicalize,
  deadLanes, // after decompose: means and norms are reductions then
  sinkMasks, // after masks are what they will be, before anything is decided about loops
  hoistInvariant, // what sinking masks has added
  placeSlices, // last before fuse: nothing in between follows the place of an output
]

/** From what the front end gives to regions, for one thread. */
export const policyPipeline: readonly Pass[] = [...meaningPipeline, fuse]

/** From regions to kernels for machines that run one thread over everything. */
export const sequentialPipeline = (table: LaneTable): readonly Pass[] => [
  lower,
  planMemory,
  vectorize(table), // last: everything before it speaks of side-by-side loops, whatever their width
]

/** What a pipeline reads of a target's capability table. */
export interface PipelineTable extends LaneTable {
  readonly execution: 'sequential' | 'grid'
  readonly teamOps: 'none' | 'ranges' | 'all'
  readonly largestTeam: number
  readonly columnBytes: 0 | 4 | 8 | 16
  readonly storeBytes: 1 | 4
}

/** From regions to kernels for machines that run many threads. */
const gridPipeline = ({ teamOps, largestTeam, columnBytes, storeBytes }: PipelineTable): readonly Pass[] => [
  lowerParallelFor({ teamOps, largestTeam, columnBytes }),
  planMemory,
  ...(columnBytes > 0 ? [unrollAndJam] : []), // before stores are grouped: it puts neighbours into one block
  groupStoresFor(storeBytes), // before it is settled who runs what: neighbours in a word go to one thread
  laneRowsFor(storeBytes), // after it: a loop over words has other elements for a thread
  distribute, // last: everything before it speaks of side-by-side loops, whoever runs them
]

export const pipelineFor = (table: PipelineTable): readonly Pass[] => [
  ...meaningPipeline,
  ...(table.execution === 'grid' ? [splitFolds] : []),
  fuseFor(table.execution),
  ...(table.execution === 'grid' ? gridPipeline(table) : sequentialPipeline(table)),
]
