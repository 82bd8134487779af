/**
 * One kernel. A value that is computed from other values alone and used once, in the block that defines it, becomes part of the
 * expression that uses it; other values get a name. Memory is read and written in the order of the ops.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { Block, Func, Node, Value, ValueId } from '../../compiler/ir/node.ts'
import type { Type } from '../../compiler/ir/types.ts'
import { blockNodes, useCounts } from '../../compiler/ir/walk.ts'
import { isCoreOp, isGridOp, isTeamOp } from '../core.ts'
import type { Names } from '../source/names.ts'
import { isName, named, TextWriter, wrapped, type Expr } from '../source/text.ts'
import { usedBelow } from '../source/used-below.ts'
import { Frame } from './frame.ts'
import { indexArithmetic, type IndexArithmetic } from './index-arithmetic.ts'
import { alignedWhere, neighboursOf, type Neighbours } from './neighbours.ts'
import { scalarDType, type OpContext } from './ops/context.ts'
import { emitters } from './ops/table.ts'
import { cudaType } from './types.ts'

const EFFECTS: ReadonlySet<string> = new Set([
  ...['store', 'store_raw', 'scatter_lanes', 'for', 'lanes', 'while', 'if'],
  ...['points', 'once', 'barrier', 'atomic', 'store_group', 'tally', 'compact', 'store_bits'],
  ...['join_points', 'fetch', 'await', 'each_fetched', 'keep_best', 'half_keys'],
  ...['pack_factors', 'row_products', 'clear_sums', 'scale_sums', 'add_products', 'add_elements', 'store_sums'],
  ...['weigh_scores', 'store_heads', 'fits'],
])
/** Longer expressions get a name. */
const MAX_INLINE = 60

export function emitKernel(func: Func, names: Names): string {
  const frame = new Frame(func, names.inner())
  return frame.text(new KernelEmitter(frame).run())
}

interface Known {
  readonly expr: Expr
  readonly type: Type
  readonly definition: Node | null
}

class KernelEmitter {
  private readonly frame: Frame
  private readonly names: Names
  private readonly uses: Map<ValueId, number>
  private readonly definitions = new Map<ValueId, Node>()
  private readonly arithmetic: IndexArithmetic
  private readonly values = new Map<ValueId, Known>()
  private readonly types = new Map<ValueId, Type>()
  private places: ReadonlyMap<Node, string> = new Map()
  private readonly neighbours = new Map<Block, readonly Neighbours[]>()
  /** Those of which it is known before the kernel's body whether they are aligned. */
  private readonly steady = new Set<Neighbours>()
  private writer = new TextWriter()
  private isAlone = false

  constructor(frame: Frame) {
    this.frame = frame
    this.names = frame.names
    this.uses = new Map(useCounts(frame.func))
    this.arithmetic = indexArithmetic(frame.func)
    for (const node of blockNodes(frame.func.body)) {
      for (const { id, type } of [...node.results, ...node.regions.flatMap(({ params }) => params)]) this.types.set(id, type)
      for (const { id } of node.results) this.definitions.set(id, node)
    }
    for (const { id, type } of frame.func.params) this.types.set(id, type)
    for (const { op, operands, results } of blockNodes(frame.func.body))
      if (!EFFECTS.has(op) && results.every(({ id }) => !this.uses.has(id))) for (const id of operands) this.unused(id)
  }

  run(): string {
    const { frame } = this
    this.findNeighbours(frame.func.body)
    for (const { id, type } of frame.func.params) this.values.set(id, { expr: named(frame.variable(id)), type, definition: null })
    this.writer.nested(() => void this.block(frame.func.body))
    return this.writer.text()
  }

  private block(block: Block): readonly Expr[] {
    const local = new Set(block.nodes.flatMap(({ results }) => results.map(({ id }) => id)))
    const foreign = usedBelow(block, local)
    const neighbours = this.neighbours.get(block) ?? []
    for (const node of block.nodes) {
      for (const group of neighbours) if (group.first === node) this.loadNeighbours(group)
      this.node(node, foreign)
    }
    return block.yields.map((id) => this.known(id).expr)
  }

