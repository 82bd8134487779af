/**
 * The directory of a zip archive (zip64 too), checked: names once, ranges inside the file and apart from each other,
 * local headers that agree with the directory. Members are stored or deflated; a deflated member never grows beyond its
 * declared size.
 */
import { inflateRawSync } from 'node:zlib'
import { refuse } from '../refusal.ts'
import { windowSource, type ByteSource } from './byte-source.ts'
import { crc32 } from './crc32.ts'
import { requireMemory } from './memory.ts'
import { decodeUtf8 } from './utf8.ts'

export interface ZipMember {
  readonly name: string
  readonly method: 'stored' | 'deflated'
  readonly size: number
  /** The bytes of a stored member, where they are. Its checksum is not looked at. */
  window(): ByteSource
  /** The whole member, its checksum verified. */
  bytes(): Uint8Array
}

interface Row {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packedSize: number
  readonly size: number
  readonly headerOffset: number
}

const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const MAX_MEMBERS = 100_000
const MAX_DIRECTORY = 64 * 2 ** 20

export const isZip = (head: Uint8Array): boolean => head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5)

export function openZip(source: ByteSource): readonly ZipMember[] {
  const path = source.name
  const malformed = (problem: string): never => refuse('ESP5203', { path, problem })
  const { count, offset, size } = findDirectory(source, malformed)
  if (count > MAX_MEMBERS || size > MAX_DIRECTORY) malformed(`its directory claims ${count} members in ${size} bytes`)
  const rows = readRows(source.read(offset, size, 'the directory of the archive'), count, malformed)
  const names = new Set<string>()
  for (const { name } of rows) {
    if (names.has(name)) refuse('ESP5205', { path, name })
    names.add(name)
  }
  const placed = rows.map((row) => ({ row, start: dataStart(source, row, offset, malformed) }))
  const sorted = [...placed].sort((a, b) => a.row.headerOffset - b.row.headerOffset)
  sorted.reduce((end, { row, start }) => {
    if (row.headerOffset < end) malformed(`member \`${row.name}\` overlaps the one before it`)
    return start + row.packedSize
  }, 0)
  return placed.map(({ row, start }) => member(source, row, start, malformed))
}

type Malformed = (problem: string) => never

function member(source: ByteSource, row: Row, start: number, malformed: Malformed): ZipMember {
  const { name, size, packedSize } = row
  if ((row.flags & 1) !== 0) malformed(`member \`${name}\` is encrypted`)
  if (row.method !== 0 && row.method !== 8)
    malformed(`member \`${name}\` is compressed in a way (${row.method}) that NumPy never uses`)
  const method = row.method === 0 ? 'stored' : 'deflated'
  if (method === 'stored' && size !== packedSize) malformed(`stored member \`${name}\` has two sizes, ${size} and ${packedSize}`)
  const unpack = (): Uint8Array => {
    const packed = source.read(start, packedSize, `member \`${name}\``)
    if (method === 'stored') return packed
    requireMemory(`\`${source.name}\`: member \`${name}\``, size)
    return inflate(packed, size) ?? malformed(`member \`${name}\` does not unpack to its ${size} bytes`)
  }
  return {
    name,
    method,
    size,
    window: () => windowSource(source, start, size),
    bytes() {
      const bytes = unpack()
      if (crc32(bytes) !== row.crc) refuse('ESP5211', { path: source.name, name })
      return bytes
    },
  }
}

function inflate(packed: Uint8Array, size: number): Uint8Array | null {
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) })
    return bytes.length === size ? Uint8Array.from(bytes) : null
  } catch {
    return null
  }
}

/** Sizes and offsets are 64-bit in zip64; beyond 2^53 no file reaches. */
const u64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

function findDirectory(source: ByteSource, malformed: Malformed): { count: number; offset: number; size: number } {
  const tailSize = Math.min(source.size, 22 + 0xffff)
  const tailStart = source.size - tailSize
  const view = new DataView(source.read(tailStart, tailSize, 'the end of the archive').buffer)
  let at = tailSize - 22
  while (at >= 0 && !(view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === tailSize)) at--
  if (at < 0) refuse('ESP5202', { path: source.name, what: 'the directory of the archive', needed: 22, have: 0 })
  if (view.getUint16(at + 4, true) !== 0 && view.getUint16(at + 4, true) !== 0xffff)
    malformed('it is one part of a split archive')
  const plain = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  }
  const needs64 = plain.count === 0xffff || plain.size === 0xffffffff || plain.offset === 0xffffffff
  if (!needs64) return plain
  if (at < 20 || view.getUint32(at - 20, true) !== LOCATOR64) malformed('its zip64 directory is missing')
  const end64 = new DataView(source.read(u64(view, at - 12), 56, 'the zip64 directory of the archive').buffer)
  if (end64.getUint32(0, true) !== END64) malformed('its zip64 directory is missing')
  return { count: u64(end64, 32), size: u64(end64, 40), offset: u64(end64, 48) }
}

function readRows(bytes: Uint8Array, count: number, malformed: Malformed): Row[] {
  const view = new DataView(bytes.buffer)
  const rows: Row[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY) malformed('its directory is cut off')
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ]
    const extraAt = at + 46 + nameSize
    const next = extraAt + extraSize + commentSize
    if (next > bytes.length) malformed('its directory is cut off')
    const name = decodeUtf8(bytes.subarray(at + 46, extraAt)) ?? malformed('the name of a member is not UTF-8')
    rows.push({
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...wideSizes(view, at, extraAt, extraSize, malformed),
    })
    at = next
  }
  return rows
}

/** The three fields that zip64 moves into an extra record when they are all ones. */
function wideSizes(view: DataView, at: number, extraAt: number, extraSize: number, malformed: Malformed) {
  let wideAt = -1
  for (let extra = extraAt; extra + 4 <= extraAt + extraSize; extra += 4 + view.getUint16(extra + 2, true)) {
    if (view.getUint16(extra, true) === 1) wideAt = extra + 4
  }
  const field = (offset: number): number => {
    const short = view.getUint32(at + offset, true)
    if (short !== 0xffffffff) return short
    if (wideAt < 0 || wideAt + 8 > extraAt + extraSize) return malformed('a zip64 size is missing')
    wideAt += 8
    return u64(view, wideAt - 8)
  }
  const size = field(24)
  const packedSize = field(20)
  return { size, packedSize, headerOffset: field(42) }
}

function dataStart(source: ByteSource, row: Row, directoryOffset: number, malformed: Malformed): number {
  if (row.headerOffset + 30 > directoryOffset) malformed(`member \`${row.name}\` starts behind the directory`)
  const view = new DataView(source.read(row.headerOffset, 30, `member \`${row.name}\``).buffer)
  if (view.getUint32(0, true) !== LOCAL) malformed(`member \`${row.name}\` is not where the directory says`)
  const start = row.headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true)
  if (view.getUint16(8, true) !== row.method) malformed(`member \`${row.name}\` disagrees with the directory`)
  if (start + row.packedSize > directoryOffset) malformed(`member \`${row.name}\` runs into the directory`)
  return start
}
