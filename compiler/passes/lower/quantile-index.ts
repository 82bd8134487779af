/** `quantile_index` in a kernel: see the op for the rule about products that are nearly whole. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString } from '../../ir/op.ts'
import { nearlyWhole } from './nearly-whole.ts'
import type { RegionContext } from './region-context.ts'

const ROUNDING: Readonly<Record<string, string>> = { down: 'floor', up: 'ceil', even: 'round' }

/** `count` is an i32 machine value. */
export function quantileIndexAt(ctx: RegionContext, node: Node, count: ValueId): ValueId {
  const { b } = ctx
  const q = node.operands[1]!
  const gaps = b.convert(b.op('max', [b.op('sub', [count, b.i32(1)]), b.i32(0)]), 'f64')
  const product = b.op('mul', [gaps, ctx.scalar(q, 'f64')])
  const type = ctx.typeOf(q)
  const at = type.kind === 'scalar' && type.scalar === 'real' ? product : nearlyWhole(b, product)
  const round = attrString(node.attrs, 'round')
  if (round === 'fraction') return b.convert(b.op('sub', [at, b.op('floor', [at])]), 'f32')
  return b.convert(b.op(ROUNDING[round]!, [at]), 'i32')
}
