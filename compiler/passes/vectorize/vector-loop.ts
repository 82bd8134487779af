/** One `lanes` loop as loops over vectors and a remainder. */
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { machine, type MachineDType, type Type } from '../../ir/types.ts'
import { BodyWidener } from './body-widener.ts'
import type { LoopRewriter, Widening } from './loop-rewriter.ts'

/** Bodies up to this many nodes are latency bound as reductions and get several accumulators. */
const SHORT_BODY = 16
const INTERLEAVE = 4

interface Accumulator {
  readonly dtype: MachineDType
  readonly combine: string
  /** Collects bits in a scalar instead of one value per lane. */
  readonly bits: boolean
}

const IDENTITY: Readonly<Record<string, (dtype: MachineDType) => number | string>> = {
  sum: () => 0,
  max: (dtype) => (dtype === 'f32' ? '-inf' : dtype === 'i32' ? -(2 ** 31) : 0),
  min: (dtype) => (dtype === 'f32' ? 'inf' : dtype === 'i32' ? 2 ** 31 - 1 : 2 ** 32 - 1),
  and: (dtype) => (dtype === 'bool' ? 1 : -1),
  or: () => 0,
}
const OPERATION: Readonly<Record<string, string>> = { sum: 'add', max: 'max', min: 'min', and: 'and', or: 'or' }

/** Null when the body has no vector form. */
export function vectorLoop(rewriter: LoopRewriter, loop: Node, widening: Widening): readonly Node[] | null {
  const block = loop.regions[0]!
  const combine = loop.attrs.combine as readonly string[]
  if (combine.some((kind) => kind === 'none')) return null
  const widener = new BodyWidener(rewriter, block, widening)
  if (!widener.possible()) return null
  const accumulators = combine.map((kind, i) => ({
    combine: kind,
    dtype: rewriter.machineType(block.params[i + 1]!.id).dtype,
    bits: widener.bits.some((field) => field.carried === i),
  }))
  return new VectorLoop(rewriter, loop, widening.width, widener, accumulators).build()
}

class VectorLoop {
  private readonly rewriter: LoopRewriter
  private readonly loop: Node
  private readonly width: number
  private readonly widener: BodyWidener
  private readonly accumulators: readonly Accumulator[]
  private readonly nodes: Node[] = []
  private readonly uniform = new Map<ValueId, ValueId>()

  constructor(rewriter: LoopRewriter, loop: Node, width: number, widener: BodyWidener, accumulators: readonly Accumulator[]) {
    this.rewriter = rewriter
    this.loop = loop
    this.width = width
    this.widener = widener
    this.accumulators = accumulators
  }

  build(): readonly Node[] {
    const [lo, hi, ...init] = this.loop.operands as [ValueId, ValueId, ...ValueId[]]
    const block = this.loop.regions[0]!
    const interleave = this.accumulators.length > 0 && block.nodes.length <= SHORT_BODY ? INTERLEAVE : 1
    let vectors: readonly ValueId[] = this.accumulators.map((one) =>
      this.rewriter.constant(this.nodes, IDENTITY[one.combine]!(one.dtype), one.dtype, one.bits ? 1 : this.width),
    )
    let start = lo
    if (interleave > 1) {
      const end = this.wholeSteps(lo, hi, this.width * interleave)
      vectors = this.interleaved(start, end, vectors, interleave)
      start = end
    }
    const end = this.wholeSteps(lo, hi, this.width)
    const sums = this.vectorPart(start, end, vectors, 1)
    const totals = this.accumulators.map((one, i) => this.collapse(one, init[i]!, sums[i]!))
    const tail: Node = {
      ...this.loop,
      op: 'for',
      attrs: { step: 1 },
      operands: [end, hi, ...totals],
      regions: [this.rewriter.copy(block)],
    }
    return [...this.nodes, tail]
  }

  /** lo + (hi - lo) rounded down to a multiple of `step`; lo when there is nothing. */
  private wholeSteps(lo: ValueId, hi: ValueId, step: number): ValueId {
    const i32 = machine('i32')
    const { rewriter, nodes } = this
    const length = rewriter.emit(nodes, 'sub', [hi, lo], {}, i32)
    const some = rewriter.emit(nodes, 'max', [length, rewriter.constant(nodes, 0, 'i32')], {}, i32)
    const whole = rewriter.emit(nodes, 'and', [some, rewriter.constant(nodes, -step, 'i32')], {}, i32)
    return rewriter.emit(nodes, 'add', [lo, whole], {}, i32)
  }

  private vectorPart(lo: ValueId, hi: ValueId, init: readonly ValueId[], copies: number): readonly ValueId[] {
    const types: Type[] = init.map((id) => this.rewriter.typeOf(id))
    const index = { id: this.rewriter.fresh(machine('i32')), type: machine('i32'), name: 'i' }
    const carried = types.map((type, i) => ({ id: this.rewriter.fresh(type), type, name: `c${i}` }))
    const nodes: Node[] = []
    const target = { before: this.nodes, body: nodes, uniform: this.uniform }
    const perCopy = this.accumulators.length
    const yields: ValueId[] = []
    for (let copy = 0; copy < copies; copy++) {
      const offset = copy === 0 ? index.id : this.advance(nodes, index.id, copy * this.width)
      const own = carried.slice(copy * perCopy, (copy + 1) * perCopy).map((param) => param.id)
      yields.push(...this.widener.widen(target, offset, own))
    }
    const body: Block = { params: [index, ...carried], nodes, yields }
    const node = this.rewriter.node('for', [lo, hi, ...init], { step: this.width * copies }, types, [body])
    this.nodes.push(node)
    return node.results.map((result) => result.id)
  }

  private advance(into: Node[], index: ValueId, by: number): ValueId {
    return this.rewriter.emit(into, 'add', [index, this.rewriter.constant(into, by, 'i32')], {}, machine('i32'))
  }

  /** Several vectors per step, each with accumulators of its own, merged pairwise. */
  private interleaved(lo: ValueId, hi: ValueId, identities: readonly ValueId[], copies: number): readonly ValueId[] {
    const init = Array.from({ length: copies }, () => identities).flat()
    const results = this.vectorPart(lo, hi, init, copies)
    return this.accumulators.map((one, i) => {
      let parts = Array.from({ length: copies }, (_, copy) => results[copy * this.accumulators.length + i]!)
      while (parts.length > 1) {
        const next: ValueId[] = []
        for (let j = 0; j < parts.length; j += 2) next.push(this.merge(one, parts[j]!, parts[j + 1]!))
        parts = next
      }
      return parts[0]!
    })
  }

  private merge(one: Accumulator, x: ValueId, y: ValueId): ValueId {
    return this.rewriter.emit(this.nodes, OPERATION[one.combine]!, [x, y], {}, this.rewriter.typeOf(x))
  }

  private collapse(one: Accumulator, init: ValueId, vector: ValueId): ValueId {
    if (one.bits) return this.merge(one, init, vector)
    const total = this.rewriter.emit(this.nodes, 'lane_reduce', [vector], { kind: one.combine }, machine(one.dtype))
    return this.merge(one, init, total)
  }
}
