/**
 * One kernel as one WebAssembly function. A value that is used once, in the block that defines it, becomes part of the
 * expression that uses it; other values get a local. A pending expression that reads memory is evaluated before anything
 * that may write.
 */
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { Block, Func, Node, Value, ValueId } from '../../compiler/ir/node.ts'
import type { Type } from '../../compiler/ir/types.ts'
import { isCoreOp, type CoreOp } from '../core.ts'
import { depthOf, isFree, type Expr, type WasmFunction } from './expr.ts'
import type { MathLibrary } from './math/functions.ts'
import { wasmType, type OpContext } from './ops/context.ts'
import { emitters } from './ops/table.ts'
import { FunctionWriter } from './writer.ts'
import { usedBelow } from '../source/used-below.ts'

const WRITES: ReadonlySet<CoreOp> = new Set<CoreOp>(['store', 'store_raw', 'scatter_lanes', 'for', 'lanes', 'while', 'if'])
const READS: ReadonlySet<CoreOp> = new Set<CoreOp>(['load', 'load_raw', 'gather_lanes'])
/** Deeper trees are cut: they are walked recursively, here and by the assembler. */
const MAX_DEPTH = 100

export function emitKernel(func: Func, library: MathLibrary): WasmFunction {
  const writer = new FunctionWriter(func.params.map(({ type }) => paramType(type)))
  new KernelEmitter(func, writer, library).run()
  return writer.finish(func.name, null, true)
}

const paramType = (type: Type) => (type.kind === 'machine' ? wasmType(type) : 'i32')

interface Known {
  readonly expr: Expr
  readonly type: Type
  readonly definition: Node | null
  /** Not evaluated yet, and looks at memory when it is. */
  readonly reads: boolean
}

class KernelEmitter {
  private readonly func: Func
  private readonly writer: FunctionWriter
  private readonly library: MathLibrary
  private readonly uses: ReadonlyMap<ValueId, number>
  private readonly values = new Map<ValueId, Known>()
  /** Values of the current block whose expressions are not evaluated yet. */
  private pending = new Set<ValueId>()

  constructor(func: Func, writer: FunctionWriter, library: MathLibrary) {
    this.func = func
    this.writer = writer
    this.library = library
    this.uses = countUses(func.body)
  }

  run(): void {
    this.func.params.forEach(({ id, type }, i) =>
      this.values.set(id, { expr: this.writer.param(i), type, definition: null, reads: false }),
    )
    this.block(this.func.body)
  }

  private block(block: Block): readonly Expr[] {
    const outer = this.pending
    this.pending = new Set()
    const local = new Set(block.nodes.flatMap(({ results }) => results.map(({ id }) => id)))
    const foreign = usedBelow(block, local)
    for (const node of block.nodes) this.node(node, foreign)
    const yields = block.yields.map((id) => this.take(id).expr)
    this.pending = outer
    return yields
  }

  private node(node: Node, foreign: ReadonlySet<ValueId>): void {
    const { op } = node
    if (!isCoreOp(op)) throw new CompilerBug(`${op} is not an op of the kernel core`, { pass: 'emit wasm' })
    const effect = WRITES.has(op)
    if (!effect && node.results.every(({ id }) => !this.uses.has(id))) return
    if (effect) this.settleReads()
    let reads = READS.has(op)
    const context = this.context(node, (known) => (reads ||= known.reads))
    const results = emitters[op](context)
    node.results.forEach((result, i) => this.define(node, result, results[i] as Expr, reads, foreign))
  }

  private context(node: Node, took: (known: Known) => void): OpContext {
    const operand = (index: number): ValueId => {
      const id = node.operands[index]
      if (id === undefined) throw new CompilerBug(`${node.op} has no operand ${index}`, { pass: 'emit wasm' })
      return id
    }
    return {
      node,
      writer: this.writer,
      library: this.library,
      arg: (index) => {
        const known = this.take(operand(index))
        took(known)
        return known.expr
      },
      typeOf: (index) => this.known(operand(index)).type,
      definition: (index) => this.known(operand(index)).definition,
      region: (block, args) => {
        block.params.forEach(({ id, type }, i) =>
          this.values.set(id, { expr: args[i] as Expr, type, definition: null, reads: false }),
        )
        return this.block(block)
      },
    }
  }

  private known(id: ValueId): Known {
    const known = this.values.get(id)
    if (known === undefined) throw new CompilerBug(`%${id} is used before it is defined`, { pass: 'emit wasm' })
    return known
  }

  private take(id: ValueId): Known {
    this.pending.delete(id)
    return this.known(id)
  }

  private define(node: Node, { id, type }: Value, expr: Expr, reads: boolean, foreign: ReadonlySet<ValueId>): void {
    const waits = this.uses.get(id) === 1 && !foreign.has(id) && depthOf(expr) < MAX_DEPTH
    if (isFree(expr)) this.values.set(id, { expr: this.free(expr), type, definition: node, reads: false })
    else if (waits) {
      this.values.set(id, { expr, type, definition: node, reads })
      this.pending.add(id)
    } else this.values.set(id, { expr: this.writer.bind(expr), type, definition: node, reads: false })
  }

  private free(expr: Expr): Expr {
    return expr.kind === 'vector' ? this.writer.hoist(expr) : expr
  }

  /** Evaluates what was going to read memory, in the order it was written. */
  private settleReads(): void {
    for (const id of [...this.pending]) {
      const known = this.known(id)
      if (!known.reads) continue
      this.values.set(id, { ...known, expr: this.writer.bind(known.expr), reads: false })
      this.pending.delete(id)
    }
  }
}

function countUses(body: Block): Map<ValueId, number> {
  const uses = new Map<ValueId, number>()
  const count = (id: ValueId): unknown => uses.set(id, (uses.get(id) ?? 0) + 1)
  const visit = (block: Block): void => {
    for (const node of block.nodes) {
      node.operands.forEach(count)
      node.regions.forEach(visit)
    }
    block.yields.forEach(count)
  }
  visit(body)
  return uses
}
