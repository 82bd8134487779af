/**
 * The entry at kernel level: scalars, buffers and launches in the order the host performs them. Lowering asks it for
 * lengths and buffers; equal requests for scalars give the same value.
 */
import { FuncBuilder } from '../../ir/builder.ts'
import type { Func, Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE, type OpDef } from '../../ir/op.ts'
import type { StoragePart } from '../../ir/formats/format.ts'
import { storageParts } from '../../ir/formats/storage.ts'
import { pinnedExtent } from '../../ir/pinned-extent.ts'
import { rowAxes, type BufferType, type DType, type TensorType, type Type } from '../../ir/types.ts'
import { definitions, nextId, typesOf } from '../../ir/walk.ts'
import { countsBehind } from '../fuse/anchors.ts'

/** Where a tensor is: its type and its buffers by part name, as values of the host plan. */
export interface Storage {
  readonly type: TensorType
  readonly parts: Readonly<Record<string, ValueId>>
  /** Host scalar: kept entries per row, for an exact packing. */
  readonly kept: ValueId
}

export type BufferRole = 'output' | 'state' | 'temp' | 'count' | 'scratch'

export class HostPlan {
  private readonly builder: FuncBuilder
  private readonly scalars = new Map<string, ValueId>()
  private readonly storages = new Map<ValueId, Storage>()
  private assumed: ReadonlyMap<string, number> = new Map()
  private readonly pairs = new Set<string>()
  readonly func: Func
  /** Counted axes: the axis that bounds each. */
  private readonly capacity: ReadonlyMap<string, string>
  /** Host scalars of the function that are known only after something was counted. */
  private readonly waiting: ReadonlySet<ValueId>

  constructor(func: Func, ops: Readonly<Record<string, OpDef>>) {
    this.func = func
    this.capacity = capacities(func)
    this.waiting = new Set(countsBehind(func).keys())
    this.builder = new FuncBuilder(ops, nextId(func))
    this.builder.adopt([...typesOf(func)].map(([id, type]) => ({ id, type })))
  }

  typeOf(id: ValueId): Type {
    return this.builder.typeOf(id)
  }

  append(node: Node): void {
    this.builder.append(node)
    const value = node.results[0]
    if (value?.type.kind === 'scalar') this.scalars.set(keyOf(node.op, node.operands, node.attrs), value.id)
  }

  scalar(op: string, operands: readonly ValueId[], attrs: Node['attrs'] = {}): ValueId {
    const key = keyOf(op, operands, attrs)
    const known = this.scalars.get(key)
    if (known !== undefined) return known
    const id = this.builder.emit(op, operands, attrs)
    this.scalars.set(key, id)
    return id
  }

  int(value: number): ValueId {
    return this.scalar('literal', [], { scalar: 'int', value: String(value) })
  }

  size(axis: string): ValueId {
    return this.scalar('size', [], { axis })
  }

  /** The extent of an axis that the policy pins to a number, or that is assumed. */
  pinned(axis: string): number | null {
    return this.assumed.get(axis) ?? pinnedExtent(this.func, axis)
  }

  /** For kernels that run only where axes have these extents. */
  assuming<T>(extents: ReadonlyMap<string, number>, work: () => T): T {
    const before = this.assumed
    this.assumed = new Map([...before, ...extents])
    const done = work()
    this.assumed = before
    return done
  }

  /** Elements of a row over axes that are all pinned; Infinity when one is not. */
  pinnedSize(axes: readonly string[]): number {
    return axes.reduce((size, axis) => size * (this.pinned(axis) ?? Infinity), 1)
  }

  /** Elements to allocate for a tensor over `axes`: an axis that is counted on the device takes what it is counted along. */
  product(axes: readonly string[]): ValueId {
    const factors = axes.map((axis) => this.size(this.capacity.get(axis) ?? axis))
    return factors.length === 0 ? this.int(1) : factors.reduce((x, y) => this.scalar('mul', [x, y]))
  }

  ceilDiv(value: ValueId, by: number): ValueId {
    return this.scalar('floordiv', [this.scalar('add', [value, this.int(by - 1)]), this.int(by)])
  }

  /** 1 where a number is more than the other, 0 where it is not; neither is negative. */
  isMore(value: ValueId, than: number): ValueId {
    return this.scalar('min', [this.scalar('floordiv', [value, this.int(than + 1)]), this.int(1)])
  }

  /** 1 where the other is 0, 0 where it is 1. */
  not(flag: ValueId): ValueId {
    return this.scalar('sub', [this.int(1), flag])
  }

  buffer(role: BufferRole, dtype: DType, length: ValueId): ValueId {
    return this.builder.emit('buffer', [length], { role, dtype })
  }

  bufferType(id: ValueId): BufferType {
    const type = this.typeOf(id)
    if (type.kind !== 'buffer') throw new Error(`%${id} is not a buffer of the plan`)
    return type
  }

  fill(buffer: ValueId, value: number | string): void {
    this.builder.emitAll('fill', [buffer], { value })
  }

  /** Asks the host to check that two axes have the same extent; once per pair. */
  sameExtent(first: string, second: string): void {
    const pair = [first, second].sort()
    if (this.pairs.has(pair.join())) return
    this.pairs.add(pair.join())
    this.builder.emitAll('same_extent', [], { axes: pair })
  }

  launch(kernel: string, args: readonly ValueId[], as: readonly string[], team: boolean | null): void {
    this.builder.emitAll('launch', args, { kernel, as, ...(team === null ? {} : { team }) })
  }

