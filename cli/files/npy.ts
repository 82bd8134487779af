/**
 * NumPy arrays (.npy, format 1 to 3): C and Fortran order, either byte order. The header is checked against the size of
 * the file before anything is read. bfloat16, which NumPy itself does not know, is stored as two-byte voids (`V2`), as
 * ml_dtypes does.
 */
import { refuse } from '../refusal.ts'
import type { ByteSource } from './byte-source.ts'
import { parsePythonLiteral, type PythonValue } from './python-literal.ts'
import { leadingRange, type StoredTensor } from './stored-tensor.ts'
import { elementCount, shapeText, tensorBytes, type FileTensor, type TensorData } from './tensor.ts'
import { readAs, storedBytes, swapBytes, widen, type StoredDType } from './widen.ts'

const MAGIC = '\x93NUMPY'
/** NumPy's own headers stay far below; a longer one is hostile. */
const MAX_HEADER = 2 ** 20

export const isNpy = (head: Uint8Array): boolean => String.fromCharCode(...head.subarray(0, 6)) === MAGIC

interface Header {
  readonly descr: string
  readonly fortran: boolean
  readonly shape: readonly number[]
}

/** The one tensor of a .npy file. `tensor` is its name in messages. */
export function openNpy(source: ByteSource, tensor: string): StoredTensor {
  const { header, dataOffset } = readHeader(source)
  const path = source.name
  const { shape, fortran } = header
  const { stored, bigEndian } = dtypeOf(header.descr) ?? refuse('ESP5206', { path, tensor, dtype: header.descr })
  const size = elementCount(shape) * storedBytes[stored]
  const have = source.size - dataOffset
  if (!Number.isSafeInteger(size))
    refuse('ESP5204', { path, tensor, problem: `its shape ${shapeText(shape)} has too many elements` })
  if (have < size) refuse('ESP5202', { path, what: `tensor \`${tensor}\` of shape ${shapeText(shape)}`, needed: size, have })
  if (have > size) {
    const problem = `its shape ${shapeText(shape)} takes ${size} bytes and ${have} follow the header`
    refuse('ESP5204', { path, tensor, problem })
  }
  const load = (offset: number, length: number): TensorData => {
    const bytes = source.read(dataOffset + offset, length, `tensor \`${tensor}\``)
    if (bigEndian) swapBytes(bytes, storedBytes[stored])
    return widen(stored, bytes, path, tensor)
  }
  return {
    dtype: readAs(stored),
    stored,
    shape,
    read(leading) {
      const whole = fortran && shape.length > 1
      if (whole) return sliceOf(fromFortran(load(0, size), shape), leading, shape)
      const { offset, length } = leadingRange(leading, shape)
      return load(offset * storedBytes[stored], length * storedBytes[stored])
    },
  }
}

function sliceOf(data: TensorData, leading: readonly number[], shape: readonly number[]): TensorData {
  const { offset, length } = leadingRange(leading, shape)
  return leading.length === 0 ? data : data.slice(offset, offset + length)
}

function readHeader(source: ByteSource): { header: Header; dataOffset: number } {
  const malformed = (problem: string): never => refuse('ESP5203', { path: source.name, problem })
  const start = source.read(0, 12, 'the header')
  const view = new DataView(start.buffer)
  const major = start[6] ?? 0
  if (major < 1 || major > 3) malformed(`version ${major}.${start[7]} of the format is not known`)
  const sizeBytes = major === 1 ? 2 : 4
  const size = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (size > MAX_HEADER) malformed(`it claims to be ${size} bytes long`)
  const bytes = source.read(8 + sizeBytes, size, 'the header')
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes)
  const header = checkHeader(parsePythonLiteral(text), malformed)
  return { header, dataOffset: 8 + sizeBytes + size }
}

function checkHeader(value: PythonValue | undefined, malformed: (problem: string) => never): Header {
  if (!(value instanceof Map)) return malformed('it is no Python dictionary')
  const fields = value as ReadonlyMap<string, PythonValue>
  const descr = fields.get('descr')
  const fortran = fields.get('fortran_order')
  const shape = fields.get('shape')
  if (fields.size !== 3) malformed('it must have exactly `descr`, `fortran_order` and `shape`')
  if (typeof fortran !== 'boolean') return malformed('`fortran_order` must be True or False')
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    return malformed('`shape` must be a tuple of extents')
  }
  if (typeof descr !== 'string') return malformed('`descr` must be one dtype; records are not tensors')
  return { descr, fortran, shape: shape as number[] }
}

const descriptors: Readonly<Record<string, StoredDType>> = {
  ...{ f2: 'f16', f4: 'f32', f8: 'f64', b1: 'bool', V2: 'bf16', bfloat16: 'bf16' },
  ...{ i1: 'i8', u1: 'u8', i2: 'i16', u2: 'u16', i4: 'i32', u4: 'u32', i8: 'i64', u8: 'u64' },
}

function dtypeOf(descr: string): { stored: StoredDType; bigEndian: boolean } | null {
  const [, order, code] = /^([<>=|]?)(\w+)$/.exec(descr) ?? []
  const stored = code !== undefined && Object.hasOwn(descriptors, code) ? descriptors[code] : undefined
  return stored === undefined ? null : { stored, bigEndian: order === '>' }
}

/** Column-major to row-major. */
function fromFortran(data: TensorData, shape: readonly number[]): TensorData {
  const out = data.slice()
  const strides: number[] = []
  shape.reduce((stride, extent) => (strides.push(stride), stride * extent), 1)
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++
      from += strides[axis]!
      if (index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return out
}

const writtenDescr: Readonly<Record<FileTensor['dtype'], string>> = {
  ...{ f32: '<f4', f16: '<f2', bf16: '<V2', i32: '<i4', u32: '<u4', u8: '|u1', i8: '|i1', bool: '|b1' },
}

/** The whole file. */
export function npyBytes(tensor: FileTensor): Uint8Array[] {
  const shape = tensor.shape.length === 1 ? `(${tensor.shape[0]},)` : `(${tensor.shape.join(', ')})`
  const dict = `{'descr': '${writtenDescr[tensor.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`
  const padded = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10
  const head = new Uint8Array(10 + padded).fill(0x20)
  head.set(Uint8Array.from(MAGIC, (letter) => letter.charCodeAt(0)))
  head.set([1, 0, padded & 0xff, padded >> 8], 6)
  head.set(new TextEncoder().encode(dict), 10)
  head[head.length - 1] = 0x0a
  return [head, tensorBytes(tensor)]
}
