/**
 * Packing and unpacking, one row per grid point: where a row starts, and what every format has in common. How entries are
 * found and where they are recorded is the format's business (`formats/`).
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes } from '../../ir/op.ts'
import { computeDType, rowAxes } from '../../ir/types.ts'
import { lowerings } from './formats/lowerings.ts'
import type { Storage } from './host-plan.ts'
import { nest } from './nest.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'
import { offsetAt, packingOf, storedRow } from './stored-row.ts'
import { gatheredPlace } from './values.ts'

/** Writes one row of a packed tensor. Ragged rows follow one another, so they are visited in their order. */
export function emitPack(ctx: RegionContext, node: Node, storage: Storage, env: Env): void {
  const { b } = ctx
  const packing = packingOf(storage)
  const row = ctx.offset(rowAxes(storage.type.axes, packing), env)
  const start = packing.exact ? b.op('mul', [row, ctx.scalar(storage.kept, 'i32')]) : offsetAt(ctx, storage, row)
  const count = lowerings[packing.format.kind].assemble(ctx, { node, storage, packing, row, start, env })
  if (packing.exact) return
  const offsets = ctx.buffer(storage.parts.offsets!, 'offsets').id
  b.store(offsets, b.op('add', [row, b.i32(1)]), b.convert(b.op('add', [start, count]), 'u32'))
}

/**
 * Reads a packed row into a dense scratch row of the dtype it is computed in, zeros where nothing was kept: cleared first,
 * then only what is stored is written.
 */
export function emitUnpack(ctx: RegionContext, node: Node, scratch: KernelBuffer, env: Env): void {
  const { b } = ctx
  const [tensor, ...positions] = node.operands as [ValueId, ...ValueId[]]
  const { over, inside = [] } = packingOf(ctx.plan.storageOf(tensor))
  const within = [...over, ...inside]
  clear(ctx, scratch, within)
  if (positions.length === 0) decodeRow(ctx, tensor, scratch, env)
  else {
    const { source, inside: isRow } = gatheredPlace(ctx, positions, attrAxes(node.attrs), env)
    if (isRow === null) decodeRow(ctx, tensor, scratch, source)
    else b.guardedEffects(isRow, () => decodeRow(ctx, tensor, scratch, source))
  }
  ctx.available.set(node.results[0]!.id, (at) => b.load(scratch.id, ctx.offset(within, at)))
}

function decodeRow(ctx: RegionContext, tensor: ValueId, scratch: KernelBuffer, env: Env): void {
  const { b } = ctx
  const stored = storedRow(ctx, tensor, env)
  const { inside = [], format } = stored.packing
  const entry = ctx.size(inside)
  const values = ctx.values(stored.storage, `t${tensor}`).id
  lowerings[format.kind].visit(ctx, stored, [], (position, place) => {
    const [to, from] = [b.op('mul', [position, entry]), b.op('mul', [place, entry])]
    nest(ctx, inside, new Map(), [], (at) => {
      const element = ctx.offset(inside, at)
      b.store(scratch.id, b.op('add', [to, element]), b.loadInvariant(values, b.op('add', [from, element])))
      return []
    })
    return []
  })
}

function clear(ctx: RegionContext, row: KernelBuffer, axes: readonly string[]): void {
  const { b } = ctx
  const n = ctx.size(axes)
  const zero = b.constant(0, computeDType(row.dtype))
  b.lanes(b.i32(0), n, [], [], (i) => {
    b.store(row.id, i, zero)
    return []
  })
}
