/**
 * What a target is to the compiler: a name, a capability table that passes read, and a function from kernels to artefacts.
 * A backend is a value; nothing in `compiler/` knows which ones exist, and nothing here says how one emits. Text targets
 * and binary ones have the same shape.
 */
import type { Func } from '../compiler/ir/node.ts'
import type { DType, MachineDType } from '../compiler/ir/types.ts'

/**
 * What a target can do, as data. Scheduling reads it to choose lanes and tiles; the driver refuses a policy that needs
 * what a row does not offer, and says which row.
 */
export interface Capabilities {
  /** Dtypes buffers may have: decoded by `load`, encoded by `store`. */
  readonly storage: readonly DType[]
  /** Lane counts a value of each machine dtype may have, ascending; an empty list means the dtype is not available. */
  readonly lanes: Readonly<Record<MachineDType, readonly number[]>>
  /** Machine dtypes the transcendental functions (exp, log, sin, cos, tanh, pow) exist for. */
  readonly transcendental: readonly MachineDType[]
  /** Most bytes all buffers of one call can take together, and the largest single buffer. */
  readonly maxMemoryBytes: number
  readonly maxBufferBytes: number
  /** Most buffers one kernel can be given. */
  readonly maxKernelBuffers: number
  /** Whether a kernel may read a buffer that it also writes. */
  readonly readWriteBuffers: boolean
  /** How kernels run: one thread over everything, or a grid of workgroups. */
  readonly execution: 'sequential' | 'grid'
  /**
   * Of a grid: what teams have besides loops. `ranges`: `tally`, `compact`, `store_bits`, `threshold`, and `keep_best` with `half_keys`
   * and `is_best`; `all`: also `fetch`, with what reads it.
   */
  readonly teamOps: 'none' | 'ranges' | 'all'
  /** Of a grid: threads of the largest teams. */
  readonly largestTeam: number
  /**
   * Of a grid: bytes of neighbouring columns that a thread takes at once where it works down columns of a matrix, because loads of
   * single elements would keep it waiting; 0: it takes one column.
   */
  readonly columnBytes: 0 | 4 | 8 | 16
  /** The fewest bytes a thread can store without minding what other threads store beside them. */
  readonly storeBytes: 1 | 4
  /** Names of what the host must offer for the artefacts to run. */
  readonly features: readonly string[]
}

export interface Artifact {
  /** Extension of the file, without its dot: `wasm`, `wat`, `wgsl`, `cu`. */
  readonly extension: string
  /** The one the manifest names; others are for reading. */
  readonly role: 'kernels' | 'listing'
  readonly content: Uint8Array | string
}

export interface EmitOptions {
  /** Also produce a readable listing where the artefact itself is not text. */
  readonly listing?: boolean
}

export interface Backend {
  /** What `--target` says: `wasm`, `wgsl`, `cuda`. */
  readonly name: string
  /** Extension of the artefact the manifest names, without its dot. */
  readonly extension: string
  readonly summary: string
  readonly caps: Capabilities
  /**
   * All kernels of one policy as one artefact, in the given order. The kernels are well formed and within `caps`; anything
   * else is a defect of the compiler and throws CompilerBug. Equal kernels give equal bytes.
   */
  emit(kernels: readonly Func[], options?: EmitOptions): Promise<readonly Artifact[]>
  /** Null when what `emit` gives can run in this JavaScript host; otherwise why not, as a phrase. */
  unavailable(): string | null
}
