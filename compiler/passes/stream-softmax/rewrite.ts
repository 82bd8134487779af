/**
 * Replaces the sums of a softmax by folds. A sum is acc * exp(m - p) / divisor, where acc and m come from the fold; without the
 * factor where p is m itself. The rewritten nodes keep the ids of what they replace, so nothing else changes.
 */
import { FuncBuilder } from '../../ir/builder.ts'
import { neededValues } from '../../ir/captured.ts'
import type { Func, Node, Value, ValueId } from '../../ir/node.ts'
import { NONE, type OpDef } from '../../ir/op.ts'
import { sameType } from '../../ir/same-type.ts'
import type { TensorType } from '../../ir/types.ts'
import { funcValues, nextId } from '../../ir/walk.ts'
import { dropDead } from '../canonicalize/drop-dead.ts'
import type { Graph } from './graph.ts'
import { divisorTest, type WeightedSum } from './sums.ts'
import type { Weights } from './weights.ts'

type Axes = readonly string[]

/** Weights to be streamed with all their sums. */
export interface Streamed {
  readonly weights: Weights
  readonly sums: readonly WeightedSum[]
}

export function rewrite(func: Func, streamed: readonly Streamed[], graph: Graph, ops: Readonly<Record<string, OpDef>>): Func {
  const rewriter = new Rewriter(func, graph, ops)
  streamed.forEach((one) => rewriter.stream(one))
  return dropDead({ ...func, body: { ...func.body, nodes: inOrder(rewriter.nodes()) } }, ops)
}

/** A node after those it reads; otherwise as they come. */
function inOrder(nodes: readonly Node[]): readonly Node[] {
  const makers = new Map(nodes.flatMap((node) => node.results.map(({ id }) => [id, node])))
  const placed = new Set<Node>()
  const result: Node[] = []
  const place = (node: Node): void => {
    if (placed.has(node)) return
    placed.add(node)
    for (const id of neededValues(node)) {
      const maker = makers.get(id)
      if (maker !== undefined) place(maker)
    }
    result.push(node)
  }
  nodes.forEach(place)
  return result
}

interface Folded {
  readonly peak: ValueId
  /** Where any score takes part, when masks may leave none; a host condition when only extents may. */
  readonly some: () => ValueId
}

class Rewriter {
  private readonly func: Func
  private readonly graph: Graph
  private readonly builder: FuncBuilder
  private readonly gone = new Map<Node, ValueId>() // replaced nodes: their result

  constructor(func: Func, graph: Graph, ops: Readonly<Record<string, OpDef>>) {
    this.func = func
    this.graph = graph
    this.builder = new FuncBuilder(ops, nextId(func))
    this.builder.adopt([...funcValues(func)])
  }

  nodes(): readonly Node[] {
    return [...this.func.body.nodes.filter((node) => !this.gone.has(node)), ...this.builder.take()]
  }

  stream({ weights, sums }: Streamed): void {
    const groups = new Map<string, WeightedSum[]>()
    for (const sum of sums) groups.set(sum.domain.join(), [...(groups.get(sum.domain.join()) ?? []), sum])
    for (const group of groups.values()) this.fold(weights, group)
  }

  private fold(weights: Weights, sums: readonly WeightedSum[]): void {
    const { builder } = this
    builder.at(sums[0]!.node.span)
    const { domain } = sums[0]!
    const score = this.within(weights.score, domain)
    const values = sums.map((sum) => this.valueOf(sum))
    const distinct = [...new Set(values)].filter((id) => id !== null)
    const made = builder.create('fold_softmax', [score, ...distinct], { axes: weights.axes }, [])
    // The maximum over the same scores is what the fold calls m.
    const sameDomain = (weights.peak.operands[1] ?? NONE) === (domain[0] ?? NONE) && domain.length < 2
    const peak = weights.peak.results[0]!
    const otherwise = weights.peak.operands[2] ?? NONE
    const replaces = sameDomain && sameType(peak.type, made.results[0]!.type) && !this.gone.has(weights.peak)
    const results = replaces && otherwise === NONE ? [peak, ...made.results.slice(1)] : made.results
    builder.append({ ...made, results })
    const folded = { peak: results[0]!.id, some: () => this.some(weights, domain) }
    if (replaces && otherwise === NONE) this.gone.set(weights.peak, peak.id)
    else if (replaces) this.replace(weights.peak, builder.emit('select', [folded.some(), folded.peak, otherwise]))
    const isPeak = weights.alone && sameDomain
    sums.forEach((sum, i) => {
      const value = values[i]!
      const base = results[value === null ? 1 : distinct.indexOf(value) + 2]!
      this.finish(weights, sum, base, folded, isPeak)
    })
  }

