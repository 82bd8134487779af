/**
 * only-asked: every reduction whose result is looked at under masks alone gets them as its `only`. The masks then have to be
 * known first, so what defines them moves before the reduction. A mask that is itself made by loops over what the reduction
 * reads stays out of it: both are read in one go as they are.
 */
import { FuncBuilder } from '../../ir/builder.ts'
import { neededValues } from '../../ir/captured.ts'
import { computedExtents, neededExtents } from '../../ir/needed-extents.ts'
import type { Func, Node, ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { definitions, funcValues, typesOf } from '../../ir/walk.ts'
import type { PassContext } from '../pass.ts'
import { conjunctsOf, demandsOf, type Demand, type DemandScope } from './demand.ts'

/** The masks that reductions are to be given. */
type Asked = ReadonlyMap<Node, readonly ValueId[]>

const keyOf = (masks: readonly ValueId[]): string => [...masks].sort((x, y) => x - y).join()

export function withDemands(func: Func, ctx: PassContext): Func {
  return new Asking(func, ctx).run()
}

class Asking {
  private readonly func: Func
  private readonly ctx: PassContext
  private readonly defs: ReadonlyMap<ValueId, Node>
  private readonly scope: DemandScope
  private readonly extents: ReadonlyMap<string, ValueId>
  private readonly builder: FuncBuilder
  private readonly placed = new Set<ValueId>()
  /** Conjunctions by their parts. */
  private readonly anded = new Map<string, ValueId>()
  private readonly computedBy = new Map<ValueId, readonly Node[]>()

  constructor(func: Func, ctx: PassContext) {
    this.func = func
    this.ctx = ctx
    this.defs = definitions(func)
    this.extents = computedExtents(func)
    const types = typesOf(func)
    this.scope = {
      ops: ctx.ops,
      definition: (id) => this.defs.get(id),
      axesOf: (id) => {
        const type = types.get(id)
        return type?.kind === 'tensor' ? type.axes : []
      },
    }
    for (const { op, results } of func.body.nodes) {
      const id = results[0]?.id ?? NONE
      if (op === 'and') this.anded.set(keyOf(conjunctsOf(id, this.scope)), id)
    }
    this.builder = new FuncBuilder(ctx.ops)
    this.builder.adopt([...funcValues(func)])
  }

  run(): Func {
    const { func } = this
    const demands = demandsOf(func.body.nodes, [...func.body.yields, ...this.extents.values()], this.scope)
    const masks = new Map<Node, readonly ValueId[]>()
    for (const node of func.body.nodes) {
      const useful = node.op === 'reduce' ? this.masksFor(node, demands.get(node.results[0]!.id)) : []
      if (useful.length > 0 && this.ctx.spend()) masks.set(node, useful)
    }
    const given = func.body.nodes.flatMap(({ op, operands }) => (op === 'reduce' ? operands.slice(3) : []))
    if (masks.size === 0 && given.length === 0) return func
    // Masks first: loops that only masks need are no part of the loops they guard.
    for (const id of [...given, ...[...masks.values()].flat()]) this.placeDefinition(id, masks)
    for (const node of func.body.nodes) this.place(node, masks)
    return { ...func, body: { ...func.body, nodes: this.builder.take() } }
  }

  private masksFor(node: Node, demand: Demand | undefined): readonly ValueId[] {
    const value = node.results[0]!.id
    const own = new Set(conjunctsOf(node.operands[3] ?? NONE, this.scope))
    const reads = this.tensorsBehind(node)
    return [...(demand ?? [])].filter((mask) => {
      if (own.has(mask) || this.dependsOn(mask, value)) return false
      const shared = this.loopsBehind(mask).some((loop) => [...this.tensorsBehind(loop)].some((id) => reads.has(id)))
      if (shared)
        this.ctx.missed('only-asked', 'the mask is made from the same tensors, which are read once for both', this.at(node))
      return !shared
    })
  }

  private placeDefinition(id: ValueId, masks: Asked): void {
    const node = this.defs.get(id)
    if (node !== undefined) this.place(node, masks)
  }

  private place(node: Node, masks: Asked): void {
    if (node.results.some(({ id }) => this.placed.has(id))) return
    node.results.forEach(({ id }) => this.placed.add(id))
    const asked = masks.get(node) ?? []
    for (const id of [...this.needs(node), ...asked]) this.placeDefinition(id, masks)
    this.builder.at(node.span)
    const [x = NONE, where = NONE, otherwise = NONE, only = NONE] = node.operands
    if (asked.length > 0) {
      this.ctx.fired('only-asked', 'a reduction is computed where its result is looked at', this.at(node))
      const all = this.conjunction(only === NONE ? asked : [only, ...asked], masks)
      this.builder.append({ ...node, operands: [x, where, otherwise, all] })
    } else this.builder.append(node)
  }

  /** The mask itself, the one that the function has for all of them, or a new one. */
  private conjunction(masks: readonly ValueId[], all: Asked): ValueId {
    const key = keyOf(masks)
    const known = this.anded.get(key)
    if (known !== undefined) this.placeDefinition(known, all)
    const made = known ?? masks.reduce((both, mask) => this.builder.emit('and', [both, mask]))
    this.anded.set(key, made)
    return made
  }

  private dependsOn(value: ValueId, other: ValueId): boolean {
    return value === other || this.behind(value).some((node) => this.needs(node).includes(other))
  }

  /** What a node reads, and the extents that it waits for. */
  private needs(node: Node): readonly ValueId[] {
    return [...neededValues(node), ...neededExtents(node, this.ctx.ops[node.op], this.extents)]
  }

  /** Nodes that a value is computed by. */
  private behind(value: ValueId): readonly Node[] {
    const known = this.computedBy.get(value)
    if (known !== undefined) return known
    const own = this.defs.get(value)
    const found = new Set(own === undefined ? [] : [own])
    for (const node of found)
      for (const id of this.needs(node)) {
        const def = this.defs.get(id)
        if (def !== undefined) found.add(def)
      }
    this.computedBy.set(value, [...found])
    return [...found]
  }

  /** What a value is computed by that needs loops of its own. */
  private loopsBehind(value: ValueId): readonly Node[] {
    return this.behind(value).filter(({ op, regions }) => this.ctx.ops[op]?.mixes !== undefined || regions.length > 0)
  }

  /** Tensors of the caller that a node is computed from. */
  private tensorsBehind(node: Node): ReadonlySet<ValueId> {
    const all = [...this.behind(node.results[0]!.id)].flatMap(neededValues)
    return new Set(all.filter((id) => id !== NONE && !this.defs.has(id) && this.scope.axesOf(id).length > 0))
  }

  private at(node: Node): { func: string; span: Node['span'] } {
    return { func: this.func.name, span: node.span }
  }
}
