/** The only constructor of nodes: applies the op's type rule and hands out ids. */
import type { Span } from '../diagnostics/span.ts'
import { isProblem, NONE, type Builder, type OpDef } from './op.ts'
import type { Attrs, Block, BlockParam, Node, Value, ValueId } from './node.ts'
import type { Type } from './types.ts'

export type { Builder } from './op.ts'

export class TypeRuleError extends Error {
  readonly op: string
  readonly operand: number | null
  constructor(op: string, problem: string, operand: number | null) {
    super(`${op}: ${problem}`)
    this.op = op
    this.operand = operand
  }
}

/** Ids are unique in a function, so nested blocks share the counter and the type table of their function. */
export class FuncBuilder implements Builder {
  private readonly ops: Readonly<Record<string, OpDef>>
  private readonly types = new Map<ValueId, Type>()
  private readonly defs = new Map<ValueId, Node>()
  private next: ValueId
  private nodes: Node[] = []
  private span: Span | null = null

  constructor(ops: Readonly<Record<string, OpDef>>, firstId: ValueId = 0) {
    this.ops = ops
    this.next = firstId
  }

  at(span: Span | null): void {
    this.span = span
  }

  typeOf(id: ValueId): Type {
    const type = this.types.get(id)
    if (type === undefined) throw new Error(`value %${id} is not defined here`)
    return type
  }

  definition(id: ValueId): Node | undefined {
    return this.defs.get(id)
  }

  param(name: string, type: Type): BlockParam {
    const id = this.next++
    this.types.set(id, type)
    return { id, type, name }
  }

  /** Makes values defined elsewhere (another builder, an existing function) known here, ids kept. */
  adopt(values: readonly Value[]): void {
    for (const value of values) {
      this.types.set(value.id, value.type)
      this.next = Math.max(this.next, value.id + 1)
    }
  }

  emit(op: string, operands: readonly ValueId[], attrs: Attrs = {}): ValueId {
    const [result] = this.emitAll(op, operands, attrs)
    if (result === undefined) throw new Error(`${op} has no result`)
    return result
  }

  emitAll(op: string, operands: readonly ValueId[], attrs: Attrs = {}, regions: readonly Block[] = []): readonly ValueId[] {
    const node = this.create(op, operands, attrs, regions)
    this.append(node)
    return node.results.map((result) => result.id)
  }

  /** Makes a node without placing it. */
  create(op: string, operands: readonly ValueId[], attrs: Attrs, regions: readonly Block[]): Node {
    const def = this.ops[op]
    if (def === undefined) throw new Error(`no op named ${op}`)
    const types = operands.map((id) => (id === NONE ? null : this.typeOf(id)))
    const inferred = def.infer(types, attrs, regions)
    if (isProblem(inferred)) throw new TypeRuleError(op, inferred.problem, inferred.operand ?? null)
    const results = inferred.map((type) => ({ id: this.next++, type }))
    for (const result of results) this.types.set(result.id, result.type)
    return { op, operands, attrs, results, regions, span: this.span }
  }

  append(node: Node): void {
    this.nodes.push(node)
    for (const result of node.results) this.defs.set(result.id, node)
  }

  /** Collects what `fill` emits into a block of its own. */
  block(params: readonly BlockParam[], fill: () => readonly ValueId[]): Block {
    const outer = this.nodes
    this.nodes = []
    const yields = fill()
    const block = { params, nodes: this.nodes, yields }
    this.nodes = outer
    return block
  }

  /** Ends the function body: the nodes placed so far. */
  take(): Node[] {
    const nodes = this.nodes
    this.nodes = []
    return nodes
  }
}
