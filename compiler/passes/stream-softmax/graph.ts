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
    dependsOn: (id, on) => dependsOn(defs, id, on),
  }
}

/** A chain of definitions may be longer than the stack is deep. */
function dependsOn(defs: ReadonlyMap<ValueId, Node>, id: ValueId, on: ValueId): boolean {
  const seen = new Set([id])
  for (const each of seen) {
    if (each === on) return true
    const def = defs.get(each)
    for (const operand of def === undefined ? [] : neededValues(def)) if (operand !== NONE) seen.add(operand)
  }
  return false
}