  /** The buffers of a tensor the host already has: an input, a state, or what an earlier region made. */
  storageOf(tensor: ValueId): Storage {
    const known = this.storages.get(tensor)
    if (known !== undefined) return known
    const type = this.typeOf(tensor)
    if (type.kind !== 'tensor') throw new Error(`%${tensor} is not a tensor`)
    const parts: Record<string, ValueId> = {}
    const kept = type.packing?.exact === true ? this.scalar('kept', [tensor]) : NONE
    for (const part of storageParts(type))
      parts[part.name] = this.builder.emit('part', [tensor, this.length(part, type, kept)], {
        part: part.name,
        dtype: part.dtype,
      })
    const storage = { type, parts, kept }
    this.storages.set(tensor, storage)
    return storage
  }

  /** Host scalar: kept entries for which a row should have room in fast memory; half of those there are, where nobody knows better. */
  rowRoom(storage: Storage): ValueId {
    const half = this.ceilDiv(this.product(storage.type.packing?.over ?? []), 2)
    const [tensor] = [...this.storages].find(([, known]) => known === storage) ?? []
    const isGiven = this.func.params.some(({ id, role }) => id === tensor && role === 'input')
    return tensor === undefined || !isGiven ? half : this.scalar('row_room', [tensor, half])
  }

  /** Allocates a tensor that a region makes; `kept` is its kept count per row when its packing is exact. */
  allocate(type: TensorType, role: BufferRole, kept: ValueId): Storage {
    const parts: Record<string, ValueId> = {}
    for (const part of storageParts(type)) parts[part.name] = this.buffer(role, part.dtype, this.length(part, type, kept))
    return { type, parts, kept }
  }

  private length(part: StoragePart, type: TensorType, kept: ValueId): ValueId {
    const { over = [], inside = [] } = type.packing ?? {}
    const rows = this.product(type.packing === undefined ? type.axes : rowAxes(type.axes, type.packing))
    const times = (x: ValueId, y: ValueId): ValueId => this.scalar('mul', [x, y])
    switch (part.length.kind) {
      case 'elements':
        return this.product(type.axes)
      case 'kept':
        return times(rows, this.mostKept(kept, over))
      case 'kept-elements':
        return times(times(rows, this.mostKept(kept, over)), this.product(inside))
      case 'row-words':
        return times(rows, this.rowWords(part.length.bits, over))
      case 'kept-words':
        return times(rows, this.ceilDiv(times(this.mostKept(kept, over), this.int(part.length.bits)), 32))
      case 'offsets':
        return this.scalar('add', [rows, this.int(1)])
    }
  }

  /** Kept entries of a row, or as many as there may be when that is not known before something is counted. */
  private mostKept(kept: ValueId, over: readonly string[]): ValueId {
    return kept === NONE || this.waiting.has(kept) ? this.product(over) : kept
  }

  /** 32-bit words of a bitmap row padded to whole words of `bits`. */
  rowWords(bits: number, over: readonly string[]): ValueId {
    return this.scalar('mul', [this.ceilDiv(this.product(over), bits), this.int(bits / 32)])
  }

  /** Kept entries per row of an exactly packed tensor. */
  keptOf(tensor: ValueId): ValueId {
    return this.storageOf(tensor).kept
  }

  bind(tensor: ValueId, storage: Storage): void {
    this.storages.set(tensor, storage)
  }

  /** The value that stands for a finished tensor among the outputs. */
  assemble(storage: Storage): ValueId {
    const names = Object.keys(storage.parts)
    return this.builder.emit('assemble', [storage.kept, ...names.map((name) => storage.parts[name]!)], {
      names,
      type: storage.type as never,
    })
  }

  finish(): readonly Node[] {
    return this.builder.take()
  }
}

/** Axes whose extent is settled while the entry runs, with the longest settled axis that they are a part of. */
function capacities(func: Func): ReadonlyMap<string, string> {
  const behind = countsBehind(func)
  const defs = definitions(func)
  const source = new Map<string, string>()
  for (const { name, extent } of func.axes) {
    const isOpen = extent.kind === 'counted' || (extent.kind === 'scalar' && behind.has(extent.value))
    const from = isOpen ? countedAlong(extent.value, defs) : null
    if (from !== null) source.set(name, from)
  }
  const settled = (axis: string): string => {
    const from = source.get(axis)
    return from === undefined ? axis : settled(from)
  }
  return new Map([...source.keys()].map((axis) => [axis, settled(axis)]))
}

/** The axis whose entries a count counts: that of the reduction, or of the extent that a budget is a part of. */
function countedAlong(value: ValueId, defs: ReadonlyMap<ValueId, Node>): string | null {
  const def = defs.get(value)
  if (def === undefined) return null
  switch (def.op) {
    case 'region': {
      const at = def.results.findIndex((result) => result.id === value)
      return countedAlong(def.regions[0]!.yields[at]!, defs)
    }
    case 'reduce': // the longest of several rows, or the count itself
      return def.attrs.kind === 'max' ? countedAlong(def.operands[0]!, defs) : (attrAxes(def.attrs)[0] ?? null)
    case 'size':
      return attrString(def.attrs, 'axis')
    case 'budget':
      return countedAlong(def.operands[1]!, defs)
    default:
      // Arithmetic on counts along one axis: what is dropped, what is kept at least.
      return def.operands.map((operand) => countedAlong(operand, defs)).find((axis) => axis !== null) ?? null
  }
}

const keyOf = (op: string, operands: readonly ValueId[], attrs: Node['attrs']): string =>
  `${op}(${operands.join(',')})${JSON.stringify(Object.entries(attrs).sort(([x], [y]) => (x < y ? -1 : 1)))}`
