/** A dense tensor in the memory of a policy instance. Implements the public `Tensor`. */
import { decodeToFloat32, dtypeBytes, elementCount, type DataOf } from '../../abi/dtype.ts'
import { EspalierError, problem } from '../../abi/espalier-error.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import type { Arena, Holding } from './arena.ts'
import type { Float16ArrayLike, Tensor } from './types.ts'

export interface DenseFields<D extends DTypeName> {
  readonly name: string | null
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly at: number
}

export class DenseTensor<D extends DTypeName = DTypeName> implements Tensor<D> {
  readonly kind = 'dense'
  readonly dtype: D
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly size: number
  readonly #arena: Arena
  readonly #holding: Holding
  readonly #at: number
  readonly #name: string | null

  constructor(arena: Arena, fields: DenseFields<D>) {
    this.dtype = fields.dtype
    this.shape = Object.freeze([...fields.shape])
    this.axes = Object.freeze([...fields.axes])
    this.size = elementCount(fields.shape)
    this.#arena = arena
    this.#at = fields.at
    this.#name = fields.name
    this.#holding = arena.hold(this, [fields.at])
  }

  get bytes(): number {
    return this.size * dtypeBytes(this.dtype)
  }

  get released(): boolean {
    return this.#holding.released || !this.#arena.alive
  }

  get data(): DataOf<D> {
    this.#check()
    return this.#arena.view(this.dtype, this.#at, this.size)
  }

  toFloat32(): Float32Array {
    return decodeToFloat32(this.dtype, this.data)
  }

  toFloat16(): Float16ArrayLike {
    const data = this.data
    const constructor = (
      globalThis as { Float16Array?: new (buffer: ArrayBufferLike, at: number, length: number) => Float16ArrayLike }
    ).Float16Array
    if (this.dtype !== 'f16') throw problem('ESP4203', { tensor: this.#name ?? 'the tensor', expected: 'f16', got: this.dtype })
    if (constructor === undefined)
      throw new EspalierError('ESP4203', 'this host has no Float16Array; use data (the bits) or toFloat32()')
    return new constructor(data.buffer, data.byteOffset, data.length)
  }

  item(): number {
    const expected = 'a tensor of one element'
    if (this.size !== 1)
      throw problem('ESP4203', { tensor: this.#name ?? 'the tensor', expected, got: `a tensor of ${this.size}` })
    return this.toFloat32()[0] ?? NaN
  }

  release(): void {
    this.#arena.drop(this.#holding)
  }

  /** Its address, when it lives in this memory; null when it belongs to another instance. */
  addressIn(arena: Arena): number | null {
    this.#check()
    return arena === this.#arena ? this.#at : null
  }

  #check(): void {
    this.#arena.check(this.#holding, this.#name === null ? 'the tensor' : `tensor \`${this.#name}\``)
  }
}
