/** A packed tensor in the memory of a policy instance. Implements the public `PackedTensor`. */
import { decodeToFloat32, dtypeBytes, elementCount, newData, type TensorData } from '../../abi/dtype.ts'
import { describe, problem } from '../../abi/espalier-error.ts'
import type { DTypeName, PackingSpec } from '../../abi/manifest.ts'
import type { PackedParts } from '../../abi/formats/packed-parts.ts'
import { decodeMask, decodePacked, entryLength, rowCount, type PackedLayout } from '../../abi/packed.ts'
import type { Arena, Holding } from './arena.ts'
import type { HostTensor, PackedTensor } from './types.ts'

/** One part in memory. */
export interface PartBlock {
  readonly dtype: DTypeName
  readonly at: number
  readonly length: number
}

export interface PackedFields<D extends DTypeName> {
  readonly name: string
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly packing: PackingSpec
  readonly layout: PackedLayout
  readonly blocks: Readonly<Record<string, PartBlock>>
}

export class ResidentPacked<D extends DTypeName = DTypeName> implements PackedTensor<D> {
  readonly kind = 'packed'
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly packing: PackingSpec
  readonly layout: PackedLayout
  readonly size: number
  readonly kept: number
  readonly keptPerRow: number | null
  readonly #arena: Arena
  readonly #holding: Holding
  readonly #blocks: Readonly<Record<string, PartBlock>>
  readonly #name: string

  constructor(arena: Arena, fields: PackedFields<D>) {
    this.dtype = fields.dtype
    this.shape = Object.freeze([...fields.shape])
    this.axes = Object.freeze([...fields.axes])
    this.packing = fields.packing
    this.layout = fields.layout
    this.size = elementCount(fields.shape)
    this.kept = fields.blocks['values']?.length ?? 0
    const perRow = rowCount(fields.layout) * entryLength(fields.layout)
    this.keptPerRow = fields.packing.exact ? (perRow === 0 ? 0 : this.kept / perRow) : null
    this.#arena = arena
    this.#blocks = fields.blocks
    this.#name = fields.name
    this.#holding = arena.hold(
      this,
      Object.values(fields.blocks).map((block) => block.at),
    )
  }

  get bytes(): number {
    return Object.values(this.#blocks).reduce((sum, block) => sum + block.length * dtypeBytes(block.dtype), 0)
  }

  get density(): number {
    return this.size === 0 ? 0 : this.kept / this.size
  }

  get released(): boolean {
    return this.#holding.released || !this.#arena.alive
  }

  get parts(): Readonly<Record<string, TensorData>> {
    return Object.fromEntries(
      Object.entries(this.blocks()).map(([name, block]) => [name, this.#arena.view(block.dtype, block.at, block.length)]),
    )
  }

  get offsets(): Uint32Array {
    const rows = rowCount(this.layout)
    const stored = this.parts['offsets'] as Uint32Array | undefined
    return stored === undefined
      ? Uint32Array.from({ length: rows + 1 }, (_, row) => row * (this.keptPerRow ?? 0))
      : stored.slice()
  }

  get counts(): Uint32Array {
    const { offsets } = this
    return Uint32Array.from({ length: offsets.length - 1 }, (_, row) => (offsets[row + 1] ?? 0) - (offsets[row] ?? 0))
  }

  row(index: number): HostTensor<D> {
    const { offsets, layout } = this
    const [first, end] = [offsets[index], offsets[index + 1]]
    if (first === undefined || end === undefined)
      throw problem('ESP4203', {
        tensor: this.#name,
        expected: `indexed by a row below ${offsets.length - 1}`,
        got: describe(index),
      })
    const entry = entryLength(layout)
    const shape = [end - first, ...layout.dims.filter((_, dim) => layout.inside?.[dim] === true)]
    const data = newData(this.dtype, (end - first) * entry)
    copyRange(this.parts['values'] ?? data, first * entry, data)
    return { dtype: this.dtype, shape, data }
  }

  dense(): HostTensor<D> {
    const data = newData(this.dtype, this.size)
    decodePacked(this.layout, this.parts as unknown as PackedParts, data)
    return { dtype: this.dtype, shape: this.shape, data }
  }

  mask(): Uint8Array {
    return decodeMask(this.layout, this.parts as unknown as PackedParts)
  }

  toFloat32(): Float32Array {
    return decodeToFloat32(this.dtype, this.dense().data)
  }

  release(): void {
    this.#arena.drop(this.#holding)
  }

  /** Where its parts are. Throws when it was released. */
  blocks(): Readonly<Record<string, PartBlock>> {
    this.#arena.check(this.#holding, `tensor \`${this.#name}\``)
    return this.#blocks
  }

  livesIn(arena: Arena): boolean {
    return arena === this.#arena
  }
}

function copyRange(from: TensorData, start: number, to: TensorData): void {
  for (let i = 0; i < to.length; i++) to[i] = from[start + i] ?? 0
}