  /** Before anything is written: the indices of what is not loaded first are not needed. */
  private findNeighbours(block: Block, inLoop = false): void {
    const all = this.frame.team
      ? this.scratchNeighbours(block)
      : neighboursOf(block, this.definitions, (id) => this.readBytes(id))
    const buffers = new Set(all.map(({ first }) => first.operands[0]))
    if ((inLoop || buffers.size < all.length) && !this.frame.team) for (const group of all) this.findAligned(group)
    // Beside columns, what is neighbours along the loop is the same for many threads, and a branch would hold up the columns.
    const found = all.some((group) => this.steady.has(group)) ? all.filter((group) => this.steady.has(group)) : all
    this.neighbours.set(block, found)
    for (const { first, members } of found)
      for (const node of members) if (node !== first) this.unused(node.operands[1] as ValueId)
    for (const { op, regions } of block.nodes)
      for (const inner of regions) this.findNeighbours(inner, inLoop || op === 'for' || op === 'while')
  }

  /** Loads of a loop, or of several points, should not wait for each other in branches: where it can be known before, there is a form of the kernel for it. */
  private findAligned(group: Neighbours): void {
    const { frame } = this
    const multiples = alignedWhere(group, this.definitions, (id) => frame.func.params.some((param) => param.id === id))
    if (multiples === null) return
    const count = group.members.length
    const { variable } = frame.buffer(group.first.operands[0] as ValueId)
    frame.alignedWhere(`aligned<${count}>(${variable})`, ...multiples.map((id) => `${frame.variable(id)} % ${count} == 0`))
    this.steady.add(group)
  }

  /** Of a team: scratch that is not written in the block. Its rows begin at multiples of 16 bytes, and so must neighbours. */
  private scratchNeighbours(block: Block): readonly Neighbours[] {
    const written = new Set([...blockNodes(block)].filter(({ op }) => EFFECTS.has(op)).map(({ operands }) => operands[0]))
    const bytes = (id: ValueId): number => (this.frame.buffer(id).type.access === 'scratch' && !written.has(id) ? 4 : 0)
    return neighboursOf(block, this.definitions, bytes).filter(
      (group) => alignedWhere(group, this.definitions, () => false)?.length === 0,
    )
  }

  /** Of a buffer that no thread writes. */
  private readBytes(id: ValueId): number {
    const { type } = this.frame.buffer(id)
    return type.access === 'read' ? dtypeBytes(type.dtype) : 0
  }

  private loadNeighbours(group: Neighbours): void {
    const { first, start, members } = group
    const [buffer, index] = first.operands as [ValueId, ValueId]
    const { variable } = this.frame.buffer(buffer)
    const name = this.names.fresh(variable)
    const at = `${variable} + ${wrapped(this.known(index).expr)}`
    const from = start === 0 ? at : `${at} - ${-start}`
    // Rows of scratch in shared memory begin at such multiples.
    const known = this.frame.team ? ', S' : this.steady.has(group) ? ', ALIGNED' : ''
    this.writer.line(`const auto ${name} = load_neighbours<${members.length}${known}>(${from});`)
    this.places = new Map([...this.places, ...members.map((node, k) => [node, `${name}.elements[${k}]`] as const)])
  }

  private node(node: Node, foreign: ReadonlySet<ValueId>): void {
    const { op } = node
    if (!isCoreOp(op) && !isGridOp(op) && !isTeamOp(op))
      throw new CompilerBug(`${op} is not an op of the kernel core`, { pass: 'emit cuda' })
    if (!EFFECTS.has(op) && node.results.every(({ id }) => !this.isUsed(id))) return
    const results = emitters[op](this.context(node))
    node.results.forEach((result, i) => this.define(node, result, results[i] as Expr, foreign))
  }

