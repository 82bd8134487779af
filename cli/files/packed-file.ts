/**
 * Packed tensors in safetensors files: the parts as tensors `K.values`, `K.words`, …, and one metadata entry per packed
 * tensor that says how they belong together. Reading believes nothing: sizes and positions must fit the layout.
 */
import { partDTypes } from '../../abi/formats/packed-parts.ts'
import type { DTypeName, PackingSpec } from '../../abi/manifest.ts'
import { entryLength, partNames, rowCount, rowLength, type PackedLayout } from '../../abi/packed.ts'
import { formats, readFormat } from '../../compiler/ir/formats/formats.ts'
import { storedFormats } from '../formats/stored-formats.ts'
import { refuse } from '../refusal.ts'
import type { PackedTensor, RunTensors } from '../runner.ts'
import type { TensorFile } from './stored-tensor.ts'
import { elementCount, type FileTensor, type TensorData } from './tensor.ts'
import { readTensor } from './tensor-file.ts'

const KEY = 'espalier.packed.'

export interface TensorSet {
  readonly tensors: ReadonlyMap<string, FileTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** What to write for these results. */
export function tensorSet(results: RunTensors): TensorSet {
  const tensors = new Map<string, FileTensor>()
  const metadata: Record<string, string> = {}
  for (const [name, tensor] of Object.entries(results)) {
    if (tensor.kind === 'dense') {
      tensors.set(name, tensor)
      continue
    }
    const { parts, shape, packing, layout, keptPerRow, dtype } = tensor
    metadata[KEY + name] = JSON.stringify({ shape, packing, layout, keptPerRow })
    for (const [part, data] of Object.entries(parts))
      tensors.set(`${name}.${part}`, { dtype: partDTypes[part] ?? dtype, shape: [data.length], data })
  }
  return { tensors, metadata }
}

/** Null when the file has no packed tensor of that name. */
export function readPacked(file: TensorFile, name: string): PackedTensor | null {
  const text = file.metadata.get(KEY + name)
  if (text === undefined) return null
  const damaged = (problem: string): never => refuse('ESP5204', { path: file.path, tensor: name, problem })
  const described = parseDescription(text) ?? damaged('the description of its packing is malformed')
  const parts: Record<string, TensorData> = {}
  let dtype: DTypeName = 'f32'
  for (const part of partNames(described.packing)) {
    const stored = file.tensor(`${name}.${part}`) ?? damaged(`its part \`${part}\` is missing`)
    const wanted = partDTypes[part] ?? stored.dtype
    if (stored.dtype !== wanted) damaged(`its part \`${part}\` is ${stored.dtype}, not ${wanted}`)
    if (part === 'values') ({ dtype } = stored)
    parts[part] = readTensor(stored, [], `${file.path}#${name}.${part}`).data
  }
  const tensor: PackedTensor = { kind: 'packed', dtype, ...described, parts }
  const problem = inconsistency(tensor)
  return problem === null ? tensor : damaged(problem)
}

type Description = Pick<PackedTensor, 'shape' | 'packing' | 'layout' | 'keptPerRow'>

function parseDescription(text: string): Description | null {
  const value = parseJson(text) as Partial<Description> | null
  const { shape, packing, layout, keptPerRow = null } = value ?? {}
  if (!isExtents(shape) || !isPacking(packing) || !isLayout(layout)) return null
  if (JSON.stringify(layout.format) !== JSON.stringify(packing.format) || layout.exact !== packing.exact) return null
  if (keptPerRow !== null && !isExtents([keptPerRow])) return null
  return { shape, packing, layout, keptPerRow }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const isExtents = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0)

const isPacking = (value: PackingSpec | undefined): value is PackingSpec =>
  typeof value === 'object' &&
  value !== null &&
  readFormat(value.format) !== null &&
  typeof value.exact === 'boolean' &&
  !(value.exact && !formats[value.format.kind].constantRows) &&
  isNames(value.over) &&
  (value.inside === undefined || isNames(value.inside))

const isNames = (value: unknown): boolean => Array.isArray(value) && value.every((name) => typeof name === 'string')

const isLayout = (value: PackedLayout | undefined): value is PackedLayout =>
  typeof value === 'object' &&
  value !== null &&
  isExtents(value.dims) &&
  areFlags(value.over, value.dims.length) &&
  (value.inside === undefined || areFlags(value.inside, value.dims.length))

const areFlags = (value: unknown, length: number): boolean =>
  Array.isArray(value) && value.length === length && value.every((flag) => typeof flag === 'boolean')

/** What does not fit, as a clause; null when every stored element has its place. */
function inconsistency({ layout, shape, keptPerRow, parts }: PackedTensor): string | null {
  const [rows, entry] = [rowCount(layout), entryLength(layout)]
  if (elementCount(layout.dims) !== elementCount(shape)) return 'its packing and its shape have different sizes'
  if (elementCount(shape) > 2 ** 32 || rows > 2 ** 32) return 'it is too large to be unpacked'
  const { offsets } = parts
  if (offsets !== undefined && !isAscending(offsets, rows)) return 'its offsets do not rise from 0'
  const kept = offsets === undefined ? rows * (keptPerRow ?? -1) : offsets[rows]!
  if (kept < 0 || parts['values']?.length !== kept * entry) return 'its rows do not add up to its values'
  const countOf = (row: number): number => (offsets === undefined ? (keptPerRow ?? 0) : offsets[row + 1]! - offsets[row]!)
  const { format } = layout
  return storedFormats[format.kind].problem({ format, parts, length: rowLength(layout), rows, kept, countOf })
}

const isAscending = (offsets: TensorData, rows: number): boolean =>
  offsets.length === rows + 1 && offsets[0] === 0 && offsets.every((at, i) => i === 0 || at >= offsets[i - 1]!)
