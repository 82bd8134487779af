/** Equality of types: structure, not identity. */
import type { Packing, Type } from './types.ts'

export function sameType(a: Type, b: Type): boolean {
  switch (a.kind) {
    case 'tensor':
      return b.kind === 'tensor' && a.dtype === b.dtype && sameNames(a.axes, b.axes) && samePacking(a.packing, b.packing)
    case 'scalar':
      return b.kind === 'scalar' && a.scalar === b.scalar
    case 'machine':
      return b.kind === 'machine' && a.dtype === b.dtype && a.lanes === b.lanes
    case 'buffer':
      return b.kind === 'buffer' && a.dtype === b.dtype && a.access === b.access
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])

function samePacking(a: Packing | undefined, b: Packing | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const fieldsA = Object.entries(a.format)
  const fieldsB = new Map<string, unknown>(Object.entries(b.format))
  return (
    a.exact === b.exact &&
    sameNames(a.over, b.over) &&
    sameNames(a.inside ?? [], b.inside ?? []) &&
    fieldsA.length === fieldsB.size &&
    fieldsA.every(([key, value]) => fieldsB.get(key) === value)
  )
}
