/** A word whose bits say something of 32 neighbours, as each of them sees it. */
import type { ValueId } from '../../ir/node.ts'
import type { KernelBuilder } from './kernel-builder.ts'

/** The bit of the neighbour at a place in the word. */
export const bitAt = (b: KernelBuilder, place: ValueId): ValueId => b.op('shl', [b.constant(1, 'u32'), b.convert(place, 'u32')])

export const hasBit = (b: KernelBuilder, word: ValueId, bit: ValueId): ValueId =>
  b.op('ne', [b.op('and', [word, bit]), b.constant(0, 'u32')])

/** How many bits are set, as an i32. */
export const bitCount = (b: KernelBuilder, word: ValueId): ValueId => b.convert(b.op('popcount', [word]), 'i32')

/** How many are set below a bit. */
export const bitsBelow = (b: KernelBuilder, word: ValueId, bit: ValueId): ValueId =>
  bitCount(b, b.op('and', [word, b.op('sub', [bit, b.constant(1, 'u32')])]))