  /** Scores that are -inf, and so of weight 0, outside the masks. */
  private within(score: ValueId, domain: readonly ValueId[]): ValueId {
    if (domain.length === 0) return score
    const lowest = this.builder.emit('literal', [], { scalar: 'real', value: '-inf' })
    const inside = this.builder.emit('select', [this.conjunction(domain), score, lowest])
    const [own, all] = [score, inside].map((id) => (this.builder.typeOf(id) as TensorType).axes) as [Axes, Axes]
    return this.builder.emit('broadcast', [inside], { axes: [...own, ...all.filter((axis) => !own.includes(axis))] })
  }

  private conjunction(domain: readonly ValueId[]): ValueId {
    return domain.reduce((x, y) => this.builder.emit('and', [x, y]))
  }

  /** The product of the factors, each masked by the masks that come after it; null: none. */
  private valueOf({ factors }: WeightedSum): ValueId | null {
    return factors.reduce<ValueId | null>((product, { kind, id }) => {
      if (kind === 'mask') return product === null ? null : this.builder.emit('mask', [product, id])
      return product === null ? id : this.builder.emit('mul', [product, id])
    }, null)
  }

  private finish(weights: Weights, sum: WeightedSum, base: Value, folded: Folded, isPeak: boolean): void {
    const { builder } = this
    builder.at(sum.node.span)
    let value = base.id
    if (!isPeak) value = builder.emit('mul', [value, this.factor(weights, folded.peak)])
    for (const divisor of sum.divisors) value = builder.emit('div', [value, divisor])
    // Of nothing the sum is 0, whatever p and the divisors are.
    if (!this.isSafe(weights, sum)) value = builder.emit('select', [folded.some(), value, base.id])
    this.replace(sum.node, value)
  }

  private factor(weights: Weights, peak: ValueId): ValueId {
    return this.builder.emit('exp', [this.builder.emit('sub', [peak, weights.shift])])
  }

  /** Whether nothing gives 0 by itself: p is finite, and divisors are 1 then. */
  private isSafe(weights: Weights, sum: WeightedSum): boolean {
    return weights.finite && sum.divisors.every((divisor) => this.isOwnTotal(divisor, weights, sum))
  }

  private isOwnTotal(divisor: ValueId, weights: Weights, sum: WeightedSum): boolean {
    const choice = this.graph.defs.get(divisor)
    const total = choice?.op === 'select' ? divisorTest(choice, this.graph) : null
    const def = total === null ? undefined : this.graph.defs.get(total)
    const where = def?.operands[1] ?? NONE
    return def?.operands[0] === weights.node.results[0]!.id && where === (sum.domain[0] ?? NONE) && sum.domain.length < 2
  }

  private some(weights: Weights, domain: readonly ValueId[]): ValueId {
    const { builder } = this
    if (domain.length === 0) {
      const sizes = weights.axes.map((axis) => builder.emit('size', [], { axis }))
      const zero = builder.emit('literal', [], { scalar: 'int', value: '0' })
      return builder.emit('gt', [sizes.reduce((x, y) => builder.emit('mul', [x, y])), zero])
    }
    const all = this.conjunction(domain)
    const own = builder.typeOf(all)
    const axes = own.kind === 'tensor' ? own.axes : []
    const missing = weights.axes.filter((axis) => !axes.includes(axis))
    const wide = missing.length === 0 ? all : builder.emit('broadcast', [all], { axes: [...axes, ...missing] })
    return builder.emit('reduce', [wide, NONE, NONE], { axes: weights.axes, kind: 'any' })
  }

  /** Ends in a node that has the id of the sum it stands for. */
  private replace(sum: Node, value: ValueId): void {
    const result = sum.results[0]!
    const { axes } = result.type as TensorType
    const last = this.builder.create('broadcast', [value], { axes }, [])
    this.gone.set(sum, result.id)
    this.builder.append({ ...last, results: [result] })
  }
}
