/**
 * The contract between a compiled policy and a host: `manifest.json`. Everything a host needs to bind shapes, allocate
 * buffers and launch kernels is here; nothing in it is specific to one target except `artifact` and kernel names.
 * The published JSON schema is `host/manifest.schema.json`; a change of meaning raises ABI_VERSION.
 */
export const ABI_VERSION = 1

export type DTypeName = 'f32' | 'f16' | 'bf16' | 'i32' | 'u32' | 'u8' | 'i8' | 'bool'

/** A number as JSON can carry it: infinities and NaN are spelled out. */
export type ManifestNumber = number | 'inf' | '-inf' | 'nan'

export interface Manifest {
  readonly espalier: string // version of the compiler
  readonly abi: typeof ABI_VERSION
  readonly policy: string
  readonly doc: string | null
  /** SHA-256 over the policy's own text and that of the files it uses. */
  readonly hash: string
  readonly target: string
  readonly artifact: string // file name beside the manifest
  /** Axes as declared: `head = kv * group`, `in = quad * lane(4)`. `pinned` is a number's text or a count parameter's name. */
  readonly axes: readonly { readonly name: string; readonly factors: readonly string[]; readonly pinned: string | null }[]
  readonly params: readonly ParamSpec[]
  readonly states: readonly StateSpec[]
  readonly entries: readonly EntrySpec[]
}

export interface ParamSpec {
  readonly name: string
  readonly doc: string | null
  readonly type: 'ratio' | 'count' | 'int' | 'real' | 'bool' | 'choice'
  readonly choices?: readonly string[]
  /** Of an argument of an entry: it is a position along this axis, and refused outside of it. */
  readonly axis?: { readonly name: string; readonly atoms: readonly string[] }
  /** Exact text (`7/10`, `4`, `1.5`, `true`, `exact`); null: must be set. */
  readonly default: string | null
}

export interface StateSpec {
  readonly name: string
  readonly doc: string | null
  readonly dtype: DTypeName
  readonly axes: readonly string[] // declared axes
  readonly initial: ManifestNumber
}

export type FormatSpec =
  | { readonly kind: 'bitmap'; readonly width: number }
  | { readonly kind: 'nm'; readonly n: number; readonly m: number }
  | { readonly kind: 'indices' }
  | { readonly kind: 'csr' }
  | { readonly kind: 'block'; readonly r: number; readonly c: number }
  | { readonly kind: 'compact' }
export type FormatSpecOf<K extends FormatSpec['kind']> = Extract<FormatSpec, { readonly kind: K }>

export interface TensorSpec {
  readonly name: string
  /** Declared axes, outermost first; each with the atomic axes of this entry that it consists of. */
  readonly axes: readonly { readonly name: string; readonly atoms: readonly string[] }[]
  /** The dtype, when all variants agree; a list when the variant decides. */
  readonly dtypes: readonly DTypeName[]
  readonly packing: PackingSpec | null
}

export interface PackingSpec {
  readonly format: FormatSpec
  /** Atomic axes that are packed; rows run over those that are neither packed nor inside. */
  readonly over: readonly string[]
  /** Atomic axes that an entry holds whole; absent: an entry is one element. */
  readonly inside?: readonly string[]
  readonly exact: boolean
}

export interface EntrySpec {
  readonly name: string
  readonly doc: string | null
  readonly inputs: readonly TensorSpec[]
  /** Scalars given per call; `default` is always null. */
  readonly args: readonly ParamSpec[]
  readonly outputs: readonly TensorSpec[] // packing may differ between variants: then it is in the variant
  readonly states: readonly { readonly name: string; readonly access: 'read' | 'write' | 'update' }[]
  readonly variants: readonly VariantSpec[]
}

/** One compiled form of an entry: for given alternatives and input dtypes. The host picks the one that matches a call. */
export interface VariantSpec {
  readonly choices: Readonly<Record<string, string>>
  readonly dtypes: Readonly<Record<string, DTypeName>> // of inputs
  readonly axes: readonly AxisSpec[]
  /** Host scalars in evaluation order. Evaluated before the first step, except those that depend on a counted axis. */
  readonly scalars: readonly ScalarExpr[]
  readonly buffers: readonly BufferSpec[]
  readonly steps: readonly Step[]
  readonly inputs: readonly TensorBinding[]
  readonly outputs: readonly OutputBinding[]
  /**
   * A state is read from `from` and, when `to` is given, becomes `to` after the last step succeeded. With `at`, `to` is one slice of
   * it, over the other atoms in order: it is written at these positions, nowhere when one is outside, and the rest stays.
   */
  readonly states: readonly {
    readonly name: string
    readonly atoms: readonly string[]
    readonly from: number | null
    readonly to: number | null
    readonly at?: readonly { readonly axis: string; readonly scalar: number }[]
  }[]
  /** Pairs of atomic axes that must have the same extent: one is read at positions of the other. */
  readonly sameExtent?: readonly (readonly [string, string])[]
  /**
   * An atomic axis, the first of every output and of every input that has it, of which each position is computed by itself: the steps
   * may run on parts of it in turn.
   */
  readonly cutAlong?: string
}

