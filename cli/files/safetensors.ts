/**
 * safetensors: a length, a JSON header, the data. The header is checked completely when the file is opened: ranges inside
 * the file, sizes that match shape and dtype, no overlap, no hole, no name twice. Tensors are then read one by one.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import { refuse } from '../refusal.ts'
import type { ByteSource } from './byte-source.ts'
import { leadingRange, type StoredTensor, type TensorFile } from './stored-tensor.ts'
import { parseStrictJson, type JsonObject, type JsonValue } from './strict-json.ts'
import { elementCount, shapeText, tensorBytes, type FileTensor } from './tensor.ts'
import { decodeUtf8 } from './utf8.ts'
import { readAs, storedBytes, widen, type StoredDType } from './widen.ts'

/** The limit of the reference implementation. */
const MAX_HEADER = 100_000_000

/** Bytes per element of every dtype of the format, those that cannot be read included: their ranges are checked too. */
const sizes: Readonly<Record<string, { readonly bytes: number; readonly stored: StoredDType | null }>> = {
  F64: { bytes: 8, stored: 'f64' },
  F32: { bytes: 4, stored: 'f32' },
  F16: { bytes: 2, stored: 'f16' },
  BF16: { bytes: 2, stored: 'bf16' },
  I64: { bytes: 8, stored: 'i64' },
  U64: { bytes: 8, stored: 'u64' },
  I32: { bytes: 4, stored: 'i32' },
  U32: { bytes: 4, stored: 'u32' },
  I16: { bytes: 2, stored: 'i16' },
  U16: { bytes: 2, stored: 'u16' },
  I8: { bytes: 1, stored: 'i8' },
  U8: { bytes: 1, stored: 'u8' },
  BOOL: { bytes: 1, stored: 'bool' },
  F8_E4M3: { bytes: 1, stored: null },
  F8_E5M2: { bytes: 1, stored: null },
  C64: { bytes: 8, stored: null },
}

/** A header starts with its length and, in every file in the wild, with `{`. */
export const isSafetensors = (head: Uint8Array): boolean => head[8] === 0x7b && head[6] === 0 && head[7] === 0

interface Row {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export function openSafetensors(source: ByteSource): TensorFile {
  const { header, dataOffset } = readHeader(source)
  const rows: Row[] = []
  let metadata: ReadonlyMap<string, string> = new Map()
  for (const [name, value] of header) {
    if (name === '__metadata__') metadata = checkMetadata(source.name, value)
    else rows.push(checkRow(source.name, name, value, source.size - dataOffset))
  }
  checkCoverage(source.name, rows, source.size - dataOffset)
  const byName = new Map(rows.map((row) => [row.name, row]))
  return {
    path: source.name,
    names: [...byName.keys()],
    metadata,
    tensor(name) {
      const row = byName.get(name)
      return row === undefined ? null : openRow(source, row, dataOffset)
    },
    close: () => source.close(),
  }
}

function openRow(source: ByteSource, row: Row, dataOffset: number): StoredTensor {
  const path = source.name
  const { name, shape } = row
  const stored = sizes[row.dtype]?.stored ?? refuse('ESP5206', { path, tensor: name, dtype: row.dtype })
  return {
    dtype: readAs(stored),
    stored,
    shape,
    read(leading) {
      const { offset, length } = leadingRange(leading, shape)
      const width = storedBytes[stored]
      const bytes = source.read(dataOffset + row.begin + offset * width, length * width, `tensor \`${name}\``)
      return widen(stored, bytes, path, name)
    },
  }
}

function readHeader(source: ByteSource): { header: JsonObject; dataOffset: number } {
  const path = source.name
  const malformed = (problem: string): never => refuse('ESP5203', { path, problem })
  const lengthBytes = source.read(0, 8, 'the length of the header')
  const length = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true))
  if (length > MAX_HEADER) malformed(`it claims to be ${length} bytes long, more than the ${MAX_HEADER} that are allowed`)
  const bytes = source.read(8, length, 'the header')
  const parsed = parseStrictJson(decodeUtf8(bytes) ?? malformed('it is not UTF-8 text'))
  if (!parsed.ok) {
    if (parsed.duplicate !== null) refuse('ESP5205', { path, name: parsed.duplicate })
    return malformed(`it is not JSON: ${parsed.problem}`)
  }
  if (!(parsed.value instanceof Map)) return malformed('it is no JSON object')
  return { header: parsed.value as JsonObject, dataOffset: 8 + length }
}

