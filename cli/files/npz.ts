/** NumPy archives (.npz): a zip of .npy members. Stored members are read in place, deflated ones are unpacked once. */
import { memorySource, type ByteSource } from './byte-source.ts'
import { crc32 } from './crc32.ts'
import { npyBytes, openNpy } from './npy.ts'
import type { StoredTensor, TensorFile } from './stored-tensor.ts'
import type { FileTensor } from './tensor.ts'
import { openZip, type ZipMember } from './zip.ts'

const SUFFIX = '.npy'

export function openNpz(source: ByteSource): TensorFile {
  const members = new Map<string, ZipMember>()
  for (const member of openZip(source)) {
    if (member.name.endsWith(SUFFIX)) members.set(member.name.slice(0, -SUFFIX.length), member)
  }
  return {
    path: source.name,
    names: [...members.keys()],
    metadata: new Map(),
    tensor(name) {
      const member = members.get(name)
      return member === undefined ? null : openMember(source.name, name, member)
    },
    close: () => source.close(),
  }
}

function openMember(path: string, name: string, member: ZipMember): StoredTensor {
  const whole = (): StoredTensor => openNpy(memorySource(path, member.bytes()), name)
  if (member.method === 'deflated') return whole()
  const inPlace = openNpy(member.window(), name)
  return { ...inPlace, read: (leading) => (leading.length === 0 ? whole().read([]) : inPlace.read(leading)) }
}

/** The whole archive, members stored in the order given. Dates are zip's zero, so that equal tensors give equal files. */
export function npzBytes(tensors: ReadonlyMap<string, FileTensor>): Uint8Array[] {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const [name, tensor] of tensors) {
    const content = npyBytes(tensor)
    const size = content.reduce((sum, part) => sum + part.length, 0)
    const joined = new Uint8Array(size)
    content.reduce((offset, part) => (joined.set(part, offset), offset + part.length), 0)
    const fields = { name: new TextEncoder().encode(name + SUFFIX), size, crc: crc32(joined), offset: at }
    const local = localHeader(fields)
    parts.push(local, joined)
    directory.push(directoryEntry(fields))
    at += local.length + size
  }
  const directorySize = directory.reduce((sum, part) => sum + part.length, 0)
  return [...parts, ...directory, endRecords(directory.length, directorySize, at)]
}

interface Fields {
  readonly name: Uint8Array
  readonly size: number
  readonly crc: number
  readonly offset: number
}

const VERSION_ZIP64 = 45
const UTF8_NAME = 0x800
const DATE_1980 = 0x21

/** Sizes always as zip64, as NumPy writes them. */
function localHeader({ name, size, crc }: Fields): Uint8Array {
  const bytes = new Uint8Array(30 + name.length + 20)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x04034b50, true)
  commonFields(view, 4, crc)
  view.setUint32(18, 0xffffffff, true)
  view.setUint32(22, 0xffffffff, true)
  view.setUint16(26, name.length, true)
  view.setUint16(28, 20, true)
  bytes.set(name, 30)
  extra(view, 30 + name.length, [size, size])
  return bytes
}

function directoryEntry({ name, size, crc, offset }: Fields): Uint8Array {
  const bytes = new Uint8Array(46 + name.length + 28)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x02014b50, true)
  view.setUint16(4, VERSION_ZIP64, true)
  commonFields(view, 6, crc)
  view.setUint32(20, 0xffffffff, true)
  view.setUint32(24, 0xffffffff, true)
  view.setUint16(28, name.length, true)
  view.setUint16(30, 28, true)
  view.setUint32(42, 0xffffffff, true)
  bytes.set(name, 46)
  extra(view, 46 + name.length, [size, size, offset])
  return bytes
}

/** Version, flags, method (stored), time, date and checksum: the same run of fields in both headers. */
function commonFields(view: DataView, at: number, crc: number): void {
  view.setUint16(at, VERSION_ZIP64, true)
  view.setUint16(at + 2, UTF8_NAME, true)
  view.setUint16(at + 8, DATE_1980, true)
  view.setUint32(at + 10, crc, true)
}

function extra(view: DataView, at: number, values: readonly number[]): void {
  view.setUint16(at, 1, true)
  view.setUint16(at + 2, values.length * 8, true)
  values.forEach((value, i) => view.setBigUint64(at + 4 + i * 8, BigInt(value), true))
}

function endRecords(count: number, size: number, offset: number): Uint8Array {
  const bytes = new Uint8Array(56 + 20 + 22)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x06064b50, true)
  view.setBigUint64(4, 44n, true)
  view.setUint16(12, VERSION_ZIP64, true)
  view.setUint16(14, VERSION_ZIP64, true)
  view.setBigUint64(24, BigInt(count), true)
  view.setBigUint64(32, BigInt(count), true)
  view.setBigUint64(40, BigInt(size), true)
  view.setBigUint64(48, BigInt(offset), true)
  view.setUint32(56, 0x07064b50, true)
  view.setBigUint64(64, BigInt(offset + size), true)
  view.setUint32(72, 1, true)
  view.setUint32(76, 0x06054b50, true)
  view.setUint16(84, Math.min(count, 0xffff), true)
  view.setUint16(86, Math.min(count, 0xffff), true)
  view.setUint32(88, 0xffffffff, true)
  view.setUint32(92, 0xffffffff, true)
  return bytes
}
