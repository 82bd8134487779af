/** One matrix of a linear algebra op at one grid point: its operands, its results, and memory for doubles. */
import { attrAxes } from '../../../ir/op.ts'
import type { Node, ValueId } from '../../../ir/node.ts'
import type { Slot } from '../reduction-scheme.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { valueAs } from '../values.ts'
import { Doubles, Matrix } from './doubles.ts'

/** What the lowering of the region gives: where results go, and scratch memory of as many f32. */
export interface Memory {
  readonly slot: (result: ValueId) => Slot
  /** A product of the extents of these axes, an axis counting as often as it is named. */
  readonly scratch: (axes: readonly string[]) => KernelBuffer
}

export class LinearProblem {
  readonly ctx: RegionContext
  readonly node: Node
  readonly rows: string
  readonly columns: string
  private readonly memory: Memory
  private readonly env: Env

  constructor(ctx: RegionContext, node: Node, memory: Memory, env: Env) {
    this.ctx = ctx
    this.node = node
    this.memory = memory
    this.env = env
    const [rows = '', columns = ''] = attrAxes(node.attrs)
    this.rows = rows
    this.columns = columns
  }

  get b(): RegionContext['b'] {
    return this.ctx.b
  }

  extent(axis: string): ValueId {
    return this.ctx.extent(axis)
  }

  /** An element of operand `which`, as a double. */
  operand(which: number, at: Readonly<Record<string, ValueId>>): ValueId {
    const env = new Map([...this.env, ...Object.entries(at)])
    return this.b.convert(valueAs(this.ctx, this.node.operands[which]!, env, 'f32'), 'f64')
  }

  matrixElement(i: ValueId, j: ValueId): ValueId {
    return this.operand(0, { [this.rows]: i, [this.columns]: j })
  }

  /** Stores an element of a result, rounded to f32. */
  result(which: number, at: Readonly<Record<string, ValueId>>, value: ValueId): void {
    const slot = this.memory.slot(this.node.results[which]!.id)
    const env = new Map([...this.env, ...Object.entries(at)])
    this.b.store(slot.buffer.id, this.ctx.offset(slot.axes, env), this.b.convert(value, 'f32'))
  }

  column(axis: string): Doubles {
    return new Doubles(this.b, this.memory.scratch([axis]).id, this.memory.scratch([axis]).id)
  }

  matrix(rows: string, columns: string): Matrix {
    const axes = [rows, columns]
    const numbers = new Doubles(this.b, this.memory.scratch(axes).id, this.memory.scratch(axes).id)
    return new Matrix(this.b, numbers, this.extent(columns))
  }

  real(value: number | 'nan'): ValueId {
    return this.b.constant(value, 'f64')
  }

  /** A loop for its effects. */
  each(lo: ValueId, hi: ValueId, body: (index: ValueId) => void): void {
    this.b.for(lo, hi, [], (index) => {
      body(index)
      return []
    })
  }

  /** A loop from the last index down to 0. */
  eachDown(n: ValueId, body: (index: ValueId) => void): void {
    const last = this.b.op('sub', [n, this.b.i32(1)])
    this.each(this.b.i32(0), n, (step) => body(this.b.op('sub', [last, step])))
  }

  /** A loop for its effects, whose iterations do not need each other. */
  spread(lo: ValueId, hi: ValueId, body: (index: ValueId) => void): void {
    this.b.lanes(lo, hi, [], [], (index) => {
      body(index)
      return []
    })
  }

  /** All terms from lo up to hi. Where iterations run side by side, each adds its own in order; otherwise they share the work. */
  sum(lo: ValueId, hi: ValueId, term: (index: ValueId) => ValueId): ValueId {
    const { b } = this
    const start = [this.real(0)]
    const body = (index: ValueId, [total]: readonly ValueId[]): ValueId[] => [b.op('add', [total!, term(index)])]
    return (b.sideBySide ? b.for(lo, hi, start, body) : b.lanes(lo, hi, start, ['sum'], body))[0]!
  }

  /** `start` without every product from lo up to hi. */
  without(lo: ValueId, hi: ValueId, start: ValueId, product: (index: ValueId) => readonly [ValueId, ValueId]): ValueId {
    return this.b.op('sub', [start, this.sum(lo, hi, (index) => this.times(...product(index)))])
  }

  times(x: ValueId, y: ValueId): ValueId {
    return this.b.op('mul', [x, y])
  }

  next(index: ValueId): ValueId {
    return this.b.op('add', [index, this.b.i32(1)])
  }
}
