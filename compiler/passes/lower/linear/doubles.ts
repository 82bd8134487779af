/**
 * Numbers of double precision in memory. Buffers hold no f64, and later targets have no such memory: a number is stored as the
 * nearest f32 and the nearest f32 of what that leaves, 48 bits together. What is beyond f32 is stored as an infinity.
 */
import type { ValueId } from '../../../ir/node.ts'
import type { KernelBuilder } from '../kernel-builder.ts'

export class Doubles {
  private readonly b: KernelBuilder
  private readonly high: ValueId
  private readonly low: ValueId

  constructor(b: KernelBuilder, high: ValueId, low: ValueId) {
    this.b = b
    this.high = high
    this.low = low
  }

  load(index: ValueId): ValueId {
    const { b } = this
    return b.op('add', [b.convert(b.load(this.high, index), 'f64'), b.convert(b.load(this.low, index), 'f64')])
  }

  store(index: ValueId, value: ValueId): void {
    const { b } = this
    const high = b.convert(value, 'f32')
    const low = b.convert(b.op('sub', [value, b.convert(high, 'f64')]), 'f32')
    const isFinite = b.op('eq', [b.op('sub', [high, high]), b.f32(0)])
    b.store(this.high, index, high)
    b.store(this.low, index, b.op('select', [isFinite, low, b.f32(0)]))
  }
}

/** A matrix of doubles, row-major. */
export class Matrix {
  private readonly b: KernelBuilder
  private readonly numbers: Doubles
  private readonly columns: ValueId

  constructor(b: KernelBuilder, numbers: Doubles, columns: ValueId) {
    this.b = b
    this.numbers = numbers
    this.columns = columns
  }

  get(i: ValueId, j: ValueId): ValueId {
    return this.numbers.load(this.place(i, j))
  }

  set(i: ValueId, j: ValueId, value: ValueId): void {
    this.numbers.store(this.place(i, j), value)
  }

  private place(i: ValueId, j: ValueId): ValueId {
    return this.b.op('add', [this.b.op('mul', [i, this.columns]), j])
  }
}
