/** Random bits at a position: the generator written out in integer operations, which run side by side in vectors. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes } from '../../ir/op.ts'
import { threefry, type Words } from '../../ir/threefry.ts'
import type { Env, RegionContext } from './region-context.ts'

export function randomBitsAt(ctx: RegionContext, node: Node, env: Env, seedAt: (id: ValueId) => ValueId): ValueId {
  const { b } = ctx
  const u32 = (value: number): ValueId => b.constant(value, 'u32')
  const words: Words<ValueId> = {
    add: (x, y) => b.op('add', [x, y]),
    xor: (x, y) => b.op('xor', [x, y]),
    rotate: (x, by) => b.op('or', [b.op('shl', [x, u32(by)]), b.op('shr', [x, u32(32 - by)])]),
    constant: u32,
  }
  const position = b.convert(ctx.offset(attrAxes(node.attrs), env), 'u32')
  const [seed, stream] = node.operands as [ValueId, ValueId]
  const bits = threefry(words, [position, u32(0)], [seedAt(seed), seedAt(stream)])
  return bits[node.attrs.word === 1 ? 1 : 0]
}