  private context(node: Node): OpContext {
    const operand = (index: number): Known => {
      const id = node.operands[index]
      if (id === undefined) throw new CompilerBug(`${node.op} has no operand ${index}`, { pass: 'emit cuda' })
      return this.known(id)
    }
    const writer = (): TextWriter => this.writer
    return {
      node,
      frame: this.frame,
      get writer() {
        return writer()
      },
      isAlone: this.isAlone,
      place: this.places.get(node) ?? null,
      isPlainIndex: node.results.some(({ id }) => this.arithmetic.plain.has(id)),
      isIndex: (index) => this.arithmetic.indices.has(node.operands[index] as ValueId),
      arg: (index) => operand(index).expr,
      typeOf: (index) => operand(index).type,
      value: (id) => this.known(id).expr,
      definition: (index) => operand(index).definition,
      share: (expr, hint, type) => this.share(expr, hint, type),
      declare: (hint, type, initial) => this.declare(hint, type, initial),
      fresh: (hint) => this.names.fresh(hint),
      region: (block, args) => this.region(block, args),
      alone: (block, args, places) => this.alone(block, args, places ?? new Map()),
      aside: (write) => this.aside(write),
      typeOfValue: (id) => this.types.get(id) as Type,
      isUsed: (id) => this.isUsed(id),
      unused: (id) => this.unused(id),
    }
  }

  private region(block: Block, args: readonly Expr[]): readonly Expr[] {
    block.params.forEach(({ id, type }, i) => this.values.set(id, { expr: args[i] as Expr, type, definition: null }))
    return this.block(block)
  }

  private alone(block: Block, args: readonly Expr[], places: ReadonlyMap<Node, string>): readonly Expr[] {
    const outer = { isAlone: this.isAlone, places: this.places }
    this.isAlone = true
    this.places = new Map([...outer.places, ...places])
    const yields = this.region(block, args)
    this.isAlone = outer.isAlone
    this.places = outer.places
    return yields
  }

  private aside(write: () => void): readonly string[] {
    const outer = this.writer
    this.writer = new TextWriter()
    write()
    const text = this.writer.text()
    this.writer = outer
    return text === '' ? [] : text.split('\n')
  }

  private isUsed(id: ValueId): boolean {
    return (this.uses.get(id) ?? 0) > 0
  }

  /** What only an unused value used is unused too. */
  private unused(id: ValueId): void {
    const left = (this.uses.get(id) ?? 0) - 1
    this.uses.set(id, left)
    const node = this.definitions.get(id)
    if (left > 0 || this.values.has(id) || node === undefined || EFFECTS.has(node.op)) return
    for (const operand of node.operands) this.unused(operand)
  }

  private known(id: ValueId): Known {
    const known = this.values.get(id)
    if (known === undefined) throw new CompilerBug(`%${id} is used before it is defined`, { pass: 'emit cuda' })
    return known
  }

  /**
   * Not `const`: to see whether such an integer is a constant expression, nvcc looks through its initializer wherever it is read, and
   * through those in that, which takes twice as long for every step of a chain whose values are read twice.
   */
  private share(expr: Expr, hint: string, type: string): Expr {
    return expr.literal || isName(expr) ? expr : this.declare(hint, type, expr)
  }

  private declare(hint: string, type: string, initial: Expr | null): Expr {
    const name = this.names.fresh(hint)
    this.writer.line(`${type} ${name}${initial === null ? '' : ` = ${initial.text}`};`)
    return named(name)
  }

  private define(node: Node, { id, type }: Value, expr: Expr, foreign: ReadonlySet<ValueId>): void {
    const isUnused = !this.isUsed(id)
    const waits = isUnused || (this.uses.get(id) === 1 && !foreign.has(id) && expr.text.length <= MAX_INLINE)
    const shared = waits || isName(expr) || expr.literal ? expr : this.share(expr, `v${id}`, cudaType(scalarDType(type)))
    this.values.set(id, { expr: shared, type, definition: node })
  }
}
