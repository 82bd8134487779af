/**
 * Loads and stores. Elements are decoded to and encoded from their compute dtype; the raw forms move bits. In scratch every element
 * has a word of its own.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { DType, MachineDType } from '../../../compiler/ir/types.ts'
import type { MemoryOp } from '../../core.ts'
import { call, infix, literal, named, wrapped, type Expr } from '../../source/text.ts'
import type { BufferPlace } from '../frame.ts'
import { cudaType, storedType } from '../types.ts'
import { argDType, bufferArg, resultDType, unsupported, type Emit, type OpContext } from './context.ts'
import { sameBits } from './convert.ts'

const oneByOne: Emit = (c) => {
  throw unsupported(c, 'vectors')
}

export const memory: Record<MemoryOp, Emit> = {
  load: (c) => [c.share(decoded(bufferArg(c), named(element(c))), 'value', cudaType(resultDType(c)))],
  load_raw: (c) => [c.share(rawBits(bufferArg(c), named(element(c)), resultDType(c)), 'value', cudaType(resultDType(c)))],
  store: (c) => put(c, storedValue(c, 2, false)),
  store_raw: (c) => put(c, storedValue(c, 2, true)),
  gather_lanes: oneByOne,
  scatter_lanes: oneByOne,
}

function put(c: OpContext, value: Expr): readonly Expr[] {
  c.writer.line(`${element(c)} = ${value.text};`)
  return []
}

const isScratch = ({ type: { access } }: BufferPlace): boolean => access === 'scratch' || access === 'lane'

/** Where the element is. */
export function element(c: OpContext): string {
  const { type, variable } = bufferArg(c)
  if (c.place !== null) return c.place
  if (type.access === 'lane') return `${variable}[at]`
  if (type.access === 'scratch' && !c.frame.team) return `${variable}[size_t(${c.arg(1).text}) * workers]`
  return `${variable}[${c.arg(1).text}]`
}

/** Operand `index` as it is stored. */
export function storedValue(c: OpContext, index: number, raw: boolean): Expr {
  const place = bufferArg(c)
  return encodedFor(place, c.arg(index), argDType(c, index), raw)
}

/** A value as an element of a buffer; `raw`: by its bits. */
export function encodedFor(place: BufferPlace, value: Expr, dtype: MachineDType, raw: boolean): Expr {
  const stored = raw ? rawElement(place.type.dtype, value, dtype) : encoded(place.type.dtype, value)
  return isScratch(place) ? asWord(place.type.dtype, stored) : stored
}

/** An element as a word of scratch, and back. */
function asWord(dtype: DType, stored: Expr): Expr {
  if (dtype === 'f32') return call('__float_as_uint', stored)
  return dtype === 'u32' ? stored : call('u32', stored)
}
function fromWord(dtype: DType, word: Expr): Expr {
  if (dtype === 'f32') return call('__uint_as_float', word)
  return dtype === 'u32' ? word : call(storedType(dtype), word)
}

/** An element as it is stored, as it is computed with. */
export function decoded(place: BufferPlace, stored: Expr): Expr {
  const { dtype } = place.type
  const x = isScratch(place) ? fromWord(dtype, stored) : stored
  switch (dtype) {
    case 'f16':
    case 'bf16':
      return call(`decode_${dtype}`, x)
    case 'bool':
      return infix(x, '!=', literal('0'))
    case 'u8':
      return call('u32', x)
    case 'i8':
      return call('int', x)
    default:
      return x
  }
}

function encoded(dtype: DType, value: Expr): Expr {
  switch (dtype) {
    case 'f16':
    case 'bf16':
      return call(`encode_${dtype}`, value)
    case 'bool':
    case 'u8':
    case 'i8':
      return call(storedType(dtype), value)
    default:
      return value
  }
}

function rawBits(place: BufferPlace, stored: Expr, to: MachineDType): Expr {
  const { dtype } = place.type
  const x = isScratch(place) ? fromWord(dtype, stored) : stored
  if (dtypeBytes(dtype) < 4) return call('u32', dtype === 'i8' ? call('u8', x) : x)
  return sameBits(x, dtype as MachineDType, to)
}

const rawElement = (dtype: DType, value: Expr, from: MachineDType): Expr =>
  dtypeBytes(dtype) < 4 ? call(storedType(dtype), value) : sameBits(value, from, dtype as MachineDType)

/** Neighbours at a multiple of their number: in as few steps as vectors of 16 bytes take. */
export const storeGroup: Emit = (c) => {
  const place = bufferArg(c)
  const bytes = dtypeBytes(place.type.dtype)
  const values = c.node.operands.slice(2).map((_, i) => storedValue(c, i + 2, c.node.attrs.raw === true))
  if (isScratch(place)) throw unsupported(c, `${place.type.access} ${place.type.dtype}[]`)
  const start = c.share(c.arg(1), 'first', 'int')
  const most = Math.min(16 / bytes, values.length & -values.length)
  const form = c.frame.hasAlignedForm() ? '<ALIGNED>' : ''
  if (form !== '') c.frame.alignedWhere(`aligned<${most}>(${place.variable})`)
  for (let first = 0; first < values.length; first += most) {
    const part = values.slice(first, first + most).map(({ text }) => text)
    const at = first === 0 ? start.text : `${wrapped(start)} + ${first}`
    c.writer.line(
      `store_group${form}(${place.variable} + ${at}, Vec<${storedType(place.type.dtype)}, ${most}>{${part.join(', ')}});`,
    )
  }
  return []
}
