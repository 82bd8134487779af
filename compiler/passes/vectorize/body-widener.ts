/**
 * Widens the body of a loop: every value that varies with the index becomes a vector. Memory is read and written at
 * consecutive elements; an element read at any other varying position is gathered. Null results mean the body cannot be
 * widened.
 */
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { machine, type MachineDType } from '../../ir/types.ts'
import { bitFields, type BitField, type Step } from './bit-field.ts'
import type { LoopRewriter, Widening } from './loop-rewriter.ts'

const LANEWISE = new Set(
  'add sub mul div min max neg abs sign sqrt exp log sin cos tanh pow floor ceil round trunc eq ne lt le gt ge and or xor not shl shr popcount select isnan convert bitcast'.split(
    ' ',
  ),
)
/** Integer operations without a vector form on any target of interest. */
const SCALAR_ON_INTEGERS = new Set(['div', 'rem', 'pow', 'sign'])

/** Where widened code goes. */
export interface WideningTarget {
  readonly before: Node[]
  readonly body: Node[]
  /** Vectors of values from outside the loop. */
  readonly uniform: Map<ValueId, ValueId>
}

export class BodyWidener {
  private readonly rewriter: LoopRewriter
  private readonly widening: Widening
  private readonly block: Block
  private readonly defs = new Map<ValueId, Node>()
  private readonly steps = new Map<ValueId, Step>()
  readonly bits: readonly BitField[]
  private readonly replaced: ReadonlySet<ValueId>

  constructor(rewriter: LoopRewriter, block: Block, widening: Widening) {
    this.rewriter = rewriter
    this.widening = widening
    this.block = block
    for (const node of block.nodes) for (const result of node.results) this.defs.set(result.id, node)
    const [index, ...carried] = block.params
    this.steps.set(index!.id, 1)
    for (const param of carried) this.steps.set(param.id, null)
    this.bits = bitFields(
      block,
      (id) => this.defs.get(id),
      (id) => this.step(id),
    )
    this.replaced = new Set(this.bits.flatMap((field) => field.replaces))
  }

  /** Whether every node of the body has a vector form. */
  possible(): boolean {
    return (
      this.block.nodes.every((node) => this.nodePossible(node)) &&
      this.block.params.slice(1).every((param) => this.allowed(param.id))
    )
  }

  private allowed(id: ValueId): boolean {
    const type = this.rewriter.typeOf(id)
    return type.kind !== 'machine' || (type.lanes === 1 && this.widening.allows(type.dtype))
  }

  private nodePossible(node: Node): boolean {
    if (node.results.some((result) => this.replaced.has(result.id))) return true
    if (node.regions.length > 0 || !node.results.every((result) => this.allowed(result.id))) return false
    switch (node.op) {
      case 'constant':
        return true
      case 'load':
      case 'load_raw':
        return this.step(node.operands[1]!) !== null || (node.op === 'load' && this.gathers(node))
      case 'store':
      case 'store_raw':
        return this.step(node.operands[1]!) === 1
      case 'shl':
      case 'shr':
        return this.step(node.operands[1]!) === 0
      default:
        return (
          LANEWISE.has(node.op) &&
          (!SCALAR_ON_INTEGERS.has(node.op) || node.results[0]!.type.kind !== 'machine' || node.results[0]!.type.dtype === 'f32')
        )
    }
  }

  /** Gathering pays only beside other work; a loop of nothing but gathers stays scalar. */
  private gathers(_load: Node): boolean {
    return this.block.nodes.filter((node) => LANEWISE.has(node.op)).length >= 6
  }

  step(id: ValueId): Step {
    const known = this.steps.get(id)
    if (known !== undefined) return known
    const node = this.defs.get(id)
    const step = node === undefined ? 0 : this.stepOf(node)
    this.steps.set(id, step)
    return step
  }

  private stepOf(node: Node): Step {
    const operands = node.operands.map((operand) => this.step(operand))
    const [x, y] = operands
    if (node.op === 'load' || node.op === 'load_raw') return null
    if (operands.every((step) => step === 0)) return 0
    if (node.op === 'add' && x !== null && y !== null && (x as number) + (y as number) <= 1)
      return ((x as number) + (y as number)) as Step
    if (node.op === 'sub' && y === 0) return x ?? null
    if (node.op === 'convert' && node.attrs.to !== 'f32' && node.attrs.to !== 'bool') return x ?? null
    return null
  }

  /**
   * The widened body for vectors that start at `index`; `carried` are the vector accumulators. What does not change from
   * one iteration to the next goes to `target.before`, once for all copies of the body that share the target.
   */
  widen(target: WideningTarget, index: ValueId, carried: readonly ValueId[]): readonly ValueId[] {
    return new Emission(this, this.rewriter, this.widening.width, this.block, target, index, carried).run()
  }

  definition(id: ValueId): Node | undefined {
    return this.defs.get(id)
  }
}

class Emission {
  private readonly owner: BodyWidener
  private readonly rewriter: LoopRewriter
  private readonly width: number
  private readonly block: Block
  private readonly target: WideningTarget
  private readonly scalars = new Map<ValueId, ValueId>()
  private readonly vectors = new Map<ValueId, ValueId>()