export type AxisSpec =
  | { readonly name: string; readonly kind: 'bound' }
  | { readonly name: string; readonly kind: 'scalar'; readonly scalar: number } // index into scalars
  | { readonly name: string; readonly kind: 'counted'; readonly buffer: number } // i32[1] written by a step

/**
 * Exact arithmetic on parameters and extents. int and ratio are rationals of any size, real is a double.
 * `ref` is the index of an earlier scalar of the variant.
 */
export type ScalarExpr =
  | { readonly op: 'literal'; readonly type: 'int' | 'ratio' | 'real' | 'bool'; readonly value: string }
  | { readonly op: 'param'; readonly name: string } // policy parameter or per-call argument
  | { readonly op: 'size'; readonly axis: string } // atomic axis
  | BudgetExpr
  | { readonly op: 'kept'; readonly input: string } // kept entries per row of a packed input; refused for one with ragged rows
  | { readonly op: 'row_room'; readonly input: string; readonly otherwise: number } // kept entries of a packed input's rows that scratch should have room for; a host may take `otherwise`
  | { readonly op: string; readonly args: readonly number[] } // add sub mul div floordiv rem pow min max neg abs sqrt exp log floor ceil round trunc eq ne lt le gt ge and or xor not shl shr popcount steps select convert_real convert_int

/**
 * How many of `extent` are kept, as an int. keep: the rounded `r * n`, or the count; drop: `n` less that. `atLeast` then raises
 * it, `multipleOf` raises it to a multiple, and the extent bounds it.
 */
export interface BudgetExpr {
  readonly op: 'budget'
  readonly mode: 'keep' | 'drop'
  readonly round: 'down' | 'up' | 'nearest' | 'even'
  readonly amount: number
  /** Absent: by the type of the amount (an int is a count). */
  readonly amountIs?: 'ratio' | 'count'
  readonly extent: number
  readonly atLeast: number | null
  readonly multipleOf: number | null
}

export interface BufferSpec {
  readonly role: 'input' | 'output' | 'state' | 'temp' | 'count' | 'scratch'
  readonly dtype: DTypeName
  /** Of scratch: elements for each worker of a launch, 4 bytes each whatever their dtype. Index of the scalar that is the number of elements; for a counted axis or a ragged packing, the capacity. */
  readonly length: number
}

/**
 * Where the parts of a tensor are. A dense tensor has one part, `values`. Packed ones (rows over the axes neither packed nor
 * inside; an entry is one element, or all elements of the axes inside, row-major) have `values`, entry by entry, and
 * bitmap: `words` (u32 pairs for width 64, row-major, bit i of a row is word i/32 bit i%32, rows padded to whole words of
 * `width` bits); nm: `meta` (u32 words per row, ceil(log2 m) bits per kept entry, low bits first, rows padded to a word);
 * indices, csr, block: `indices` (i32, position in the row of each kept entry); compact: nothing, the entries of a row have
 * the positions 0, 1, …. When not exact, `offsets` (u32, rows + 1) says which entry each row starts with; csr always has it.
 */
export interface TensorBinding {
  readonly name: string
  readonly packing: PackingSpec | null
  readonly parts: Readonly<Record<string, number>> // part name -> buffer
}

export interface OutputBinding extends TensorBinding {
  readonly dtype: DTypeName
  /** Index of the scalar that is the number of kept entries per row, for exact packings. */
  readonly kept: number | null
}

export type Step =
  | { readonly op: 'launch'; readonly kernel: string; readonly args: readonly KernelArg[]; readonly grid?: GridSpec }
  | { readonly op: 'fill'; readonly buffer: number; readonly value: ManifestNumber }

/** How many points a kernel runs over on a target with many threads, and who works on one: a thread or a team of them. */
export interface GridSpec {
  readonly points: number // index into scalars
  readonly team: boolean
  /** Index of the scalar that is the length of the longest loop of a team: what its size is chosen by. */
  readonly width: number | null
}

export type KernelArg =
  | { readonly kind: 'buffer'; readonly buffer: number; readonly access?: 'read' | 'readwrite' | 'scratch' | 'lane' }
  | { readonly kind: 'extent'; readonly axis: string } // i32
  | { readonly kind: 'scalar'; readonly scalar: number; readonly as: 'i32' | 'u32' | 'f32' | 'f64' }
