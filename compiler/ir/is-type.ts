/** Whether plain data is a type: some ops state their result types in attributes, which may come from hand-written text. */
import { readFormat } from './formats/formats.ts'
import { bufferAccesses, dtypes, machineDTypes, scalarKinds } from './text/lexicon.ts'
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
      return isOneOf(value['dtype'], dtypes) && isOneOf(value['access'], bufferAccesses)
    default:
      return false
  }
}

function isPacking(value: unknown): boolean {
  return (
    isRecord(value) &&
    isNames(value['over']) &&
    (value['inside'] === undefined || isNames(value['inside'])) &&
    typeof value['exact'] === 'boolean' &&
    readFormat(value['format']) !== null
  )
}
