/**
 * Tensors in the memory of a policy instance: what is known of them without looking into it. Each host adds how their elements
 * are reached.
 */
import { dtypeBytes, elementCount, type TensorData } from '../../abi/dtype.ts'
import type { DTypeName, PackingSpec } from '../../abi/manifest.ts'
import { entryLength, rowCount, type PackedLayout } from '../../abi/packed.ts'
import type { Holding, Memory } from './memory.ts'
import { equalOffsets } from './packed-view.ts'

export interface DenseFields<D extends DTypeName = DTypeName> {
  readonly kind: 'dense'
  readonly name: string | null
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly block: number
}

export abstract class ResidentDense<M extends Memory = Memory, D extends DTypeName = DTypeName> {
  readonly kind = 'dense'
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly size: number
  protected readonly name: string | null
  readonly #memory: M
  readonly #holding: Holding
  readonly #block: number

  constructor(memory: M, fields: DenseFields<D>) {
    this.dtype = fields.dtype
    this.shape = Object.freeze([...fields.shape])
    this.axes = Object.freeze([...fields.axes])
    this.size = elementCount(fields.shape)
    this.name = fields.name
    this.#memory = memory
    this.#block = fields.block
    this.#holding = memory.hold(this, [fields.block])
  }

  get bytes(): number {
    return this.size * dtypeBytes(this.dtype)
  }

  get released(): boolean {
    return this.#holding.released || !this.#memory.alive
  }

  release(): void {
    this.#memory.drop(this.#holding)
  }

  /** Throws when it was released. */
  requireUsable(): void {
    void this.place()
  }

  /** Its block, when it lives in this memory; null when it belongs to another instance. */
  blockIn(memory: Memory): number | null {
    const { block } = this.place()
    return memory === this.#memory ? block : null
  }

  /** A copy for another instance. */
  abstract stored(): TensorData

  /** Where it is. Throws when it was released. */
  protected place(): { readonly memory: M; readonly block: number } {
    this.#memory.check(this.#holding, this.name === null ? 'the tensor' : `tensor \`${this.name}\``)
    return { memory: this.#memory, block: this.#block }
  }
}

/** One part in memory. */
export interface PartBlock {
  readonly dtype: DTypeName
  readonly block: number
  readonly length: number
}

export interface PackedFields<D extends DTypeName = DTypeName> {
  readonly kind: 'packed'
  readonly name: string
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly packing: PackingSpec
  readonly layout: PackedLayout
  readonly blocks: Readonly<Record<string, PartBlock>>
}

export abstract class ResidentPacked<M extends Memory = Memory, D extends DTypeName = DTypeName> {
  readonly kind = 'packed'
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly packing: PackingSpec
  readonly layout: PackedLayout
  readonly size: number
  readonly kept: number
  readonly keptPerRow: number | null
  protected readonly name: string
  readonly #memory: M
  readonly #holding: Holding
  readonly #blocks: Readonly<Record<string, PartBlock>>
  #offsets: PartBlock | null = null

  constructor(memory: M, fields: PackedFields<D>) {
    this.dtype = fields.dtype
    this.shape = Object.freeze([...fields.shape])
    this.axes = Object.freeze([...fields.axes])
    this.packing = fields.packing
    this.layout = fields.layout
    this.size = elementCount(fields.shape)
    this.kept = fields.blocks['values']?.length ?? 0
    const perRow = rowCount(fields.layout) * entryLength(fields.layout)
    this.keptPerRow = fields.packing.exact ? (perRow === 0 ? 0 : this.kept / perRow) : null
    this.name = fields.name
    this.#memory = memory
    this.#blocks = fields.blocks
    this.#holding = memory.hold(
      this,
      Object.values(fields.blocks).map(({ block }) => block),
    )
  }

  get bytes(): number {
    return Object.values(this.#blocks).reduce((sum, part) => sum + part.length * dtypeBytes(part.dtype), 0)
  }

  get density(): number {
    return this.size === 0 ? 0 : this.kept / this.size
  }

  get released(): boolean {
    return this.#holding.released || !this.#memory.alive
  }

  release(): void {
    this.#memory.drop(this.#holding)
  }

  /** Its parts, when they live in this memory; null when they belong to another instance. */
  blocksIn(memory: Memory): Readonly<Record<string, PartBlock>> | null {
    const { blocks } = this.place()
    return memory === this.#memory ? blocks : null
  }

  /** Where rows begin that all keep the same number, for an entry that reads rows of any length: made once, held like the parts. */
  equalOffsets(): PartBlock {
    const { memory } = this.place()
    this.#offsets ??= this.makeOffsets(memory)
    return this.#offsets
  }

  protected makeOffsets(memory: M): PartBlock {
    const data = equalOffsets(rowCount(this.layout), this.keptPerRow ?? 0)
    const block = memory.put('u32', data, 'row offsets')
    this.holdToo(block)
    return { dtype: 'u32', block, length: data.length }
  }

  /** Holds a block as long as the parts. */
  protected holdToo(block: number): void {
    this.#memory.holdToo(this.#holding, block)
  }

  /** Copies of the parts for another instance. */
  abstract storedParts(): Readonly<Record<string, TensorData>>

  /** Where its parts are. Throws when it was released. */
  protected place(): { readonly memory: M; readonly blocks: Readonly<Record<string, PartBlock>> } {
    this.#memory.check(this.#holding, `tensor \`${this.name}\``)
    return { memory: this.#memory, blocks: this.#blocks }
  }
}

export type TensorFields = DenseFields | PackedFields
