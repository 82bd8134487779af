/** How many workers a launch has, and of how many threads one is. */
import { problem } from '../../../abi/espalier-error.ts'
import { TEAMS_GROUP, type ChosenTeam } from '../../../abi/shader-teams.ts'
import type { Grid } from '../launch.ts'

export interface GridRequest extends Grid {
  /** Words of scratch memory that each worker needs. */
  readonly scratchWords: number
  /** Whether the kernel can have its scratch in workgroup memory. */
  readonly hasLocal: boolean
}

export interface GridSize {
  readonly groupSize: number
  readonly groups: readonly [x: number, y: number]
  readonly workers: number
  /** Words of workgroup memory for scratch; 1 when it is in a buffer. */
  readonly localWords: number
}

type Limits = Pick<
  GPUSupportedLimits,
  | 'maxBufferSize'
  | 'maxComputeInvocationsPerWorkgroup'
  | 'maxComputeWorkgroupSizeX'
  | 'maxComputeWorkgroupsPerDimension'
  | 'maxComputeWorkgroupStorageSize'
  | 'maxStorageBufferBindingSize'
>

/** Threads of a group of workers that are one thread each. */
const THREADS = 64
/** More groups than this make no device faster: workers take several points. */
const MAX_GROUPS = 2 ** 20
/** Workgroup memory that kernels use besides scratch: what a team exchanges. */
const EXCHANGE_BYTES = 4096
/** Scratch memory of all workers, unless one alone needs more. */
const SCRATCH_BYTES = 2 ** 27

export function gridSize(limits: Limits, { points, team, width, scratchWords, hasLocal }: GridRequest): GridSize {
  const most = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX)
  const localWords = team && hasLocal ? localWordsFor(limits, scratchWords) : 1
  const buffered = localWords > 1 ? 0 : scratchWords
  const workersAllowed = buffered === 0 ? Infinity : workersFor(limits, buffered * 4)
  const groupSize = team ? Math.min(teamSize(width), most) : Math.min(THREADS, most, powerBelow(workersAllowed))
  const perGroup = team ? 1 : groupSize
  const wanted = Math.min(Math.ceil(points / perGroup), Math.floor(workersAllowed / perGroup), MAX_GROUPS)
  const groups = plane(wanted, limits.maxComputeWorkgroupsPerDimension)
  return { groupSize, groups, workers: groups[0] * groups[1] * perGroup, localWords }
}

/** Groups of teams whose rows are in registers: of several teams of lanes, or of one. */
export function teamsSize(limits: Limits, points: number, { kind, threads }: ChosenTeam): GridSize {
  const perGroup = kind === 'group' ? 1 : TEAMS_GROUP / threads
  const groupSize = kind === 'group' ? threads : TEAMS_GROUP
  const groups = plane(Math.min(Math.ceil(points / perGroup), MAX_GROUPS), limits.maxComputeWorkgroupsPerDimension)
  return { groupSize, groups, workers: groups[0] * groups[1] * perGroup, localWords: 1 }
}

/**
 * Iterations of a loop that a thread should have at least: what a team does together costs more with every subgroup in it
 * (rows of 128: 7.6 ms in teams of 32, 25.6 ms in teams of 128, on an H100).
 */
const PER_THREAD = 4

/** Threads for a loop of so many iterations. */
function teamSize(width: number | null): number {
  if (width === null) return THREADS
  return Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(Math.max(width / PER_THREAD, 1)))))
}

/** Rounded up to a power of two, so that few pipelines are made; 1 when it does not fit. */
function localWordsFor(limits: Limits, words: number): number {
  const rounded = words < 2 ? words * 2 : 2 ** Math.ceil(Math.log2(words))
  return words > 0 && rounded * 4 <= limits.maxComputeWorkgroupStorageSize - EXCHANGE_BYTES ? rounded : 1
}

function workersFor(limits: Limits, bytesEach: number): number {
  const available = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  const workers = Math.floor(Math.min(available, Math.max(SCRATCH_BYTES, bytesEach)) / bytesEach)
  if (workers >= 1) return workers
  const limit = available === limits.maxBufferSize ? 'maxBufferSize' : 'maxStorageBufferBindingSize'
  throw problem('ESP4805', { what: 'the workspace of a kernel', bytes: bytesEach, expected: available, limit })
}

const powerBelow = (value: number): number => (value === Infinity ? THREADS : 2 ** Math.floor(Math.log2(value)))

/** At most so many groups as a rectangle. */
function plane(groups: number, most: number): readonly [number, number] {
  if (groups <= most) return [groups, 1]
  return [most, Math.max(1, Math.floor(groups / most))]
}
