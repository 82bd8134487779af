/**
 * The driver of local rules. A rule looks at one node and its definitions and answers with the values that stand for its
 * results, emitting what it needs through the scope; null means "no match". The driver rebuilds the function in program
 * order, tries the rules in the order given at every node (new ones included), and repeats until nothing fires. What needs
 * the whole graph is a pass, not a rule.
 */
import { FuncBuilder } from './builder.ts'
import { withCaptured } from './captured.ts'
import type { Attrs, Block, Func, Node, ValueId } from './node.ts'
import type { OpDef } from './op.ts'
import { sameType } from './same-type.ts'
import { replaceIds, withBody } from './substitute.ts'
import type { Type } from './types.ts'
import { funcValues } from './walk.ts'

/** What a rule may ask and do. */
export interface RuleScope {
  readonly ops: Readonly<Record<string, OpDef>>
  readonly func: Func
  /** The node that computes a value, as rewritten so far; undefined for parameters. */
  definition(id: ValueId): Node | undefined
  typeOf(id: ValueId): Type
  /** Whether the value is computed before this node, in a block that this node sees. */
  visible(id: ValueId): boolean
  /** Appends a node before the one looked at, with its span. Throws TypeRuleError when the type rule refuses. */
  emit(op: string, operands: readonly ValueId[], attrs?: Attrs): ValueId
}

export interface Rule {
  /** Kebab-case: shown in traces. */
  readonly name: string
  readonly rewrite: (node: Node, scope: RuleScope) => readonly ValueId[] | null
}

export const rule = (name: string, rewrite: Rule['rewrite']): Rule => ({ name, rewrite })

export interface RewriteOptions {
  readonly ops: Readonly<Record<string, OpDef>>
  /** Asked before a rule's answer is taken; false leaves the node as it is. */
  readonly spend?: () => boolean
  readonly onFired?: (rule: Rule, node: Node) => void
}

/** No set of rules that terminates needs as many rounds over a function, or as many rewrites in a row at one node. */
const maxRounds = 100
const maxChain = 100

/** Applies the rules to a fixpoint. Throws when they do not come to one, or change the type of a value. */
export function rewriteFunc(func: Func, rules: readonly Rule[], options: RewriteOptions): Func {
  let current = func
  for (let round = 0; round < maxRounds; round++) {
    const next = new Rewriter(current, rules, options).run()
    if (next === null) return current
    current = next
  }
  throw new Error(`the rules ${rules.map(({ name }) => name).join(', ')} do not come to an end on ${func.name}`)
}

class Rewriter {
  private readonly func: Func
  private readonly rules: readonly Rule[]
  private readonly options: RewriteOptions
  private readonly builder: FuncBuilder
  private readonly replaced = new Map<ValueId, ValueId>()
  private readonly seen = new Set<ValueId>()
  private readonly scope: RuleScope
  private changed = false

  constructor(func: Func, rules: readonly Rule[], options: RewriteOptions) {
    this.func = func
    this.rules = rules
    this.options = options
    const builder = new FuncBuilder(options.ops)
    builder.adopt([...funcValues(func)])
    this.builder = builder
    this.scope = {
      ops: options.ops,
      func,
      definition: (id) => builder.definition(id),
      typeOf: (id) => builder.typeOf(id),
      visible: (id) => this.seen.has(id),
      emit: (op, operands, attrs) => builder.emit(op, operands, attrs),
    }
  }

  /** One round; null when no rule fired. */
  run(): Func | null {
    const body = this.block(this.func.body)
    return this.changed ? withBody(this.func, body, this.resolve) : null
  }

  private readonly resolve = (id: ValueId): ValueId => {
    let current = id
    for (let next = this.replaced.get(current); next !== undefined; next = this.replaced.get(current)) current = next
    return current
  }

  private block(block: Block): Block {
    const entered: ValueId[] = block.params.map((param) => param.id)
    entered.forEach((id) => this.seen.add(id))
    const rebuilt = this.builder.block(block.params, () => {
      for (const node of block.nodes) {
        const regions = node.regions.map((region) => this.block(region))
        const same = regions.every((region, i) => region === node.regions[i])
        entered.push(...this.place(same ? node : withCaptured({ ...node, regions }, this.options.ops), 0))
      }
      return replaceIds(block.yields, this.resolve)
    })
    if (block !== this.func.body) entered.forEach((id) => this.seen.delete(id))
    const same =
      rebuilt.yields === block.yields &&
      rebuilt.nodes.length === block.nodes.length &&
      rebuilt.nodes.every((node, i) => node === block.nodes[i])
    return same ? block : rebuilt
  }

  /** Appends the node or what a rule makes of it; answers the values that are visible from now on. */
  private place(node: Node, chain: number): readonly ValueId[] {
    const operands = replaceIds(node.operands, this.resolve)
    const current = operands === node.operands ? node : { ...node, operands }
    for (const candidate of this.rules) {
      const placed = this.apply(candidate, current, chain)
      if (placed !== null) return placed
    }
    this.builder.append(current)
    const ids = current.results.map((result) => result.id)
    ids.forEach((id) => this.seen.add(id))
    return ids
  }

  private apply(candidate: Rule, node: Node, chain: number): readonly ValueId[] | null {
    let values: readonly ValueId[] | null = null
    this.builder.at(node.span)
    const emitted = this.builder.block([], () => {
      values = candidate.rewrite(node, this.scope)
      return []
    }).nodes
    const answer = values as readonly ValueId[] | null
    if (answer === null || this.options.spend?.() === false) return null
    this.check(candidate, node, answer)
    if (chain >= maxChain) throw new Error(`the rule ${candidate.name} goes on and on at ${node.op} in ${this.func.name}`)
    this.changed = true
    this.options.onFired?.(candidate, node)
    const placed = emitted.flatMap((inner) => this.place(inner, chain + 1))
    node.results.forEach((result, i) => this.replaced.set(result.id, this.resolve(answer[i] ?? result.id)))
    return placed
  }

  private check(candidate: Rule, node: Node, values: readonly ValueId[]): void {
    const where = `the rule ${candidate.name}, at ${node.op} in ${this.func.name},`
    if (values.length !== node.results.length)
      throw new Error(`${where} gives ${values.length} values for ${node.results.length}`)
    node.results.forEach(({ type }, i) => {
      if (!sameType(type, this.builder.typeOf(values[i] ?? -1))) throw new Error(`${where} changes the type of a value`)
    })
  }
}
