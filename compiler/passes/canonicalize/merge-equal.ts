/** Common subexpressions: of pure nodes without regions that compute the same, the first stands for the others it dominates. */
import { withCaptured } from '../../ir/captured.ts'
import type { Block, Func, Node, ValueId } from '../../ir/node.ts'
import { hasTrait, type OpDef } from '../../ir/op.ts'
import { replaceIds, withBody } from '../../ir/substitute.ts'
import { canonicalJson } from '../../ir/text/round-trip.ts'

type Known = ReadonlyMap<string, readonly ValueId[]>

/** Answers the same function, by identity, when nothing is computed twice. */
export function mergeEqual(func: Func, ops: Readonly<Record<string, OpDef>>): Func {
  const replaced = new Map<ValueId, ValueId>()
  const resolve = (id: ValueId): ValueId => replaced.get(id) ?? id
  const block = (old: Block, outer: Known): Block => {
    const known = new Map(outer)
    const nodes: Node[] = []
    for (const each of old.nodes) {
      const operands = replaceIds(each.operands, resolve)
      const regions = each.regions.map((region) => block(region, known))
      const node = regions.length === 0 ? { ...each, operands } : withCaptured({ ...each, operands, regions }, ops)
      const key = keyOf(node, ops)
      const equal = key === null ? undefined : known.get(key)
      if (equal !== undefined) node.results.forEach(({ id }, i) => replaced.set(id, equal[i] ?? id))
      else nodes.push(node)
      if (key !== null && equal === undefined)
        known.set(
          key,
          node.results.map(({ id }) => id),
        )
    }
    return { ...old, nodes, yields: replaceIds(old.yields, resolve) }
  }
  const body = block(func.body, new Map())
  return replaced.size === 0 ? func : withBody(func, body, resolve)
}

/** Equal keys, equal results; null for nodes that must stay apart. */
function keyOf(node: Node, ops: Readonly<Record<string, OpDef>>): string | null {
  const def = ops[node.op]
  if (def === undefined || node.regions.length > 0 || node.results.length === 0) return null
  if (!hasTrait(def, 'pure') || hasTrait(def, 'reads') || hasTrait(def, 'writes')) return null
  const operands = hasTrait(def, 'commutative') ? [...node.operands].sort((a, b) => a - b) : node.operands
  return canonicalJson([node.op, operands, node.attrs, node.results.map(({ type }) => type)])
}
