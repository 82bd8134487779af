/**
 * Types as text. The bare word `bool` is the host scalar in entries and fns and the machine value in kernels; the other
 * one is written out as `machine bool` or `host bool`.
 */
import type { Func } from '../node.ts'
import type { Format, Type } from '../types.ts'
import { formatFields, nameText } from './lexicon.ts'

export type FuncRole = Func['role']

export const axesText = (axes: readonly string[]): string => `[${axes.map(nameText).join(', ')}]`

export function formatText(format: Format): string {
  const values = format as unknown as Readonly<Record<string, number>>
  const fields = formatFields[format.kind].map((field) => String(values[field]))
  return fields.length === 0 ? format.kind : `${format.kind}(${fields.join(', ')})`
}

export function typeText(type: Type, role: FuncRole): string {
  switch (type.kind) {
    case 'tensor': {
      const dense = type.dtype + axesText(type.axes)
      if (type.packing === undefined) return dense
      const { format, over, exact } = type.packing
      return `${formatText(format)} over ${axesText(over)} ${exact ? 'exact ' : ''}${dense}`
    }
    case 'scalar':
      return type.scalar === 'bool' && role === 'kernel' ? 'host bool' : type.scalar
    case 'machine': {
      if (type.lanes !== 1) return `${type.dtype}x${type.lanes}`
      return type.dtype === 'bool' && role !== 'kernel' ? 'machine bool' : type.dtype
    }
    case 'buffer':
      return `${type.access} ${type.dtype}[]`
  }
}
