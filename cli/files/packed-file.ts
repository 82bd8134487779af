/**
 * Packed tensors in safetensors files: the parts as tensors `K.values`, `K.words`, …, and one metadata entry per packed
 * tensor that says how they belong together. Reading believes nothing: sizes and positions must fit the layout.
 */
import type { DTypeName, FormatSpec, PackingSpec } from '../../abi/manifest.ts'
import { partNames, rowCount, rowLength, wordsPerRow, type PackedLayout } from '../../abi/packed.ts'
import { refuse } from '../refusal.ts'
import { maskOf, type PackedTensor, type RunTensors } from '../runner.ts'
import type { TensorFile } from './stored-tensor.ts'
import { elementCount, type FileTensor, type TensorData } from './tensor.ts'
import { readTensor } from './tensor-file.ts'

const KEY = 'espalier.packed.'

const partDTypes: Readonly<Record<string, DTypeName>> = { words: 'u32', meta: 'u32', indices: 'i32', offsets: 'u32' }

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
  isFormat(value.format) &&
  typeof value.exact === 'boolean' &&
  Array.isArray(value.over)

const isLayout = (value: PackedLayout | undefined): value is PackedLayout =>
  typeof value === 'object' &&
  value !== null &&
  isExtents(value.dims) &&
  Array.isArray(value.over) &&
  value.over.length === value.dims.length

function isFormat(format: FormatSpec | undefined): boolean {
  if (format?.kind === 'bitmap') return format.width === 32 || format.width === 64
  if (format?.kind === 'nm')
    return isExtents([format.n, format.m]) && format.n >= 1 && format.n <= format.m && format.m <= 2 ** 16
  return format?.kind === 'indices'
}

/** What does not fit, as a clause; null when every stored element has its place. */
function inconsistency(tensor: PackedTensor): string | null {
  const { layout, shape, keptPerRow, parts } = tensor
  const [rows, length] = [rowCount(layout), rowLength(layout)]
  const values = parts['values']?.length ?? 0
  if (elementCount(layout.dims) !== elementCount(shape)) return 'its packing and its shape have different sizes'
  if (elementCount(shape) > 2 ** 32) return 'it is too large to be unpacked'
  if (layout.exact && values !== rows * (keptPerRow ?? -1)) return 'its rows do not add up to its values'
  const { offsets, words, indices } = parts
  if (offsets !== undefined && !isAscending(offsets, rows, values))
    return 'its offsets do not rise from 0 to the number of values'
  if (layout.format.kind === 'bitmap' && words?.length !== rows * wordsPerRow(length, layout.format.width))
    return 'its bitmap has the wrong size'
  if (indices !== undefined && (indices.length !== values || indices.some((index) => index < 0 || index >= length)))
    return 'an index lies outside its row'
  if (layout.format.kind === 'bitmap' && words !== undefined) return strayBit(tensor, words, rows)
  const marked = maskOf(tensor).reduce((sum, bit) => sum + bit, 0)
  return marked === values ? null : `it marks ${marked} elements and stores ${values}`
}

/** Every row of a bitmap must mark as many elements as it stores, none of them behind its end. */
function strayBit({ layout, keptPerRow, parts }: PackedTensor, words: TensorData, rows: number): string | null {
  const perRow = rows === 0 ? 0 : words.length / rows
  const length = rowLength(layout)
  for (let row = 0; row < rows; row++) {
    const { offsets } = parts
    const stored = offsets === undefined ? keptPerRow : offsets[row + 1]! - offsets[row]!
    let marked = 0
    for (let i = 0; i < perRow; i++) {
      const word = words[row * perRow + i]!
      const used = length - i * 32
      if (used < 32 && (used <= 0 ? word : word >>> used) !== 0) return `row ${row} of its bitmap marks elements behind its end`
      marked += ones(word)
    }
    if (marked !== stored) return `row ${row} marks ${marked} elements and stores ${stored}`
  }
  return null
}

function ones(word: number): number {
  let rest = word
  let count = 0
  for (; rest !== 0; count++) rest &= rest - 1
  return count
}

const isAscending = (offsets: TensorData, rows: number, values: number): boolean =>
  offsets.length === rows + 1 &&
  offsets[0] === 0 &&
  offsets[rows] === values &&
  offsets.every((at, i) => i === 0 || at >= offsets[i - 1]!)
