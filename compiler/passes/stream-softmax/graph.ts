/** A function as the rules of streaming see it: definitions, readers, axes, and where a literal is zero. */
import { neededValues } from '../../ir/captured.ts'
import type { Func, Node, ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { Type } from '../../ir/types.ts'
import { definitions, funcNodes, typesOf } from '../../ir/walk.ts'

export interface Graph {
  readonly defs: ReadonlyMap<ValueId, Node>
  readonly types: ReadonlyMap<ValueId, Type>
  /** Nodes of the body that read a value. */
  readers(id: ValueId): readonly Node[]
  /** Whether something else needs the value: a result, the extent of an axis, a loop. */
  isKept(id: ValueId): boolean
  axesOf(id: ValueId): readonly string[]
  isZero(id: ValueId): boolean
  /** Whether a value is computed from another one. */
  dependsOn(id: ValueId, on: ValueId): boolean
}

export function graphOf(func: Func): Graph {
  const defs = definitions(func)
  const types = typesOf(func)
  const own = new Set(func.body.nodes)
  const readers = new Map<ValueId, Node[]>()
  const kept = new Set<ValueId>(func.body.yields)
  for (const { extent } of func.axes) if (extent.kind !== 'bound') kept.add(extent.value)
  for (const node of funcNodes(func)) {
    for (const region of node.regions) region.yields.forEach((id) => kept.add(id))
    for (const id of new Set(node.operands)) {
      if (!own.has(node) || node.regions.length > 0) kept.add(id)
      else readers.set(id, [...(readers.get(id) ?? []), node])
    }
  }
  const dependsOn = (id: ValueId, on: ValueId, seen: Set<ValueId>): boolean => {
    if (id === on) return true
    if (id === NONE || seen.has(id)) return false
    seen.add(id)
    const def = defs.get(id)
    return def !== undefined && neededValues(def).some((operand) => dependsOn(operand, on, seen))
  }
  return {
    defs,
    types,
    readers: (id) => readers.get(id) ?? [],
    isKept: (id) => kept.has(id),
    axesOf: (id) => {
      const type = types.get(id)
      return type?.kind === 'tensor' ? type.axes : []
    },
    isZero: (id) => {
      const def = defs.get(id)
      return def?.op === 'literal' && Number(def.attrs.value) === 0
    },
    dependsOn: (id, on) => dependsOn(id, on, new Set()),
  }
}
