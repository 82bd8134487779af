/** The ops of the policy level. */
import { literal } from './literal.ts'
import { size } from './size.ts'
import { budget } from './budget.ts'
import { index } from './axis-index.ts'
import { broadcast } from './broadcast.ts'
import { reduce } from './reduce.ts'
import { mean } from './mean.ts'
import { variance } from './variance.ts'
import { norm } from './norm.ts'
import { logsumexp } from './logsumexp.ts'
import { softmax } from './softmax.ts'
import { foldParts } from './fold-parts.ts'
import { foldSoftmax } from './fold-softmax.ts'
import { scan } from './scan.ts'
import { pool } from './pool.ts'
import { shift } from './shift.ts'
import { rename } from './rename.ts'
import { position } from './position.ts'
import { keep } from './keep.ts'
import { order } from './order.ts'
import { kth } from './kth.ts'
import { quantileIndex } from './quantile-index.ts'
import { prefixCount } from './prefix-count.ts'
import { mask } from './mask.ts'
import { pack } from './pack.ts'
import { rowCounts } from './row-counts.ts'
import { unpack } from './unpack.ts'
import { keptIndices } from './kept-indices.ts'
import { gather } from './gather.ts'
import { cholesky } from './cholesky.ts'
import { solve } from './solve.ts'
import { lstsq } from './lstsq.ts'
import { eigh } from './eigh.ts'
import { put } from './put.ts'
import { segment } from './segment.ts'
import { randomBits } from './random-bits.ts'
import { iterate } from './iterate.ts'
import { call } from './call.ts'

export const policyOps = {
  literal,
  size,
  budget,
  index,
  broadcast,
  reduce,
  mean,
  variance,
  norm,
  logsumexp,
  softmax,
  fold_softmax: foldSoftmax,
  fold_parts: foldParts,
  scan,
  pool,
  shift,
  rename,
  position,
  keep,
  order,
  kth,
  quantile_index: quantileIndex,
  prefix_count: prefixCount,
  mask,
  pack,
  row_counts: rowCounts,
  unpack,
  kept_indices: keptIndices,
  gather,
  cholesky,
  solve,
  lstsq,
  eigh,
  put,
  segment,
  random_bits: randomBits,
  iterate,
  call,
} as const
