/**
 * Follows the weights of a softmax to the sums they end in: through products with values, divisions by a total, and masks.
 * What else reads a weight needs the weights themselves, and then nothing can be streamed.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, NONE } from '../../ir/op.ts'
import type { Graph } from './graph.ts'
import type { Weights } from './weights.ts'

/** A factor of the summed product, or a mask that was put on what stood left of it. */
export interface Factor {
  readonly kind: 'value' | 'mask'
  readonly id: ValueId
}

export interface WeightedSum {
  readonly node: Node
  readonly factors: readonly Factor[]
  /** Totals that the weights are divided by. */
  readonly divisors: readonly ValueId[]
  /** Masks outside of which a weight is not in the sum; ascending, each once. */
  readonly domain: readonly ValueId[]
}

export interface Refusal {
  readonly reason: string
  readonly node: Node | null
}

const refuse = (reason: string, node: Node | null = null): Refusal => ({ reason, node })

interface Path {
  readonly factors: readonly Factor[]
  readonly divisors: readonly ValueId[]
}

/** All sums that the weights are used in, or the use that is none. */
export function sumsOf(weights: Weights, graph: Graph): readonly WeightedSum[] | Refusal {
  const found: WeightedSum[] = []
  const visit = (id: ValueId, path: Path): Refusal | null => {
    if (graph.isKept(id)) return refuse('the weights themselves are a result', graph.defs.get(id) ?? null)
    for (const reader of graph.readers(id)) {
      const next = step(reader, id, path, weights, graph)
      if ('reason' in next) return next
      if ('domain' in next) {
        found.push(next)
        continue
      }
      const refused = visit(reader.results[0]!.id, next)
      if (refused !== null) return refused
    }
    return null
  }
  return visit(weights.node.results[0]!.id, { factors: [], divisors: [] }) ?? found
}

function step(reader: Node, id: ValueId, path: Path, weights: Weights, graph: Graph): Path | WeightedSum | Refusal {
  const [x, y = NONE] = reader.operands
  const needed = refuse(`${reader.op} needs the weights themselves`, reader)
  if (reader.operands.filter((operand) => operand === id).length !== 1) return needed
  const other = x === id ? y : x!
  const independent = other === NONE || !graph.dependsOn(other, weights.node.results[0]!.id)
  switch (reader.op) {
    case 'reduce':
      return x === id && independent ? sum(reader, path, weights) : needed
    case 'mul':
      if (graph.types.get(other)?.kind !== 'tensor') return refuse('the weights are multiplied by a number of the host', reader)
      return independent ? { ...path, factors: [...path.factors, { kind: 'value', id: other }] } : needed
    case 'mask':
      // A weight that is masked before it is divided would be 0 / 0 where the total is 0.
      if (x !== id || !independent) return needed
      return { ...path, factors: [...path.factors, { kind: 'mask', id: other }] }
    case 'div':
      if (x !== id || path.factors.some((factor) => factor.kind === 'mask')) return needed
      if (!isTotal(other, graph) || graph.axesOf(other).some((axis) => weights.axes.includes(axis)))
        return refuse('the divisor is not a total of weights', reader)
      return { ...path, divisors: [...path.divisors, other] }
    case 'broadcast':
      return (reader.attrs.dtype ?? 'f32') === 'f32' ? path : needed
    default:
      return needed
  }
}

function sum(reader: Node, path: Path, weights: Weights): WeightedSum | Refusal {
  const [, where = NONE, otherwise = NONE] = reader.operands
  const axes = attrAxes(reader.attrs)
  if (reader.attrs.kind !== 'sum' || otherwise !== NONE)
    return refuse(`a reduction of kind ${String(reader.attrs.kind)} needs the weights themselves`, reader)
  if (axes.length !== weights.axes.length || !axes.every((axis) => weights.axes.includes(axis)))
    return refuse(`the weights are also summed over (${axes.join(', ')})`, reader)
  const factors: readonly Factor[] = where === NONE ? path.factors : [...path.factors, { kind: 'mask', id: where }]
  const masks = factors.filter((factor) => factor.kind === 'mask').map((factor) => factor.id)
  const domain = [...new Set(masks)].sort((a, b) => a - b)
  return { node: reader, factors, divisors: path.divisors, domain }
}

/** Sums of exponentials, added up, with 1 in place of 0: zero only when every weight is. */
function isTotal(id: ValueId, graph: Graph): boolean {
  const def = graph.defs.get(id)
  switch (def?.op) {
    case 'add':
      return def.operands.every((operand) => isTotal(operand, graph))
    case 'select':
      return isTotal(def.operands[2]!, graph) && divisorTest(def, graph) !== null
    case 'reduce':
      return def.attrs.kind === 'sum' && graph.defs.get(def.operands[0]!)?.op === 'exp'
    default:
      return false
  }
}

/** S of `S = 0 ? 1 : S`. */
export function divisorTest(node: Node, graph: Graph): ValueId | null {
  const [test, one, total] = node.operands as [ValueId, ValueId, ValueId]
  const equal = graph.defs.get(test)
  const literal = graph.defs.get(one)
  if (equal?.op !== 'eq' || equal.operands[0] !== total || !graph.isZero(equal.operands[1]!)) return null
  return literal?.op === 'literal' && Number(literal.attrs.value) === 1 ? total : null
}
