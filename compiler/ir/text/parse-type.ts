/** Types and attributes from text: the inverse of `type-text.ts` and of `attrText`. */
import type { Attr, Attrs } from '../node.ts'
import type { BufferType, DType, Format, MachineDType, Packing, ScalarKind, TensorType, Type } from '../types.ts'
import type { Cursor } from './cursor.ts'
import { formats, isFormatName } from '../formats/formats.ts'
import { bufferAccesses, dtypes, machineDTypes, scalarKinds } from './lexicon.ts'
import type { FuncRole } from './type-text.ts'

const word = /[a-z][a-z0-9_]*/y
/** Attributes nest no deeper than this: text from a stranger must not exhaust the stack. */
const maxDepth = 64

export function parseType(cursor: Cursor, role: FuncRole): Type {
  cursor.skip()
  const start = cursor.pos
  const head = cursor.match(word) ?? cursor.fail(`expected a type, found ${cursor.found()}`)
  if (Object.hasOwn(bufferAccesses, head)) return bufferType(cursor, head as BufferType['access'])
  if (head === 'host' || head === 'machine') {
    cursor.expect('bool')
    return head === 'host' ? { kind: 'scalar', scalar: 'bool' } : { kind: 'machine', dtype: 'bool', lanes: 1 }
  }
  if (isFormatName(head)) return packedType(cursor, head)
  if (Object.hasOwn(dtypes, head) && cursor.peek('[')) return denseType(cursor, head as DType)
  const plain = plainType(head, role)
  if (plain !== null) return plain
  cursor.pos = start
  return cursor.fail(`\`${head}\` is not a type`)
}

function plainType(head: string, role: FuncRole): Type | null {
  if (Object.hasOwn(scalarKinds, head) && !(head === 'bool' && role === 'kernel'))
    return { kind: 'scalar', scalar: head as ScalarKind }
  const [, dtype, lanes] = /^(.+?)(?:x(\d{1,3}))?$/.exec(head) ?? []
  if (dtype === undefined || !Object.hasOwn(machineDTypes, dtype)) return null
  return { kind: 'machine', dtype: dtype as MachineDType, lanes: lanes === undefined ? 1 : Number(lanes) }
}

function bufferType(cursor: Cursor, access: BufferType['access']): BufferType {
  const dtype = dtypeWord(cursor)
  cursor.expect('[')
  cursor.expect(']')
  return { kind: 'buffer', dtype, access }
}

function dtypeWord(cursor: Cursor): DType {
  const dtype = cursor.match(word)
  if (dtype === null || !Object.hasOwn(dtypes, dtype))
    return cursor.fail(`expected a dtype, found \`${dtype ?? cursor.found()}\``)
  return dtype as DType
}

export function parseAxes(cursor: Cursor): readonly string[] {
  cursor.expect('[')
  return cursor.list(']', () => cursor.name('an axis'))
}

const denseType = (cursor: Cursor, dtype: DType, packing?: Packing): TensorType => {
  const axes = parseAxes(cursor)
  return packing === undefined ? { kind: 'tensor', dtype, axes } : { kind: 'tensor', dtype, axes, packing }
}

/** `FORMAT over [axes] of [axes inside an entry] exact dtype[axes]`. */
function packedType(cursor: Cursor, kind: Format['kind']): TensorType {
  const { fields } = formats[kind]
  const numbers = fields.length > 0 && cursor.take('(') ? cursor.list(')', () => cursor.integer('a whole number')) : []
  if (numbers.length !== fields.length) cursor.fail(`the format ${kind} has ${fields.length} numbers: ${fields.join(', ')}`)
  // Whether the numbers make sense is the verifier's question: every module that prints reads back.
  const format = { kind, ...Object.fromEntries(fields.map((field, i) => [field, numbers[i]])) } as Format
  cursor.expect('over')
  const over = parseAxes(cursor)
  const inside = cursor.take('of') ? parseAxes(cursor) : []
  const exact = cursor.take('exact')
  return denseType(cursor, dtypeWord(cursor), { format, over, ...(inside.length > 0 && { inside }), exact })
}

/** `{key = value, …}`, the brace not yet read. */
export function parseAttrs(cursor: Cursor): Attrs {
  cursor.expect('{')
  const entries = cursor.list('}', () => {
    const key = cursor.name('an attribute')
    cursor.expect('=')
    return [key, parseAttr(cursor, 0)] as const
  })
  return uniqueEntries(cursor, entries)
}

function parseAttr(cursor: Cursor, depth: number): Attr {
  if (depth > maxDepth) cursor.fail(`attributes nest at most ${maxDepth} deep`)
  if (cursor.take('[')) return cursor.list(']', () => parseAttr(cursor, depth + 1))
  if (cursor.take('{')) return parseRecord(cursor, depth)
  if (cursor.take('true')) return true
  if (cursor.take('false')) return false
  if (cursor.take('null')) return null
  return cursor.string() ?? cursor.number('a value')
}

function parseRecord(cursor: Cursor, depth: number): Attr {
  const entries = cursor.list('}', () => {
    const key = cursor.name('a key')
    if (!cursor.take('=')) cursor.expect(':')
    return [key, parseAttr(cursor, depth + 1)] as const
  })
  return uniqueEntries(cursor, entries)
}

function uniqueEntries(cursor: Cursor, entries: readonly (readonly [string, Attr])[]): Attrs {
  if (new Set(entries.map(([key]) => key)).size !== entries.length) cursor.fail('an attribute is given twice')
  return Object.fromEntries(entries)
}
