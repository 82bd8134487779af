/** Ops whose operands are called `captured` list the outer values their regions read; rewriting inside changes that list. */
import type { Node } from './node.ts'
import type { OpDef } from './op.ts'
import { freeValues } from './walk.ts'

export const capturesOperands = (def: OpDef | undefined): boolean => def?.operands[0] === 'captured*'

/** Free values of all regions, each once, in order of first use. */
export const capturedValues = (node: Node): readonly number[] => [
  ...new Set(node.regions.flatMap((region) => freeValues(region))),
]

/** All values a node needs: its operands, and what its regions read from outside. */
export const neededValues = (node: Node): readonly number[] =>
  node.regions.length === 0 ? node.operands : [...new Set([...node.operands, ...capturedValues(node)])]

/** The node with its captured operands listed anew; by identity when the list is right or the op has none. */
export function withCaptured(node: Node, ops: Readonly<Record<string, OpDef>>): Node {
  if (!capturesOperands(ops[node.op])) return node
  const operands = capturedValues(node)
  const same = operands.length === node.operands.length && operands.every((id, i) => id === node.operands[i])
  return same ? node : { ...node, operands }
}
