/**
 * How the kernels of a CUDA module are named, which sizes of teams each is compiled for, and which of them a launch takes. Pure
 * functions of a kernel's buffers in the order of its parameters, so that emitted text and any host agree without saying it to
 * each other. `backends/cuda-c/README.md` has the parameters of kernels.
 */
import { dtypeBytes } from './dtype.ts'
import { entryPointName } from './grid-bindings.ts'
import type { DTypeName } from './manifest.ts'

/** A parameter of a kernel that is memory; scalars have no say in this. */
export interface CudaBuffer {
  readonly access: 'read' | 'readwrite' | 'scratch' | 'lane'
  readonly dtype: DTypeName
}

/** A form of a kernel that teams run. */
export interface TeamVariant {
  /** Threads of a team, a power of two. */
  readonly threads: number
  /** Of `lane` rows, each thread holds this many times the vector width in registers; 0: rows are in memory. */
  readonly chunks: number
}

/** What a launch is known to be about when its variant is chosen. */
export interface TeamLaunch {
  /** No loop that is spread over a team is longer; null: not known. */
  readonly width: number | null
  readonly points: number
  readonly multiprocessors: number
}

/** Threads of a block of a kernel whose points are threads. */
export const THREAD_BLOCK = 256
/** Threads of a block that several small teams share. */
const SHARED_BLOCK = 128
const WARP = 32

/** Registers of one thread that rows may take, and those of a thread in the largest block. */
const ROW_REGISTERS = 64
const ROW_REGISTERS_IN_LARGEST = 32

const variant = (threads: number, chunks: number): TeamVariant => ({ threads, chunks })

type Share = readonly [threads: number, elements: number]

/** Teams of a warp or less, ascending in what rows hold. */
const WARPS: readonly TeamVariant[] = [variant(8, 1), variant(16, 1), variant(32, 1), variant(32, 2), variant(32, 4)]
/** Teams that are blocks, with the elements of a row that each thread holds: many, since threads wait for each other in every step. */
const BLOCKS: readonly Share[] = [
  ...([[128, 8], [128, 16], [128, 32], [256, 16], [256, 32], [512, 16], [512, 32], [1024, 16], [1024, 32]] as const), // prettier-ignore
]
const IN_MEMORY: readonly TeamVariant[] = [variant(256, 0), variant(1024, 0)]
/**
 * Of rows of keys, which small teams select from bit by bit: few threads with many keys each, 32 of 16-bit floats, 16 of others, or
 * 32 of a warp; those with fewer are for kernels with many rows.
 */
const HALVES_OF_WARPS: readonly Share[] = [
  ...([[2, 16], [2, 32], [4, 24], [4, 32], [8, 16], [8, 24], [8, 32], [16, 16], [16, 32], [32, 16], [32, 32]] as const), // prettier-ignore
]
const KEYS_OF_WARPS: readonly Share[] = [
  ...([[2, 16], [4, 8], [4, 16], [8, 8], [8, 16], [16, 8], [16, 16], [32, 8], [32, 16], [32, 32]] as const), // prettier-ignore
]
/** Of rows that hold sums of products, which are the work of a warp: so many words of what is packed, or any number. */
const OF_PRODUCTS: readonly TeamVariant[] = [2, 4, 8, 0].map((chunks) => variant(32, chunks))
const WITHOUT_ROWS: readonly TeamVariant[] = [8, 32, 128, 256, 1024].map((threads) => variant(threads, 0))

const isRow = ({ access }: CudaBuffer): boolean => access === 'lane'

/** Neighbouring iterations of a spread loop that go to one thread: as many elements of the narrowest numbers as 16 bytes hold. */
export function vectorWidth(buffers: readonly CudaBuffer[]): 4 | 8 {
  const given = buffers.filter(({ access }) => access === 'read' || access === 'readwrite').map(({ dtype }) => dtypeBytes(dtype))
  return given.includes(2) || (given.length > 0 && given.every((bytes) => bytes === 1)) ? 8 : 4
}

/** What threads of small teams take where there are rows of keys: of integers or bits of floats, which are i32, or of 16-bit floats. */
function sharesOfWarps(buffers: readonly CudaBuffer[]): readonly Share[] {
  const dtypes = buffers.filter(isRow).map(({ dtype }) => dtype)
  if (dtypes.includes('i32')) return KEYS_OF_WARPS
  return dtypes.includes('f16') || dtypes.includes('bf16') ? HALVES_OF_WARPS : []
}

