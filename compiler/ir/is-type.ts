/** Whether plain data is a type: some ops state their result types in attributes, which may come from hand-written text. */
import { dtypes, formatFields, machineDTypes, scalarKinds } from './text/lexicon.ts'
import type { Type } from './types.ts'

type Fields = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNames = (value: unknown): boolean => Array.isArray(value) && value.every((name) => typeof name === 'string')
const isOneOf = (value: unknown, table: object): boolean => typeof value === 'string' && Object.hasOwn(table, value)

export function isType(value: unknown): value is Type {
  if (!isRecord(value)) return false
  switch (value['kind']) {
    case 'tensor':
      return (
        isOneOf(value['dtype'], dtypes) &&
        isNames(value['axes']) &&
        (value['packing'] === undefined || isPacking(value['packing']))
      )
    case 'scalar':
      return isOneOf(value['scalar'], scalarKinds)
    case 'machine':
      return isOneOf(value['dtype'], machineDTypes) && Number.isInteger(value['lanes'])
    case 'buffer':
      return isOneOf(value['dtype'], dtypes) && ['read', 'write', 'readwrite'].includes(String(value['access']))
    default:
      return false
  }
}

function isPacking(value: unknown): boolean {
  if (!isRecord(value) || !isNames(value['over']) || typeof value['exact'] !== 'boolean' || !isRecord(value['format']))
    return false
  const { kind, ...fields } = value['format']
  if (!isOneOf(kind, formatFields)) return false
  const names: readonly string[] = formatFields[kind as keyof typeof formatFields]
  return Object.keys(fields).length === names.length && names.every((name) => Number.isInteger(fields[name]))
}
