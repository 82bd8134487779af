/**
 * The shape of a launch of a CUDA kernel: which variant, how many blocks of how many threads, and where its workers have their
 * scratch memory. Pure, so that every host launches alike; `cuda-teams.ts` says which variants there are.
 */
import {
  THREAD_BLOCK,
  blockThreads,
  chooseVariant,
  scratchWords,
  teamsPerBlock,
  type CudaBuffer,
  type TeamVariant,
} from './cuda-teams.ts'

export interface ShapeRequest {
  readonly team: boolean
  /** Above 0: nothing is launched for none. */
  readonly points: number
  readonly width: number | null
  readonly buffers: readonly CudaBuffer[]
  /** Elements of a row of each buffer. */
  readonly lengths: readonly number[]
}

/** What a GPU offers. */
export interface ShapeLimits {
  readonly multiprocessors: number
  /** Shared memory that a block can be given when it asks. */
  readonly sharedBytes: number
}

export interface LaunchShape {
  /** Null when workers are threads. */
  readonly team: TeamVariant | null
  readonly blocks: number
  readonly threads: number
  readonly workers: number
  /** Words of dynamic shared memory of each team for scratch; 0 when it is in memory. */
  readonly sharedWords: number
  readonly sharedBytes: number
}

/** More blocks make no GPU faster: workers take several points. */
export const MAX_BLOCKS = 2 ** 20
/** Threads that a multiprocessor has at a time: more workers than those would only take memory. */
export const RESIDENT_THREADS = 2048
/** Scratch memory of all workers, unless one block alone needs more. */
export const SCRATCH_BYTES = 2 ** 28
/** Shared memory that a kernel may have besides, for what its threads exchange: the most that can be declared. */
export const EXCHANGE_BYTES = 48 * 1024
/** Points are counted in 32 bits. */
export const MOST_POINTS = 2 ** 31 - 1

export function launchShape({ multiprocessors, sharedBytes: most }: ShapeLimits, request: ShapeRequest): LaunchShape {
  const { points, buffers, lengths, width } = request
  const team = request.team ? chooseVariant(buffers, { width, points, multiprocessors }) : null
  const threads = team === null ? THREAD_BLOCK : blockThreads(team)
  const perBlock = team === null ? threads : teamsPerBlock(team)
  const words = scratchWords(buffers, lengths, team ?? { threads: 1, chunks: 0 })
  const inShared = team !== null && words > 0 && 4 * words * perBlock <= most - EXCHANGE_BYTES
  const needed = Math.ceil(points / perBlock)
  const allowed = inShared || words === 0 ? MAX_BLOCKS : blocksFor(4 * words * perBlock, multiprocessors, threads)
  const blocks = Math.min(needed, allowed)
  return {
    ...{ team, blocks, threads, workers: blocks * perBlock },
    sharedWords: inShared ? words : 0,
    sharedBytes: inShared ? 4 * words * perBlock : 0,
  }
}

/** Blocks that have scratch in memory at the same time, at least one. */
function blocksFor(bytes: number, multiprocessors: number, threads: number): number {
  const resident = multiprocessors * Math.max(1, Math.floor(RESIDENT_THREADS / threads))
  return Math.max(1, Math.min(resident, Math.floor(SCRATCH_BYTES / bytes)))
}
