/**
 * Where the elements of a value are looked at. A demand is a set of masks: outside of their conjunction nobody reads the
 * value, except to throw it away by a selection, so it may be anything there (NaN included). The empty set asks for every
 * element. A mask that has an axis which the value does not have says nothing about it and is left out, which asks for more.
 *
 * Elements nobody asks for never become an address, a loop bound or a count: only ops that work point by point pass a demand on.
 */
import { neededValues } from '../../ir/captured.ts'
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, hasTrait, NONE, type OpDef } from '../../ir/op.ts'

export type Demand = ReadonlySet<ValueId>

/** What the analysis has to know about the values of a block. */
export interface DemandScope {
  readonly ops: Readonly<Record<string, OpDef>>
  definition(id: ValueId): Node | undefined
  /** Axes of a tensor; none for a scalar. */
  axesOf(id: ValueId): readonly string[]
}

const EVERYWHERE: Demand = new Set()

/** The masks that must hold where `mask` holds: its conjuncts. */
export function conjunctsOf(mask: ValueId, scope: DemandScope): readonly ValueId[] {
  if (mask === NONE) return []
  const node = scope.definition(mask)
  if (node?.op === 'and') return node.operands.flatMap((part) => conjunctsOf(part, scope))
  return node?.op === 'broadcast' ? conjunctsOf(node.operands[0]!, scope) : [mask]
}

/** The demand on every value that `nodes` define or read; `asked` are read as a whole from outside. */
export function demandsOf(nodes: readonly Node[], asked: Iterable<ValueId>, scope: DemandScope): ReadonlyMap<ValueId, Demand> {
  const analysis = new Analysis(scope)
  for (const id of asked) analysis.ask(id, EVERYWHERE)
  for (const node of [...nodes].reverse()) analysis.visit(node)
  return analysis.demands
}

class Analysis {
  readonly demands = new Map<ValueId, Demand>()
  private readonly scope: DemandScope

  constructor(scope: DemandScope) {
    this.scope = scope
  }

  /** One more reader: of the masks known so far only those stay that this reader knows, too. */
  ask(id: ValueId, where: Demand): void {
    if (id === NONE) return
    const own = this.scope.axesOf(id)
    const known = this.demands.get(id)
    const common = [...where].filter(
      (mask) => (known === undefined || known.has(mask)) && this.scope.axesOf(mask).every((axis) => own.includes(axis)),
    )
    this.demands.set(id, new Set(common))
  }

  visit(node: Node): void {
    const [result] = node.results
    if (node.results.length > 1 || node.regions.length > 0) {
      if (node.results.some(({ id }) => this.demands.has(id))) neededValues(node).forEach((id) => this.ask(id, EVERYWHERE))
      return
    }
    const demand = result === undefined ? undefined : this.demands.get(result.id)
    if (demand === undefined) return
    const [x = NONE, y = NONE, z = NONE, last = NONE] = node.operands
    switch (node.op) {
      case 'mask':
        this.ask(x, this.and(demand, y))
        return this.ask(y, demand)
      case 'select':
        this.ask(x, demand)
        this.ask(y, this.and(demand, x))
        return this.ask(z, this.and(demand, this.negated(x)))
      case 'reduce':
        this.ask(x, this.and(demand, y))
        for (const id of [y, z]) this.ask(id, demand)
        return this.ask(last, EVERYWHERE)
      case 'keep':
        return this.visitKeep(node, demand)
      case 'pack':
        this.ask(x, this.and(EVERYWHERE, y))
        return [y, z].forEach((id) => this.ask(id, EVERYWHERE))
      case 'rename':
        return this.ask(x, this.renamed(demand, attrString(node.attrs, 'from'), attrString(node.attrs, 'to')))
      case 'shift':
      case 'pool':
      case 'scan':
        this.ask(x, this.without(demand, [attrString(node.attrs, 'axis')]))
        return node.operands.slice(1).forEach((id) => this.ask(id, EVERYWHERE))
      default: {
        const pointwise = node.op === 'broadcast' || hasTrait(this.scope.ops[node.op]!, 'elementwise')
        for (const id of node.operands) this.ask(id, pointwise ? demand : EVERYWHERE)
      }
    }
  }

  /** A row of a selection needs the scores of its candidates, wherever the row itself is looked at. */
  private visitKeep(node: Node, demand: Demand): void {
    const [score = NONE, k = NONE, within = NONE, protect = NONE] = node.operands
    const rows = this.without(demand, attrAxes(node.attrs))
    this.ask(score, this.and(rows, within))
    this.ask(k, EVERYWHERE) // a count
    for (const id of [within, protect]) this.ask(id, rows)
  }

  private and(demand: Demand, mask: ValueId): Demand {
    return mask === NONE ? demand : new Set([...demand, ...conjunctsOf(mask, this.scope)])
  }

  /** The mask that holds where `condition` does not, when there is one. */
  private negated(condition: ValueId): ValueId {
    const node = this.scope.definition(condition)
    return node?.op === 'not' ? node.operands[0]! : NONE
  }

  private without(demand: Demand, axes: readonly string[]): Demand {
    return new Set([...demand].filter((mask) => !this.scope.axesOf(mask).some((axis) => axes.includes(axis))))
  }

  /** Masks in terms of the axis before it was renamed: renamed themselves, or without either axis. */
  private renamed(demand: Demand, from: string, to: string): Demand {
    const before = [...demand].flatMap((mask) => {
      const node = this.scope.definition(mask)
      const same = node?.op === 'rename' && node.attrs['from'] === from && node.attrs['to'] === to
      if (same) return [node.operands[0]!]
      return this.scope.axesOf(mask).some((axis) => axis === from || axis === to) ? [] : [mask]
    })
    return new Set(before)
  }
}
