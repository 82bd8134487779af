/**
 * Types as text. The bare word `bool` is the host scalar in entries and fns and the machine value in kernels; the other
 * one is written out as `machine bool` or `host bool`.
 */
import type { Func } from '../node.ts'
import { formatText } from '../formats/formats.ts'
import type { Type } from '../types.ts'
import { nameText } from './lexicon.ts'

export type FuncRole = Func['role']

export const axesText = (axes: readonly string[]): string => `[${axes.map(nameText).join(', ')}]`

export function typeText(type: Type, role: FuncRole): string {
  switch (type.kind) {
    case 'tensor': {
      const dense = type.dtype + axesText(type.axes)
      if (type.packing === undefined) return dense
      const { format, over, inside = [], exact } = type.packing
      const entries = inside.length === 0 ? '' : `of ${axesText(inside)} `
      return `${formatText(format)} over ${axesText(over)} ${entries}${exact ? 'exact ' : ''}${dense}`
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
