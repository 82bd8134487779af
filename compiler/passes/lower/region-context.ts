/**
 * What lowering one region needs at hand: the kernel being built, the host plan around it, and where every value can be
 * found. Kernel parameters appear on first use.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { NONE, type OpDef } from '../../ir/op.ts'
import type { DType, MachineDType, TensorType, Type } from '../../ir/types.ts'
import { buffer, type KernelBuilder } from './kernel-builder.ts'
import type { HostPlan, Storage } from './host-plan.ts'

/** Index of the current position along each axis that is being looped over. */
export type Env = ReadonlyMap<string, ValueId>

/** Reads a value of the region at a position. */
export type Accessor = (env: Env) => ValueId

/** A buffer as the kernel sees it. */
export interface KernelBuffer {
  readonly id: ValueId // kernel parameter
  readonly readOnly: boolean
  readonly dtype: DType
}

/**
 * Who runs the kernel: one thread over everything; one thread for each grid point; or a team of threads for each, which share
 * out the iterations of `lanes`.
 */
export type Execution = 'sequential' | 'threads' | 'team'

/** How the kernel runs. */
export interface Running {
  readonly execution: Execution
  /** Whether there are `tally`, `compact` and `store_bits`. */
  readonly teamOps: 'none' | 'ranges' | 'all'
  /** Threads of the largest teams. */
  readonly largestTeam: number
}

export class RegionContext {
  readonly b: KernelBuilder
  readonly execution: Execution
  private readonly teamOps: 'none' | 'ranges' | 'all'
  readonly largestTeam: number
  readonly plan: HostPlan
  readonly ops: Readonly<Record<string, OpDef>>
  readonly defs: ReadonlyMap<ValueId, Node>
  readonly types: ReadonlyMap<ValueId, Type>
  /** Values of the region that have been computed: how to read them. */
  readonly available = new Map<ValueId, Accessor>()
  /** Host values in the order of the kernel's parameters. */
  readonly args: ValueId[] = []
  readonly argKinds: string[] = []
  private readonly buffers = new Map<ValueId, KernelBuffer>()
  private readonly scalars = new Map<string, ValueId>()

  constructor(
    b: KernelBuilder,
    plan: HostPlan,
    ops: Readonly<Record<string, OpDef>>,
    defs: ReadonlyMap<ValueId, Node>,
    types: ReadonlyMap<ValueId, Type>,
    { execution, teamOps, largestTeam }: Running,
  ) {
    this.b = b
    this.execution = execution
    this.teamOps = teamOps
    this.largestTeam = largestTeam
    this.plan = plan
    this.ops = ops
    this.defs = defs
    this.types = types
  }

  /** Whether what is written now may count and compact along a range, and settle what is best in a row, as a team. */
  get canTally(): boolean {
    return this.teamOps !== 'none' && !this.b.sideBySide
  }

  /** Whether it may also fetch rows. */
  get hasAllTeamOps(): boolean {
    return this.teamOps === 'all' && !this.b.sideBySide
  }

  /** Whether a value can be neither negative nor -0, by looking at what it is made of. NaN is not excluded. */
  nonNegative(id: ValueId): boolean {
    const node = this.defs.get(id)
    if (node === undefined) return false
    if (node.op === 'abs') return true
    return (node.op === 'mul' || node.op === 'add') && node.operands.every((operand) => this.nonNegative(operand))
  }

  /** Whether a value is in memory before the region starts. */
  isExternal(id: ValueId): boolean {
    const def = this.defs.get(id)
    return !this.available.has(id) && (def === undefined || def.op === 'region')
  }

  typeOf(id: ValueId): Type {
    const type = this.types.get(id)
    if (type === undefined) throw new Error(`%${id} has no type here`)
    return type
  }

  tensorType(id: ValueId): TensorType {
    const type = this.typeOf(id)
    if (type.kind !== 'tensor') throw new Error(`%${id} is not a tensor`)
    return type
  }

  axesOf(id: ValueId): readonly string[] {
    const type = id === NONE ? undefined : this.typeOf(id)
    return type?.kind === 'tensor' ? type.axes : []
  }

  /** A buffer of the plan as a kernel parameter. */
  buffer(host: ValueId, name: string): KernelBuffer {
    const known = this.buffers.get(host)
    if (known !== undefined) return known
    const type = this.plan.bufferType(host)
    const readOnly = type.access === 'read' || !this.written.has(host)
    const access = type.access === 'scratch' ? 'scratch' : readOnly ? 'read' : 'readwrite'
    const id = this.b.param(name, buffer(type.dtype, access))
    const made = { id, readOnly, dtype: type.dtype }
    this.buffers.set(host, made)
    this.args.push(host)
    this.argKinds.push(this.execution === 'sequential' ? 'buffer' : access)
    return made
  }

  /** Of a kernel over points that are so many elements of a row each: the first of this one and how many. */
  window: { readonly first: ValueId; readonly size: number } | null = null

  /** Of a form for short rows: how long those of a point are at most. */
  longestRow = Infinity

