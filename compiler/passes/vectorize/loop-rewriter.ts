/** Shared by all ways of rewriting a `lanes` loop: fresh values, and copies of its body. */
import type { Attrs, Block, Func, Node, ValueId } from '../../ir/node.ts'
import { machine, type MachineDType, type MachineType, type Type } from '../../ir/types.ts'
import { nextId, typesOf } from '../../ir/walk.ts'

export interface Widening {
  readonly width: number
  readonly allows: (dtype: MachineDType) => boolean
}

export class LoopRewriter {
  private next: number
  private readonly types: Map<ValueId, Type>

  constructor(func: Func) {
    this.next = nextId(func)
    this.types = typesOf(func)
  }

  typeOf(id: ValueId): Type {
    const type = this.types.get(id)
    if (type === undefined) throw new Error(`value %${id} is not defined in this kernel`)
    return type
  }

  machineType(id: ValueId): MachineType {
    const type = this.typeOf(id)
    if (type.kind !== 'machine') throw new Error(`%${id} is not a machine value`)
    return type
  }

  fresh(type: Type): ValueId {
    const id = this.next++
    this.types.set(id, type)
    return id
  }

  node(op: string, operands: readonly ValueId[], attrs: Attrs, types: readonly Type[], regions: readonly Block[] = []): Node {
    return { op, operands, attrs, results: types.map((type) => ({ id: this.fresh(type), type })), regions, span: null }
  }

  /** Appends a node with one result to `into`. */
  emit(into: Node[], op: string, operands: readonly ValueId[], attrs: Attrs, type: Type): ValueId {
    const node = this.node(op, operands, attrs, [type])
    into.push(node)
    return node.results[0]!.id
  }

  constant(into: Node[], value: number | string, dtype: MachineDType, lanes = 1): ValueId {
    return this.emit(into, 'constant', [], { value, dtype, lanes }, machine(dtype, lanes))
  }

  /** The loop one iteration at a time. */
  sequential(loop: Node): Node {
    return { ...loop, op: 'for', attrs: { step: 1 } }
  }

  /** A copy of a block under fresh ids. */
  copy(block: Block): Block {
    return this.copyWith(block, new Map())
  }

  private copyWith(block: Block, names: Map<ValueId, ValueId>): Block {
    const rename = (id: ValueId): ValueId => names.get(id) ?? id
    const params = block.params.map((param) => {
      const id = this.fresh(param.type)
      names.set(param.id, id)
      return { ...param, id }
    })
    const nodes = block.nodes.map((node) => this.copyNode(node, names))
    return { params, nodes, yields: block.yields.map(rename) }
  }

  /** A copy of a node; `names` says what values are called here, and is told what its results are called. */
  copyNode(node: Node, names: Map<ValueId, ValueId>): Node {
    const operands = node.operands.map((id) => names.get(id) ?? id)
    const regions = node.regions.map((region) => this.copyWith(region, names))
    const results = node.results.map((result) => ({ ...result, id: this.fresh(result.type) }))
    node.results.forEach((result, i) => names.set(result.id, results[i]!.id))
    return { ...node, operands, regions, results }
  }
}
