/**
 * Traversal of functions and blocks, generic over ops. Order is always program order: a node before the nodes of its
 * regions, the nodes of a block front to back.
 */
import type { Block, BlockParam, Func, Node, Value, ValueId } from './node.ts'
import { NONE } from './op.ts'
import type { Type } from './types.ts'

/** Every node of a block, nested ones included. */
export function* blockNodes(block: Block): Generator<Node> {
  for (const node of block.nodes) {
    yield node
    for (const region of node.regions) yield* blockNodes(region)
  }
}

/** A node, then every node of its regions. */
export function* nodeTree(node: Node): Generator<Node> {
  yield node
  for (const region of node.regions) yield* blockNodes(region)
}

export const funcNodes = (func: Func): Generator<Node> => blockNodes(func.body)

/** Every value of a function in program order: params, results and the parameters of regions. */
export function* funcValues(func: Func): Generator<Value> {
  yield* func.body.params
  for (const node of funcNodes(func)) {
    yield* node.results
    for (const region of node.regions) yield* region.params
  }
}

/** One more than the largest value id: where a builder may go on. */
export function nextId(func: Func): ValueId {
  let next = 0
  for (const value of funcValues(func)) next = Math.max(next, value.id + 1)
  return next
}

export function typesOf(func: Func): Map<ValueId, Type> {
  const types = new Map<ValueId, Type>()
  for (const value of funcValues(func)) types.set(value.id, value.type)
  return types
}

/** The node that defines each value; parameters are absent. */
export function definitions(func: Func): Map<ValueId, Node> {
  const defs = new Map<ValueId, Node>()
  for (const node of funcNodes(func)) for (const result of node.results) defs.set(result.id, node)
  return defs
}

/** How often each value is read: by operands, yields and the extents of axes. Outputs mirror the body's yields. */
export function useCounts(func: Func): Map<ValueId, number> {
  const counts = new Map<ValueId, number>()
  const use = (id: ValueId): void => {
    if (id !== NONE) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  for (const node of funcNodes(func)) {
    node.operands.forEach(use)
    for (const region of node.regions) region.yields.forEach(use)
  }
  func.body.yields.forEach(use)
  for (const axis of func.axes) if (axis.extent.kind !== 'bound') use(axis.extent.value)
  return counts
}

/** Values a block reads that are defined outside it, each once, in order of first use. */
export function freeValues(block: Block): readonly ValueId[] {
  const bound = new Set<ValueId>()
  const free = new Set<ValueId>()
  const bind = (values: readonly (Value | BlockParam)[]): void => values.forEach((value) => bound.add(value.id))
  const use = (id: ValueId): void => {
    if (id !== NONE && !bound.has(id)) free.add(id)
  }
  const visit = (inner: Block): void => {
    bind(inner.params)
    for (const node of inner.nodes) {
      node.operands.forEach(use)
      node.regions.forEach(visit)
      bind(node.results)
    }
    inner.yields.forEach(use)
  }
  visit(block)
  return [...free]
}
