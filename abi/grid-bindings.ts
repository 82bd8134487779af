/**
 * Where the parameters of a kernel of a grid are found in a shader: the words of its uniform block and the numbers of its
 * storage bindings. A pure function of the parameters in order, so that emitted text and any host agree without saying it to
 * each other. All of it is `@group(0)`; binding 0 is the uniform block, storage bindings count from 1.
 */

export type GridAccess = 'read' | 'readwrite' | 'scratch'

/** A buffer, or a scalar by what it is to the kernel. A `lane` row is scratch here: who uses which element does not matter. */
export type GridParam = GridAccess | 'lane' | 'i32' | 'u32' | 'f32' | 'f64' | 'bool'

export interface GridSlot {
  /**
   * First word of the parameter in the uniform block. A scalar has its bits there (f64 two words, low and high; bool 0 or 1), a
   * buffer its start inside its binding in u32 words, scratch that and then its elements per worker.
   */
  readonly word: number
  /** Of a buffer: its storage binding. */
  readonly binding: number | null
}

export interface GridBinding {
  readonly binding: number
  readonly access: GridAccess
  /** Positions of the parameters that are in it, one after the other: several are laid out by the host before a launch. */
  readonly params: readonly number[]
}

export interface GridBindings {
  /** One for each parameter, in order. */
  readonly slots: readonly GridSlot[]
  /** Ascending by number, without gaps from 1. */
  readonly storage: readonly GridBinding[]
  /** Length of the uniform block in u32 words, a multiple of 4. */
  readonly uniformWords: number
}

export const isScratch = (param: GridParam): boolean => param === 'scratch' || param === 'lane'

/** Words of the uniform block that every kernel has: how many workers this dispatch has, and how many points there are. */
export const WORKERS_WORD = 0
export const POINTS_WORD = 1
const FIRST_WORD = 2

/** What every WebGPU device has for one stage, `maxStorageBuffersPerShaderStage`. */
export const MAX_STORAGE_BINDINGS = 8

/**
 * Scratch shares one binding. Other buffers get one each as long as that many are left; then the last `read` ones share one,
 * and when that is not enough, the last `readwrite` ones another.
 */
export function gridBindings(params: readonly GridParam[]): GridBindings {
  const of = (access: GridAccess): readonly number[] =>
    params.flatMap((param, i) => ((isScratch(param) ? 'scratch' : param) === access ? [i] : []))
  const [scratch, read, readwrite] = [of('scratch'), of('read'), of('readwrite')]
  const available = MAX_STORAGE_BINDINGS - Math.min(scratch.length, 1)
  const reads = merged(read, Math.max(available - readwrite.length, 1))
  const readwrites = merged(readwrite, available - reads.length)
  const groups = [
    ...reads.map((group) => ({ access: 'read' as const, params: group })),
    ...readwrites.map((group) => ({ access: 'readwrite' as const, params: group })),
  ].sort((a, b) => (a.params[0] ?? 0) - (b.params[0] ?? 0))
  const last = scratch.length > 0 ? [{ access: 'scratch' as const, params: scratch }] : []
  const storage = [...groups, ...last].map((group, i) => ({ binding: i + 1, ...group }))
  return { storage, ...slotsOf(params, storage) }
}

/** At most `most` groups: one for each, and everything that is left in the last. */
function merged(params: readonly number[], most: number): readonly (readonly number[])[] {
  if (params.length <= most) return params.map((param) => [param])
  return [...params.slice(0, most - 1).map((param) => [param]), params.slice(most - 1)]
}

function slotsOf(params: readonly GridParam[], storage: readonly GridBinding[]): Omit<GridBindings, 'storage'> {
  const bindings = new Map(storage.flatMap((group) => group.params.map((param) => [param, group.binding] as const)))
  let word = FIRST_WORD
  const slots = params.map((param, i): GridSlot => {
    const slot = { word, binding: bindings.get(i) ?? null }
    word += wordsOf(param)
    return slot
  })
  return { slots, uniformWords: Math.ceil(word / 4) * 4 }
}

const wordsOf = (param: GridParam): 1 | 2 => (param === 'f64' || isScratch(param) ? 2 : 1)

/** The entry point of a kernel. Its own name, unless WGSL does not take that as an identifier. */
export const entryPointName = (kernel: string): string =>
  /^[A-Za-z][A-Za-z0-9_]*$/.test(kernel) ? kernel : `kernel_${kernel.replace(/[^A-Za-z0-9]/g, '_')}`

/** The `override` that is the size of workgroup memory for the scratch of a kernel; 1 word: scratch is in its binding. */
export const localWordsName = (kernel: string): string => `${entryPointName(kernel)}_local_words`

/** The `override` that is how many threads a workgroup has. */
export const GROUP_SIZE_NAME = 'GROUP_SIZE'

/**
 * An upper bound of the workgroup memory that a kernel takes beside its scratch. The group size is a power of two, which subgroups
 * need.
 */
export const teamBytes = (groupSize: number): number => 12 * groupSize + 16
