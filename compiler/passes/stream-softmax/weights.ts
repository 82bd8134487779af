/**
 * Finds the weights of a softmax: e = exp(s - p), where s has the summed axes, p has not, and p is made of maxima of which one is
 * that of s. This is what `softmax` and `lse` are spelled as, and how a softmax over several parts is written by hand.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, NONE } from '../../ir/op.ts'
import type { Graph } from './graph.ts'

export interface Weights {
  readonly node: Node
  readonly score: ValueId
  /** p: what is subtracted from every score. */
  readonly shift: ValueId
  /** The summed axes. */
  readonly axes: readonly string[]
  /** The maximum of s that p is made of. */
  readonly peak: Node
  /** p is replaced by 0 when it is not finite, so it always is. */
  readonly finite: boolean
  /** p is the maximum of s alone, or 0. */
  readonly alone: boolean
}

export function weightsOf(node: Node, graph: Graph): Weights | null {
  if (node.op !== 'exp') return null
  const difference = graph.defs.get(node.operands[0]!)
  if (difference?.op !== 'sub') return null
  const [score, shift] = difference.operands as [ValueId, ValueId]
  const tree = finiteTree(shift, graph)
  const peak = maxima(tree ?? shift, graph).find((leaf) => leaf.operands[0] === score)
  if (peak === undefined) return null
  const axes = attrAxes(peak.attrs)
  if (axes.some((axis) => graph.axesOf(shift).includes(axis) || !graph.axesOf(score).includes(axis))) return null
  return {
    node,
    score,
    shift,
    axes,
    peak,
    finite: tree !== null,
    alone: tree === peak.results[0]!.id && (peak.operands[2] ?? NONE) === NONE,
  }
}

/** x of `x - x = 0 ? x : 0`. */
function finiteTree(id: ValueId, graph: Graph): ValueId | null {
  const choice = graph.defs.get(id)
  if (choice?.op !== 'select') return null
  const [test, value, otherwise] = choice.operands as [ValueId, ValueId, ValueId]
  const equal = graph.defs.get(test)
  const self = equal?.op === 'eq' && graph.isZero(equal.operands[1]!) ? graph.defs.get(equal.operands[0]!) : undefined
  const isTest = self?.op === 'sub' && self.operands.every((operand) => operand === value)
  return isTest && graph.isZero(otherwise) ? value : null
}

/** The reductions that a tree of `max` ends in. */
function maxima(id: ValueId, graph: Graph): readonly Node[] {
  const def = graph.defs.get(id)
  if (def?.op === 'max') return def.operands.flatMap((operand) => maxima(operand, graph))
  return def?.op === 'reduce' && def.attrs.kind === 'max' ? [def] : []
}
