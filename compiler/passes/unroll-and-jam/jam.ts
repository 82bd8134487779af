/** The iterations of a loop as one: each node that varies among them as many times as there are iterations, all others once. */
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { machine } from '../../ir/types.ts'
import type { LoopRewriter } from '../vectorize/loop-rewriter.ts'
import { isStore } from '../group-stores/neighbours.ts'
import { isShared, varies, varyingIn } from './varying.ts'

export class Jam {
  private readonly rewriter: LoopRewriter
  private varying: ReadonlySet<ValueId> = new Set()
  /** For each iteration, what varying values are called in it. */
  private names: readonly Map<ValueId, ValueId>[] = []

  constructor(rewriter: LoopRewriter) {
    this.rewriter = rewriter
  }

  /** `loop` has so many iterations, independent of each other. */
  loop(loop: Node, count: number): readonly Node[] {
    const nodes: Node[] = []
    const { rewriter } = this
    const body = loop.regions[0]!
    const [first] = loop.operands as [ValueId]
    this.varying = varyingIn(loop)
    this.names = Array.from({ length: count }, (_, i) => {
      const index = i === 0 ? first : rewriter.emit(nodes, 'add', [first, rewriter.constant(nodes, i, 'i32')], {}, machine('i32'))
      return new Map([[body.params[0]!.id, index]])
    })
    return [...nodes, ...this.nodes(body)]
  }

  /**
   * The body is `guard`, a branch, and what it takes to know whether it is entered: straight code where all iterations enter it. What
   * the branch stores it does not read.
   */
  guarded(loop: Node, guard: Node, count: number): readonly Node[] {
    const { rewriter } = this
    const body = loop.regions[0]!
    const before: Block = { ...body, nodes: body.nodes.filter((node) => node !== guard) }
    const nodes = [...this.loop({ ...loop, regions: [before] }, count)]
    const [condition] = guard.operands as [ValueId]
    const conditions = this.names.map((names) => names.get(condition) ?? condition)
    const all = conditions.reduce((x, y) => rewriter.emit(nodes, 'and', [x, y], {}, machine('bool')))
    const otherwise = { ...rewriter.sequential(loop), regions: [rewriter.copy(body)] }
    const entered = guard.regions[0]!.nodes
    this.varying = varyingIn({ ...loop, regions: [{ ...body, nodes: [...before.nodes, ...entered] }] })
    // What an iteration stores side by side stays together.
    const [stores, others] = [entered.filter(isStore), entered.filter((node) => !isStore(node))]
    const computed = this.nodes({ ...body, nodes: others })
    const stored = this.names.flatMap((names) => stores.map((node) => rewriter.copyNode(node, names)))
    const whole: Block = { params: [], nodes: [...computed, ...stored], yields: [] }
    return [...nodes, rewriter.node('if', [all], { types: [] }, [], [whole, { params: [], nodes: [otherwise], yields: [] }])]
  }

  private nodes({ nodes }: Block): readonly Node[] {
    return nodes.flatMap((node): readonly Node[] => {
      if (!varies(node, this.varying)) return [node]
      if (isShared(node, this.varying)) return [this.shared(node)]
      return this.names.map((names) => this.rewriter.copyNode(node, names))
    })
  }

  /** One loop or branch for all: what varies is carried, yielded and given once for each iteration. */
  private shared(node: Node): Node {
    const [params, first] = node.op === 'for' ? [node.regions[0]!.params, 2] : [[], 1]
    const isVarying = node.results.map(({ id }) => this.varying.has(id))
    const each = (id: ValueId, varies: boolean): readonly ValueId[] =>
      varies ? this.names.map((names) => names.get(id) ?? id) : [id]
    const carried = node.operands.slice(first).flatMap((id, i) => each(id, isVarying[i]!))
    const renamed = <T extends { readonly id: ValueId }>(value: T, varies: boolean): readonly T[] => {
      if (!varies) return [value]
      return this.names.map((names) => {
        const id = this.rewriter.fresh(this.rewriter.typeOf(value.id))
        names.set(value.id, id)
        return { ...value, id }
      })
    }
    const inner = params.flatMap((param, i) => renamed(param, i > 0 && isVarying[i - 1]!))
    const regions = node.regions.map((region) => ({
      params: inner,
      nodes: this.nodes(region),
      yields: region.yields.flatMap((id, i) => each(id, isVarying[i]!)),
    }))
    const results = node.results.flatMap((result, i) => renamed(result, isVarying[i]!))
    const attrs = node.op === 'if' ? { ...node.attrs, types: results.map(({ type }) => type) } : node.attrs
    return { ...node, operands: [...node.operands.slice(0, first), ...carried], attrs: attrs as Node['attrs'], results, regions }
  }
}
