/** The storage formats by name, and how a format is read from and written as numbers. */
import type { Format } from '../types.ts'
import { bitmap } from './bitmap.ts'
import { block } from './block.ts'
import { compact } from './compact.ts'
import { csr } from './csr.ts'
import type { StorageFormat } from './format.ts'
import { indices } from './indices.ts'
import { nm } from './nm.ts'

export const formats: Readonly<Record<Format['kind'], StorageFormat>> = { bitmap, nm, indices, csr, block, compact }

export const isFormatName = (name: unknown): name is Format['kind'] => typeof name === 'string' && Object.hasOwn(formats, name)

/** `bitmap(64)`, `indices`. */
export function formatText(format: Format): string {
  const numbers = numbersOf(format)
  return numbers.length === 0 ? format.kind : `${format.kind}(${numbers.join(', ')})`
}

export function numbersOf(format: Format): readonly number[] {
  const values = format as unknown as Readonly<Record<string, number>>
  return formats[format.kind].fields.map((field) => values[field] ?? NaN)
}

/** The format that plain data describes (`{ kind: 'nm', n: 2, m: 4 }`), or null. */
export function readFormat(value: unknown): Format | null {
  if (typeof value !== 'object' || value === null) return null
  const { kind, ...rest } = value as Readonly<Record<string, unknown>>
  if (!isFormatName(kind)) return null
  const { fields, make } = formats[kind]
  const numbers = fields.map((field) => rest[field])
  if (Object.keys(rest).length !== fields.length || !numbers.every((number) => Number.isInteger(number))) return null
  return make(numbers as readonly number[])
}