function checkMetadata(path: string, value: JsonValue): ReadonlyMap<string, string> {
  const isTexts = value instanceof Map && [...value.values()].every((text) => typeof text === 'string')
  return isTexts
    ? (value as ReadonlyMap<string, string>)
    : refuse('ESP5203', { path, problem: '`__metadata__` must map texts to texts' })
}

const isExtent = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function checkRow(path: string, name: string, value: JsonValue, dataSize: number): Row {
  const problem = (text: string): never => refuse('ESP5204', { path, tensor: name, problem: text })
  if (!(value instanceof Map)) return problem('its header is no JSON object')
  const fields = value as JsonObject
  const dtype = fields.get('dtype')
  const shape = fields.get('shape')
  const offsets = fields.get('data_offsets')
  if (typeof dtype !== 'string') return problem('its dtype is missing')
  if (!Array.isArray(shape) || !shape.every(isExtent)) return problem('its shape is no list of extents')
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isExtent))
    return problem('its byte range is no pair of offsets')
  const [begin, end] = offsets as [number, number]
  if (begin > end) problem(`its byte range ${begin} to ${end} runs backwards`)
  const row = { name, dtype, shape: shape as number[], begin, end }
  checkSize(path, row)
  if (end > dataSize)
    refuse('ESP5202', { path, what: `tensor \`${name}\` (bytes ${begin} to ${end})`, needed: end, have: dataSize })
  return row
}

function checkSize(path: string, { name, dtype, shape, begin, end }: Row): void {
  const known = Object.hasOwn(sizes, dtype) ? sizes[dtype] : undefined
  if (known === undefined) return
  const size = elementCount(shape) * known.bytes
  if (!Number.isSafeInteger(size)) {
    refuse('ESP5204', { path, tensor: name, problem: `its shape ${shapeText(shape)} has too many elements` })
  }
  if (size === end - begin) return
  const problem = `${dtype} ${shapeText(shape)} takes ${size} bytes and its byte range has ${end - begin}`
  refuse('ESP5204', { path, tensor: name, problem })
}

function checkCoverage(path: string, rows: readonly Row[], dataSize: number): void {
  const sorted = [...rows].sort((a, b) => a.begin - b.begin || a.end - b.end)
  let covered = 0
  let previous = ''
  for (const { name, begin, end } of sorted) {
    if (begin < covered) refuse('ESP5204', { path, tensor: name, problem: `its bytes overlap those of \`${previous}\`` })
    if (begin > covered)
      refuse('ESP5204', { path, tensor: name, problem: `${begin - covered} bytes before it belong to no tensor` })
    covered = end
    previous = name
  }
  if (covered === dataSize) return
  refuse('ESP5203', { path, problem: `${dataSize - covered} bytes at the end belong to no tensor` })
}

const writtenDType: Readonly<Record<FileTensor['dtype'], string>> = {
  ...{ f32: 'F32', f16: 'F16', bf16: 'BF16', i32: 'I32', u32: 'U32', u8: 'U8', i8: 'I8', bool: 'BOOL' },
}

/** The whole file: tensors by falling element size and then by name, so that every one of them is aligned. */
export function safetensorsBytes(
  tensors: ReadonlyMap<string, FileTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const width = ([, { dtype }]: [string, FileTensor]) => dtypeBytes(dtype)
  const sorted = [...tensors].sort((a, b) => width(b) - width(a) || (a[0] < b[0] ? -1 : 1))
  const header: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]]
  let at = 0
  for (const [name, { dtype, shape, data }] of sorted) {
    header.push([name, { dtype: writtenDType[dtype], shape, data_offsets: [at, at + data.byteLength] }])
    at += data.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const padded = Math.ceil(text.length / 8) * 8
  const head = new Uint8Array(8 + padded).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(text, 8)
  return [head, ...sorted.map(([, tensor]) => tensorBytes(tensor))]
}
