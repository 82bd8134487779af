/**
 * The state variables of a policy with their values in memory. A variable gets its extents at the first call that touches it, or
 * from a saved state; until then it is its initial value.
 */
import { atomsOf, type ShapedTensor } from '../../abi/axes.ts'
import { dtypeBytes, elementCount, encodeData, fillData, newData, type TensorData } from '../../abi/dtype.ts'
import { describe, problem } from '../../abi/espalier-error.ts'
import { decodeNumber } from '../../abi/manifest-number.ts'
import type { Manifest, StateSpec } from '../../abi/manifest.ts'
import { nearMiss } from '../../abi/near-miss.ts'
import { readShape, requireLength } from './given-input.ts'
import type { Holding, Memory } from './memory.ts'
import type { ReadRequest, Reading } from './reading.ts'
import type { HostTensor, SavedState, Sizes } from './types.ts'

interface Cell {
  readonly shape: readonly number[]
  readonly block: number
  readonly holding: Holding
}

export class StateCells {
  readonly #manifest: Manifest
  readonly #memory: Memory
  readonly #sizes: ReadonlyMap<string, number>
  readonly #cells = new Map<string, Cell>()
  #released = false

  constructor(manifest: Manifest, memory: Memory, sizes: Sizes) {
    this.#manifest = manifest
    this.#memory = memory
    this.#sizes = readSizes(manifest, sizes)
  }

  /** Every variable back to its initial value. */
  clear(): void {
    this.requireUsable()
    for (const cell of this.#cells.values()) this.#memory.drop(cell.holding)
    this.#cells.clear()
  }

  /** A copy of one variable. */
  *copyOf(name: string): Reading<HostTensor> {
    this.requireUsable()
    const spec = this.#spec(name)
    const cell = this.#cells.get(name)
    if (cell !== undefined) return copied(spec, cell, (yield [wholeOf(spec, cell)])[0])
    const shape = spec.axes.map((axis) => this.#extent(spec, axis))
    this.#memory.requireFits(elementCount(shape) * dtypeBytes(spec.dtype), `state \`${name}\``)
    const data = newData(spec.dtype, elementCount(shape))
    fillData(spec.dtype, data, decodeNumber(spec.initial))
    return { dtype: spec.dtype, shape, data }
  }

  /** A copy of the variables that have a value. */
  *copies(): Reading<SavedState> {
    this.requireUsable()
    const bound = this.#manifest.states.flatMap((spec) => {
      const cell = this.#cells.get(spec.name)
      return cell === undefined ? [] : [{ spec, cell }]
    })
    const data = yield bound.map(({ spec, cell }) => wholeOf(spec, cell))
    return Object.fromEntries(bound.map(({ spec, cell }, i) => [spec.name, copied(spec, cell, data[i])]))
  }