/** Of a kernel that teams run, in the order in which they are in the module. */
export function teamVariants(buffers: readonly CudaBuffer[]): readonly TeamVariant[] {
  const rows = buffers.filter(isRow).length
  if (rows === 0) return WITHOUT_ROWS
  if (buffers.some((buffer) => isRow(buffer) && buffer.dtype === 'u32')) return OF_PRODUCTS
  const width = vectorWidth(buffers)
  const share = ([threads, elements]: Share): TeamVariant => variant(threads, elements / width)
  const ofWarps = sharesOfWarps(buffers)
  const held = [...(ofWarps.length > 0 ? ofWarps.map(share) : WARPS), ...BLOCKS.map(share)]
  const fitting = held.filter(
    ({ threads, chunks }) => chunks * width * rows <= (threads === 1024 ? ROW_REGISTERS_IN_LARGEST : ROW_REGISTERS),
  )
  const holds = ({ threads, chunks }: TeamVariant): number => threads * chunks
  const isMore = (each: TeamVariant, i: number): boolean => fitting.slice(0, i).every((other) => holds(other) < holds(each))
  return [...fitting.filter(isMore), ...IN_MEMORY]
}

/** Loops of which each thread of the largest team has so much that the team is worth it, however many points there are. */
const LONG_LOOP = 65536

/**
 * The smallest team whose registers hold the rows; without rows, the smallest that has at most two vectors for each thread. When
 * there is less to do than multiprocessors, the largest team there is work for; so for long loops over what no thread holds.
 */
export function chooseVariant(buffers: readonly CudaBuffer[], { width, points, multiprocessors }: TeamLaunch): TeamVariant {
  const variants = teamVariants(buffers)
  const lanes = vectorWidth(buffers)
  const most = width ?? Infinity
  const held = buffers.some(isRow) ? variants.find(({ threads, chunks }) => threads * chunks * lanes >= most) : undefined
  if (held !== undefined) return held
  const inMemory = variants.filter(({ chunks }) => chunks === 0)
  const usual = inMemory.filter(({ threads }) => threads < 1024)
  const fitting = usual.find(({ threads }) => threads * lanes * 2 >= most) ?? (usual.at(-1) as TeamVariant)
  const isLong = width !== null && width >= LONG_LOOP && !buffers.some(isRow)
  const isAlone = points < multiprocessors
  if (!(isAlone || isLong) || most <= fitting.threads * lanes) return fitting
  return inMemory.find(({ threads }) => threads * lanes >= most) ?? (inMemory.at(-1) as TeamVariant)
}

/** Teams that a block is made of. */
export const teamsPerBlock = ({ threads }: TeamVariant): number => (threads <= WARP ? SHARED_BLOCK / threads : 1)
export const blockThreads = (team: TeamVariant): number => team.threads * teamsPerBlock(team)

/** The entry point of a kernel: of one that teams run, that of a variant of it. */
export const cudaEntryName = (kernel: string, team: TeamVariant | null): string =>
  team === null ? entryPointName(kernel) : `${entryPointName(kernel)}__${variantName(team)}`

/** `t16_c1`. */
export const variantName = ({ threads, chunks }: TeamVariant): string => `t${threads}_c${chunks}`

/** Options that leave nothing in a module but the entry points given: for compilers that are asked for one kernel at a time. */
export function onlyOptions(
  entries: readonly { readonly kernel: string; readonly team: TeamVariant | null }[],
): readonly string[] {
  const teams = entries.flatMap(({ kernel, team }) =>
    team === null ? [] : [`ESPALIER_${entryPointName(kernel)}(${variantName(team)})`],
  )
  const threads = entries.flatMap(({ kernel, team }) => (team === null ? [`-DESPALIER_${entryPointName(kernel)}`] : []))
  return [`-DESPALIER_ONLY=${teams.join(' ')}`, ...threads]
}

/**
 * Words of memory that a team needs for its scratch, with the number of elements of each row in the order of the buffers: all of
 * it, one row behind the other, each from a multiple of 16 bytes on. Rows in registers need none.
 */
export function scratchWords(buffers: readonly CudaBuffer[], lengths: readonly number[], team: TeamVariant): number {
  const inMemory = (buffer: CudaBuffer): boolean => buffer.access === 'scratch' || (isRow(buffer) && team.chunks === 0)
  return buffers.reduce((sum, buffer, i) => (inMemory(buffer) ? sum + 4 * Math.ceil((lengths[i] ?? 0) / 4) : sum), 0)
}
