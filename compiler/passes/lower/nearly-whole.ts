/** A product of a whole number and an exact ratio in f64: what is within 2^-50 of a whole number, relatively, is that number. */
import type { ValueId } from '../../ir/node.ts'
import type { KernelBuilder } from './kernel-builder.ts'

export function nearlyWhole(b: KernelBuilder, product: ValueId): ValueId {
  const whole = b.op('round', [product])
  const distance = b.op('abs', [b.op('sub', [product, whole])])
  const isNear = b.op('le', [distance, b.op('mul', [product, b.constant(2 ** -50, 'f64')])])
  return b.op('select', [isNear, whole, product])
}