  /** Replaces the variables that are given; the others go back to their initial values. */
  replace(saved: SavedState): void {
    this.requireUsable()
    const checked = Object.entries(saved).map(([name, value]) => readSaved(this.#spec(name), value))
    const placed: (readonly [string, readonly number[], number])[] = []
    try {
      for (const { spec, shape, data } of checked)
        placed.push([spec.name, shape, this.#memory.put(spec.dtype, data, `state \`${spec.name}\``)])
    } catch (error) {
      for (const [, , block] of placed) this.#memory.release(block)
      throw error
    }
    this.clear()
    for (const [name, shape, block] of placed) this.commit(name, shape, block)
  }

  release(): void {
    if (this.#released) return
    for (const cell of this.#cells.values()) this.#memory.drop(cell.holding)
    this.#cells.clear()
    this.#released = true
  }

  /** Whether this is a state of the instance with that memory. */
  belongsTo(memory: Memory): boolean {
    this.requireUsable()
    return memory === this.#memory
  }

  blockOf(name: string): number | null {
    return this.#cells.get(name)?.block ?? null
  }

  /** The block becomes the value of the variable; the block it had is given back. */
  commit(name: string, shape: readonly number[], block: number): void {
    const previous = this.#cells.get(name)
    if (previous?.block === block) return
    this.#cells.set(name, { shape, block, holding: this.#memory.hold(this, [block]) })
    if (previous !== undefined) this.#memory.drop(previous.holding)
  }

  /** Shapes of the named variables that have one, over the atomic axes of an entry. */
  shapes(names: readonly string[], atoms: ReadonlySet<string>): readonly ShapedTensor[] {
    return names.flatMap((name) => {
      const cell = this.#cells.get(name)
      if (cell === undefined) return []
      const axes = this.#spec(name).axes.map((axis) => ({
        name: axis,
        atoms: atomsOf(this.#manifest.axes, axis, atoms) ?? [axis],
      }))
      return [{ owner: `state \`${name}\``, axes, shape: cell.shape }]
    })
  }

  /** Extents by declared name: those given as sizes, and those of every variable. */
  knownSizes(): ReadonlyMap<string, number> {
    const known = new Map<string, number>()
    for (const [name, cell] of this.#cells)
      for (const [i, axis] of this.#spec(name).axes.entries()) known.set(axis, cell.shape[i] ?? 0)
    return new Map([...known, ...this.#sizes])
  }

  /** Changes whenever the extents do. */
  shapeKey(): string {
    const cells = this.#manifest.states.map(({ name }) => this.#cells.get(name)?.shape.join(',') ?? '-')
    return `${cells.join(';')}/${[...this.#sizes].join(';')}`
  }

  requireUsable(): void {
    if (this.#released || !this.#memory.alive) throw problem('ESP4503', { what: `the state of \`${this.#manifest.policy}\`` })
  }

  #spec(name: string): StateSpec {
    const known = this.#manifest.states.map((spec) => spec.name)
    const spec = this.#manifest.states.find((candidate) => candidate.name === name)
    if (spec !== undefined) return spec
    throw problem('ESP4601', { state: name, policy: this.#manifest.policy, known, near: nearMiss(name, known) })
  }

  #extent(spec: StateSpec, axis: string): number {
    const known = this.knownSizes()
    const resolve = (name: string): number | null => {
      const declared = this.#manifest.axes.find((candidate) => candidate.name === name)
      if (declared?.pinned != null && /^\d+$/.test(declared.pinned)) return Number(declared.pinned)
      if (known.has(name)) return known.get(name) ?? null
      const factors = (declared?.factors ?? []).map(resolve)
      return factors.length === 0
        ? null
        : factors.reduce((product, factor) => (product === null || factor === null ? null : product * factor), 1)
    }
    const extent = resolve(axis)
    if (extent === null) throw problem('ESP4604', { state: spec.name, axis })
    return extent
  }
}

const wholeOf = ({ dtype }: StateSpec, { block, shape }: Cell): ReadRequest => ({
  block,
  byte: 0,
  dtype,
  length: elementCount(shape),
})

const copied = ({ dtype }: StateSpec, { shape }: Cell, data: TensorData | undefined): HostTensor => ({
  dtype,
  shape,
  data: (data ?? newData(dtype, 0)).slice(),
})

function readSizes(manifest: Manifest, sizes: Sizes): ReadonlyMap<string, number> {
  const known = new Set<string>(manifest.axes.flatMap((axis) => [axis.name, ...axis.factors]))
  for (const spec of manifest.states) for (const axis of spec.axes) known.add(axis)
  for (const entry of manifest.entries) {
    for (const variant of entry.variants) for (const axis of variant.axes) known.add(axis.name)
    for (const tensor of entry.inputs) for (const axis of tensor.axes) known.add(axis.name)
  }
  for (const [name, extent] of Object.entries(sizes)) {
    if (!known.has(name))
      throw problem('ESP4104', {
        param: `sizes.${name}`,
        policy: manifest.policy,
        known: [...known],
        near: nearMiss(name, [...known]),
      })
    if (!Number.isSafeInteger(extent) || extent < 0)
      throw problem('ESP4209', { tensor: `sizes.${name}`, expected: 'whole numbers of 0 or more', got: describe(extent) })
  }
  return new Map(Object.entries(sizes))
}

function readSaved(
  spec: StateSpec,
  value: HostTensor,
): { readonly spec: StateSpec; readonly shape: readonly number[]; readonly data: HostTensor['data'] } {
  const expected = `{ dtype: '${spec.dtype}', shape: [${spec.axes.join(', ')}], data }`
  if (typeof value !== 'object' || value === null || value.dtype !== spec.dtype)
    throw problem('ESP4602', { state: spec.name, expected, got: describe((value as HostTensor | null)?.dtype ?? value) })
  const shape = readShape(spec.name, value.shape)
  if (shape.length !== spec.axes.length)
    throw problem('ESP4602', { state: spec.name, expected, got: `a shape of ${shape.length} axes` })
  const data: unknown = value.data
  if (Array.isArray(data)) return { spec, shape, data: checkedLength(spec, shape, encodeData(spec.dtype, data.map(Number))) }
  const like = newData(spec.dtype, 0)
  if (describe(data) !== describe(like))
    throw problem('ESP4602', { state: spec.name, expected: describe(like), got: describe(data) })
  // A copy: the data may be a view of this memory, which moves when it grows.
  return { spec, shape, data: checkedLength(spec, shape, (data as HostTensor['data']).slice()) }
}

function checkedLength(spec: StateSpec, shape: readonly number[], data: HostTensor['data']): HostTensor['data'] {
  requireLength(spec.name, shape, data.length)
  return data
}
