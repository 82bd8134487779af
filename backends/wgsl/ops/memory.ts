/**
 * Loads and stores. An index counts elements and is read as unsigned. Elements are decoded to and encoded from their compute dtype;
 * the raw forms move bits.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { Block } from '../../../compiler/ir/node.ts'
import type { DType, MachineDType } from '../../../compiler/ir/types.ts'
import type { MemoryOp } from '../../core.ts'
import { wordIndex, type BufferPlace } from '../frame.ts'
import { constant } from '../constants.ts'
import { call, infix, literal, named, wrapped, type Expr } from '../../source/text.ts'
import {
  argDType,
  bufferArg,
  bufferAt,
  regionOf,
  resultDType,
  scalarDType,
  unsupported,
  type Emit,
  type OpContext,
} from './context.ts'
import { constantOf } from './logic.ts'

const oneByOne: Emit = (c) => {
  throw unsupported(c, 'vectors')
}

export const memory: Record<MemoryOp, Emit> = {
  load: (c) => fetch(c, (bits) => decoded(bufferArg(c).type.dtype, bits)),
  load_raw: (c) => fetch(c, (bits) => fromBits(resultDType(c), bits)),
  store: (c) => put(c, (value) => encoded(bufferArg(c).type.dtype, value)),
  store_raw: (c) => put(c, (value) => toBits(argDType(c, 2), value)),
  gather_lanes: oneByOne,
  scatter_lanes: oneByOne,
}

export function elementIndex(c: OpContext, operand = 1): Expr {
  const constant = constantOf(c.definition(operand))
  if (constant !== null) return literal(`${constant >>> 0}u`)
  return argDType(c, operand) === 'u32' ? c.arg(operand) : call('u32', c.arg(operand))
}

/** One element: as it lies where the array has elements of its dtype, else by its bits. Read here, in the order of the ops. */
function fetch(c: OpContext, ofBits: (bits: Expr) => Expr): readonly Expr[] {
  const place = bufferArg(c)
  const bytes = dtypeBytes(place.type.dtype)
  if (c.place !== null) return [c.share(ofBits(c.place), 'value')]
  if (place.type.access === 'lane') return [c.share(ofBits(laneElement(c, place)), 'value')]
  if (place.type.access === 'scratch') {
    const word = named(`load_${c.frame.scratch}(${wordIndex(c.frame, place, elementIndex(c))})`)
    return [c.share(ofBits(word), 'value')]
  }
  const at = bytes === 4 ? elementIndex(c) : c.share(elementIndex(c), 'at')
  return [c.share(stored(c, place, at, ofBits), 'value')]
}

const laneElement = (c: OpContext, { variable }: BufferPlace): Expr => named(`${variable}[${c.slot.text}]`)

function stored(c: OpContext, place: BufferPlace, at: Expr, ofBits: (bits: Expr) => Expr): Expr {
  const bytes = dtypeBytes(place.type.dtype)
  const element = `${place.variable}[${wordIndex(c.frame, place, at)}]`
  const word = named(place.atomic ? `atomicLoad(&${element})` : element)
  if (bytes < 4) return ofBits(call(bytes === 2 ? 'half_of_word' : 'byte_of_word', word, at))
  return place.element === resultDType(c) ? word : ofBits(toBits(place.element, word))
}

/** Bits of words before that of the element are counted, then those below it. */
export const keptAt: Emit = (c) => {
  const [words, values] = [bufferAt(c, 0), bufferAt(c, 2)]
  const [first, start, index] = [1, 3, 4].map((operand) => c.share(elementIndex(c, operand), 'place')) as [Expr, Expr, Expr]
  const wordAt = (place: Expr): Expr => named(`${words.variable}[${wordIndex(c.frame, words, infix(first, '+', place))}]`)
  const own = c.share(infix(index, '>>', literal('5u')), 'own')
  const rank = c.declare('rank', 'u32', start)
  const word = c.declare('word', 'u32', literal('0u'))
  c.writer.line(`for (; ${word.text} < ${own.text}; ${word.text}++) {`)
  c.writer.nested(() => c.writer.line(`${rank.text} += ${call('countOneBits', wordAt(word)).text};`))
  c.writer.line('}')
  const bits = c.share(wordAt(own), 'bits')
  const bit = c.share(infix(literal('1u'), '<<', infix(index, '&', literal('31u'))), 'bit')
  const below = call('countOneBits', infix(bits, '&', infix(bit, '-', literal('1u'))))
  const at = c.share(infix(rank, '+', below), 'at')
  const { dtype } = values.type
  // By the language a variable without a value is zero in every round of a loop; with Dawn on SwiftShader it keeps what it had.
  const value = c.declare('value', resultDType(c), constant(resultDType(c), 0))
  c.writer.line(`if ${wrapped(infix(infix(bits, '&', bit), '!=', literal('0u')))} {`)
  c.writer.nested(() => c.writer.line(`${value.text} = ${stored(c, values, at, (raw) => decoded(dtype, raw)).text};`))
  c.writer.line('}')
  return [value]
}