  /** Where a row over `axes` begins and ends for this point: all of it, unless points are windows. */
  range(axes: readonly string[]): { readonly lo: ValueId; readonly hi: ValueId } {
    const size = this.size(axes)
    if (this.window === null) return { lo: this.b.i32(0), hi: size }
    const { first, size: most } = this.window
    return { lo: first, hi: this.b.op('min', [this.b.op('add', [first, this.b.i32(most)]), size]) }
  }

  /** Buffers this kernel writes; a buffer must be listed before it is first used. */
  readonly written = new Set<ValueId>()

  /** Memory of this kernel alone, as long as a tensor over `axes`. */
  scratch(dtype: DType, axes: readonly string[]): KernelBuffer {
    return this.scratchOf(dtype, this.plan.product(axes))
  }

  scratchOf(dtype: DType, length: ValueId): KernelBuffer {
    const host = this.plan.buffer(this.execution === 'sequential' ? 'temp' : 'scratch', dtype, length)
    this.written.add(host)
    return this.buffer(host, `scratch${host}`)
  }

  /** A host scalar as a kernel parameter of a machine dtype. */
  scalar(host: ValueId, as: Exclude<MachineDType, 'i64'>): ValueId {
    if (as === 'bool') return this.b.op('ne', [this.scalar(host, 'i32'), this.b.i32(0)])
    const key = `${host}:${as}`
    const known = this.scalars.get(key)
    if (known !== undefined) return known
    const literal = this.literal(host)
    const id =
      literal === null
        ? this.b.param(`s${host}`, { kind: 'machine', dtype: as, lanes: 1 })
        : this.b.constant(as === 'u32' ? Math.max(literal, 0) : literal, as)
    this.scalars.set(key, id)
    if (literal === null) {
      this.args.push(host)
      this.argKinds.push(as)
    }
    return id
  }

  /** Whether a host scalar is known to be at least 0. */
  isCount(host: ValueId): boolean {
    return this.defs.get(host)?.op === 'size' || (this.literal(host) ?? -1) >= 0
  }

  /** Small integer literals become constants of the kernel; other scalars stay parameters, so nothing recompiles. */
  private literal(host: ValueId): number | null {
    const def = this.defs.get(host)
    if (def?.op !== 'literal' || def.attrs.scalar !== 'int') return null
    const value = Number(def.attrs.value)
    return Number.isInteger(value) && Math.abs(value) < 2 ** 24 ? value : null
  }

  /** The extent of an axis, as an i32. */
  extent(axis: string): ValueId {
    const pinned = this.plan.pinned(axis)
    return pinned === null ? this.scalar(this.plan.size(axis), 'i32') : this.b.i32(pinned)
  }

  /** Elements of a row over `axes`, as an i32. */
  size(axes: readonly string[]): ValueId {
    return axes.map((axis) => this.extent(axis)).reduce((x, y) => this.b.op('mul', [x, y]), this.b.i32(1))
  }

  /** Rows that are walked as one loop: the place in the row, by its axes and the positions made of it. */
  private readonly rows: { readonly axes: readonly string[]; readonly positions: readonly ValueId[]; readonly place: ValueId }[] =
    []

  /** Remembers that positions along `axes` were made of a place in a row over them. */
  asRow(axes: readonly string[], env: Env, place: ValueId): void {
    this.rows.push({ axes, positions: axes.map((axis) => env.get(axis)!), place })
  }

  /** How many of the innermost of `axes` are a row whose place is known, and that place; or the innermost axis alone. */
  private innermost(axes: readonly string[], env: Env): { readonly count: number; readonly place: ValueId | undefined } {
    const isTail = (row: { readonly axes: readonly string[]; readonly positions: readonly ValueId[] }): boolean =>
      row.axes.length <= axes.length &&
      row.axes.every((axis, i) => axes[axes.length - row.axes.length + i] === axis && env.get(axis) === row.positions[i])
    const row = this.rows.findLast(isTail)
    return row === undefined ? { count: 1, place: env.get(axes.at(-1)!) } : { count: row.axes.length, place: row.place }
  }

  /** Position of an element in a row-major array over `axes`; terms of outer loops are added first, so they hoist. */
  offset(axes: readonly string[], env: Env): ValueId {
    let stride = this.b.i32(1)
    const terms: ValueId[] = []
    for (let left = axes; left.length > 0;) {
      const { count, place } = this.innermost(left, env)
      const taken = left.slice(-count)
      if (place === undefined) throw new Error(`no loop over axis ${taken[0]}`)
      terms.push(this.b.op('mul', [place, stride]))
      left = left.slice(0, -count)
      // The extent of the outermost axis is not asked for: when it is being counted, nobody knows it yet.
      if (left.length > 0) for (const axis of taken) stride = this.b.op('mul', [stride, this.extent(axis)])
    }
    terms.sort((x, y) => this.b.depthOf(x) - this.b.depthOf(y))
    return terms.reduce((x, y) => this.b.op('add', [x, y]), this.b.i32(0))
  }

  /** Reads an element of a dense tensor in memory. */
  read(from: KernelBuffer, axes: readonly string[], env: Env): ValueId {
    const index = this.offset(axes, env)
    return from.readOnly ? this.b.loadInvariant(from.id, index) : this.b.load(from.id, index)
  }

  values(storage: Storage, name: string): KernelBuffer {
    return this.buffer(storage.parts.values!, name)
  }
}
