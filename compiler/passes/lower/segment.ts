/**
 * `segment`: cells in memory, set to the identity, then one sequential walk over the elements. Rows inside of the axes that are
 * walked lie side by side in memory and are independent, so they are the innermost loop.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE } from '../../ir/op.ts'
import { computeDType } from '../../ir/types.ts'
import { nest } from './nest.ts'
import { identityConstant, type Slot } from './reduction-scheme.ts'
import { valueAs } from './values.ts'
import type { Env, RegionContext } from './region-context.ts'

type ComputeDType = 'f32' | 'i32' | 'u32' | 'bool'

const UPDATES: Readonly<Record<string, string>> = { sum: 'add', count: 'add', max: 'max', min: 'min', any: 'or', all: 'and' }

export function emitSegment(ctx: RegionContext, node: Node, slot: Slot, grid: readonly string[], env: Env): void {
  const { b } = ctx
  const into = attrString(node.attrs, 'into')
  const [x = NONE, at = NONE, where = NONE] = node.operands
  const kind = attrString(node.attrs, 'kind')
  const dtype = computeDType(ctx.tensorType(node.results[0]!.id).dtype)
  const own = ctx.axesOf(node.results[0]!.id)
  const domain = [...new Set([...ctx.axesOf(x), ...ctx.axesOf(at), ...ctx.axesOf(where)])]
  const reduced = domain.filter((axis) => attrAxes(node.attrs).includes(axis))
  const rows = own.filter((axis) => axis !== into && !grid.includes(axis))
  nest(ctx, [into, ...rows], env, [], (cell) => {
    b.store(slot.buffer.id, ctx.offset(slot.axes, cell), identityConstant(ctx, node))
    return []
  })
  const add = (here: Env, cell: ValueId, inner: readonly string[]): void => {
    nest(ctx, inner, here, [], (element) => {
      const index = ctx.offset(slot.axes, new Map(element).set(into, cell))
      const before = b.load(slot.buffer.id, index)
      b.store(slot.buffer.id, index, b.op(UPDATES[kind]!, [before, elementAt(ctx, x, kind, dtype, element)]))
      return []
    })
  }
  // Which cell it is, and whether at all, is asked before the loops over rows where these do not decide it.
  const decides = [...ctx.axesOf(at), ...ctx.axesOf(where)]
  const [outer, inner] = rows.some((axis) => decides.includes(axis)) ? [[...reduced, ...rows], []] : [reduced, rows]
  const visit = (here: Env): readonly ValueId[] => {
    const cell = valueAs(ctx, at, here, 'i32')
    const inside = b.op('and', [b.op('ge', [cell, b.i32(0)]), b.op('lt', [cell, ctx.extent(into)])])
    const takesPart = where === NONE ? inside : b.op('and', [inside, valueAs(ctx, where, here, 'bool')])
    b.if(takesPart, () => {
      add(here, cell, inner)
      return []
    })
    return []
  }
  nest(ctx, outer, env, [], visit, { sequential: true })
}

function elementAt(ctx: RegionContext, x: ValueId, kind: string, dtype: ComputeDType, env: Env): ValueId {
  return kind === 'count' ? ctx.b.convert(valueAs(ctx, x, env, 'bool'), 'i32') : valueAs(ctx, x, env, dtype)
}