function put(c: OpContext, toWord: (value: Expr) => Expr): readonly Expr[] {
  const place = bufferArg(c)
  const value = c.arg(2)
  if (place.type.access === 'lane') {
    // Behind the end of a row there may be anything, unless other teams have a row there.
    const element = laneElement(c, place)
    const bits = toWord(value)
    c.writer.line(`${element.text} = ${c.held === null || c.isForAll ? bits.text : call('select', element, bits, c.held).text};`)
    return []
  }
  const at = elementIndex(c)
  if (place.type.access === 'scratch') {
    c.writer.line(`store_${c.frame.scratch}(${wordIndex(c.frame, place, at)}, ${toWord(value).text});`)
  } else if (dtypeBytes(place.type.dtype) < 4) {
    c.writer.line(`${place.storeFunction}(${at.text}, ${toWord(value).text});`)
  } else {
    const element = `${place.variable}[${wordIndex(c.frame, place, at)}]`
    const stored = place.element === argDType(c, 2) ? value : fromBits(place.element, toWord(value))
    c.writer.line(place.atomic ? `atomicStore(&${element}, ${stored.text});` : `${element} = ${stored.text};`)
  }
  return []
}

/** Whole words: no other thread stores into them, so nothing that is there need stay. */
export const storeGroup: Emit = (c) => {
  const place = bufferArg(c)
  const bytes = dtypeBytes(place.type.dtype)
  const count = 4 / bytes
  if (place.type.access === 'scratch' || count === 1) throw unsupported(c, `${place.type.access} ${place.type.dtype}[]`)
  const word = c.share(named(wordIndex(c.frame, place, elementIndex(c))), 'word')
  const bits = c.node.operands.slice(2).map((_, i) => {
    const value = c.arg(i + 2)
    const whole = c.node.attrs.raw === true ? value : encoded(place.type.dtype, value)
    return c.node.attrs.raw === true ? infix(whole, '&', literal(bytes === 2 ? '0xffffu' : '0xffu')) : whole
  })
  for (let first = 0; first < bits.length; first += count) {
    const parts = bits
      .slice(first, first + count)
      .map((part, i) => (i === 0 ? part : infix(part, '<<', literal(`${i * bytes * 8}u`))))
    const element = `${place.variable}[${first === 0 ? word.text : `${word.text} + ${first / count}u`}]`
    const packed = parts.map(wrapped).join(' | ')
    c.writer.line(place.atomic ? `atomicStore(&${element}, ${packed});` : `${element} = ${packed};`)
  }
  return []
}

/** A value as the bits of an element; `raw`: it is these bits. */
function elementBits({ type }: BufferPlace, value: Expr, dtype: MachineDType, raw: boolean): Expr {
  if (!raw) return encoded(type.dtype, value)
  const bytes = dtypeBytes(type.dtype)
  return bytes === 4 ? toBits(dtype, value) : infix(toBits(dtype, value), '&', literal(bytes === 2 ? '0xffffu' : '0xffu'))
}

/** The statement that stores a whole word, or an element that is one, by its bits. */
export function storeWord(place: BufferPlace, index: string, bits: Expr): string {
  const element = `${place.variable}[${index}]`
  const stored = fromBits(place.element, bits).text
  return place.atomic ? `atomicStore(&${element}, ${stored});` : `${element} = ${stored};`
}

/** The statement that stores an element by its bits. */
export const storeElement = (c: OpContext, place: BufferPlace, at: Expr, bits: Expr): string =>
  dtypeBytes(place.type.dtype) < 4
    ? `${place.storeFunction}(${at.text}, ${bits.text});`
    : storeWord(place, wordIndex(c.frame, place, at), bits)

/** What `compact` stores: the values of a region, one behind the other from the first place on. */
export function compacted(c: OpContext): Compacted {
  const region = regionOf(c.node, 0)
  const place = bufferArg(c)
  const dtype = scalarDType(c.typeOfValue(region.yields[1]!))
  const isRaw = c.node.attrs.raw === true
  const bitsOf = (value: Expr): Expr => elementBits(place, value, dtype, isRaw)
  return { region, place, start: c.share(elementIndex(c), 'first'), bitsOf }
}

interface Compacted {
  readonly region: Block
  readonly place: BufferPlace
  readonly start: Expr
  readonly bitsOf: (value: Expr) => Expr
}

/** A machine value from its bits, and back. */
const fromBits = (dtype: MachineDType, bits: Expr): Expr => (dtype === 'u32' ? bits : call(`bitcast<${dtype}>`, bits))
const toBits = (dtype: MachineDType, value: Expr): Expr => (dtype === 'u32' ? value : call('bitcast<u32>', value))

function decoded(dtype: DType, bits: Expr): Expr {
  switch (dtype) {
    case 'f32':
    case 'i32':
      return fromBits(dtype, bits)
    case 'f16':
    case 'bf16':
    case 'i8':
      return call(`decode_${dtype}`, bits)
    case 'bool':
      return infix(bits, '!=', literal('0u'))
    default:
      return bits
  }
}

/** Bits above those of the element are left to the store, except in scratch, where an element is alone in its word. */
function encoded(dtype: DType, value: Expr): Expr {
  switch (dtype) {
    case 'f32':
    case 'i32':
      return toBits(dtype, value)
    case 'f16':
    case 'bf16':
      return call(`encode_${dtype}`, value)
    case 'bool':
      return call('u32', value)
    case 'i8':
      return infix(call('u32', value), '&', literal('0xffu'))
    case 'u8':
      return infix(value, '&', literal('0xffu'))
    default:
      return value
  }
}
