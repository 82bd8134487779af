/** What is asked of a packed tensor, answered from its parts in JavaScript memory. */
import { newData, type TensorData } from '../../abi/dtype.ts'
import { describe, problem } from '../../abi/espalier-error.ts'
import type { PackedParts } from '../../abi/formats/packed-parts.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import { decodeMask, decodePacked, entryLength, rowCount, type PackedLayout } from '../../abi/packed.ts'
import type { HostTensor } from './types.ts'

export interface PackedView<D extends DTypeName> {
  readonly name: string
  readonly dtype: D
  readonly shape: readonly number[]
  readonly size: number
  readonly layout: PackedLayout
  readonly keptPerRow: number | null
  readonly parts: Readonly<Record<string, TensorData>>
}

const partsOf = <D extends DTypeName>(view: PackedView<D>): PackedParts => view.parts as unknown as PackedParts

export function rowOffsets<D extends DTypeName>({ layout, keptPerRow, parts }: PackedView<D>): Uint32Array {
  const stored = parts['offsets'] as Uint32Array | undefined
  if (stored !== undefined) return stored.slice()
  return equalOffsets(rowCount(layout), keptPerRow ?? 0)
}

/** Where rows begin that all keep the same number. */
export function equalOffsets(rows: number, kept: number): Uint32Array {
  const offsets = new Uint32Array(rows + 1)
  for (let row = 1; row <= rows; row++) offsets[row] = row * kept
  return offsets
}

export function rowCounts<D extends DTypeName>(view: PackedView<D>): Uint32Array {
  const offsets = rowOffsets(view)
  return Uint32Array.from({ length: offsets.length - 1 }, (_, row) => (offsets[row + 1] ?? 0) - (offsets[row] ?? 0))
}

export function packedRow<D extends DTypeName>(view: PackedView<D>, index: number): HostTensor<D> {
  const { name, dtype, layout, parts } = view
  const offsets = rowOffsets(view)
  const [first, end] = [offsets[index], offsets[index + 1]]
  if (first === undefined || end === undefined)
    throw problem('ESP4203', { tensor: name, expected: `indexed by a row below ${offsets.length - 1}`, got: describe(index) })
  const entry = entryLength(layout)
  const shape = [end - first, ...layout.dims.filter((_, dim) => layout.inside?.[dim] === true)]
  const data = newData(dtype, (end - first) * entry)
  const values = parts['values'] ?? data
  for (let i = 0; i < data.length; i++) data[i] = values[first * entry + i] ?? 0
  return { dtype, shape, data }
}

export function packedDense<D extends DTypeName>(view: PackedView<D>): HostTensor<D> {
  const data = newData(view.dtype, view.size)
  decodePacked(view.layout, partsOf(view), data)
  return { dtype: view.dtype, shape: view.shape, data }
}

export const packedMask = <D extends DTypeName>(view: PackedView<D>): Uint8Array => decodeMask(view.layout, partsOf(view))