  constructor(
    owner: BodyWidener,
    rewriter: LoopRewriter,
    width: number,
    block: Block,
    target: WideningTarget,
    index: ValueId,
    carried: readonly ValueId[],
  ) {
    this.owner = owner
    this.rewriter = rewriter
    this.width = width
    this.block = block
    this.target = target
    this.scalars.set(block.params[0]!.id, index)
    block.params.slice(1).forEach((param, i) => this.vectors.set(param.id, carried[i]!))
  }

  run(): readonly ValueId[] {
    for (const node of this.block.nodes) this.place(node)
    return this.block.yields.map((id, carried) => {
      const field = this.owner.bits.find((one) => one.carried === carried)
      return field === undefined ? this.vector(id) : this.collect(field)
    })
  }

  /** The lane mask of the condition, moved to its place and joined with what was collected. */
  private collect(field: BitField): ValueId {
    const u32 = machine('u32')
    const mask = this.emit('bitmask', [this.vector(field.condition)], {}, machine('i32'))
    const bits = this.emit('convert', [mask], { to: 'u32' }, u32)
    const placed = this.emit('shl', [bits, this.scalar(field.shift)], {}, u32)
    return this.emit('or', [this.vectors.get(this.block.params[field.carried + 1]!.id)!, placed], {}, u32)
  }

  /** Loads and stores are placed in order; pure nodes when they are first needed. */
  private place(node: Node): void {
    const [buffer, index, value] = node.operands
    if (node.op === 'load' || node.op === 'load_raw') {
      const type = node.results[0]!.type
      if (type.kind !== 'machine') return
      const step = this.owner.step(index!)
      const wide = machine(type.dtype, this.width)
      if (step === 1)
        this.vectors.set(node.results[0]!.id, this.emit(node.op, [buffer!, this.scalar(index!)], { lanes: this.width }, wide))
      else if (step === 0)
        this.scalars.set(node.results[0]!.id, this.emit(node.op, [buffer!, this.scalar(index!)], { lanes: 1 }, type))
      else this.vectors.set(node.results[0]!.id, this.emit('gather_lanes', [buffer!, this.vector(index!)], {}, wide))
    } else if (node.op === 'store' || node.op === 'store_raw') {
      this.target.body.push(this.rewriter.node(node.op, [buffer!, this.scalar(index!), this.vector(value!)], {}, []))
    }
  }

  private emit(
    op: string,
    operands: readonly ValueId[],
    attrs: Node['attrs'],
    type: Parameters<LoopRewriter['emit']>[4],
  ): ValueId {
    return this.rewriter.emit(this.target.body, op, operands, attrs, type)
  }

  /** The value in the first lane, for indices. */
  private scalar(id: ValueId): ValueId {
    const known = this.scalars.get(id)
    if (known !== undefined) return known
    const node = this.owner.definition(id)
    if (node === undefined) return id
    const operands = node.operands.map((operand) => this.scalar(operand))
    const made = this.emit(node.op, operands, node.attrs, node.results[0]!.type)
    this.scalars.set(id, made)
    return made
  }

  private vector(id: ValueId): ValueId {
    const known = this.vectors.get(id) ?? this.target.uniform.get(id)
    if (known !== undefined) return known
    if (this.outside(id)) return this.spreadOnce(id)
    const made = this.makeVector(id)
    this.vectors.set(id, made)
    return made
  }

  private makeVector(id: ValueId): ValueId {
    const type = this.rewriter.machineType(id)
    const wide = machine(type.dtype as MachineDType, this.width)
    const node = this.owner.definition(id)
    if (node === undefined || this.scalars.has(id) || this.owner.step(id) === 0) return this.spread(this.scalar(id), id, wide)
    const operands = node.operands.map((operand) => this.vector(operand))
    if (node.op === 'shl' || node.op === 'shr') operands[1] = this.shiftCount(node)
    return this.emit(node.op, operands, node.attrs, wide)
  }

  private outside(id: ValueId): boolean {
    return this.owner.definition(id) === undefined && !this.scalars.has(id)
  }

  private spreadOnce(id: ValueId): ValueId {
    const type = this.rewriter.machineType(id)
    const wide = this.rewriter.emit(this.target.before, 'splat', [id], { lanes: this.width }, machine(type.dtype, this.width))
    this.target.uniform.set(id, wide)
    return wide
  }

  private shiftCount(node: Node): ValueId {
    return this.scalar(node.operands[1]!)
  }

  /** A uniform value in every lane; the loop index plus the lane number. */
  private spread(scalar: ValueId, id: ValueId, wide: ReturnType<typeof machine>): ValueId {
    const splat = this.emit('splat', [scalar], { lanes: this.width }, wide)
    if (this.owner.step(id) !== 1) return splat
    const iota = this.emit('iota', [], { lanes: this.width }, machine('i32', this.width))
    return this.emit('add', [splat, iota], {}, wide)
  }
}
