/** Where the rows of packed tensors in memory are, and how many entries each keeps. */
import type { ValueId } from '../../ir/node.ts'
import { rowAxes, type Packing } from '../../ir/types.ts'
import type { StoredRow } from './formats/format-lowering.ts'
import type { Storage } from './host-plan.ts'
import type { Env, RegionContext } from './region-context.ts'

export function packingOf(storage: Storage): Packing {
  const { packing } = storage.type
  if (packing === undefined) throw new Error('a packed tensor has a packing')
  return packing
}

/** The first entry of a ragged row, or the one behind the row before it. */
export function offsetAt(ctx: RegionContext, storage: Storage, row: ValueId): ValueId {
  const { id, readOnly } = ctx.buffer(storage.parts.offsets!, 'offsets')
  return ctx.b.convert(readOnly ? ctx.b.loadInvariant(id, row) : ctx.b.load(id, row), 'i32')
}

/** The row of a packed tensor in memory that is read at `env`. */
export function storedRow(ctx: RegionContext, tensor: ValueId, env: Env): StoredRow {
  const { b } = ctx
  const storage = ctx.plan.storageOf(tensor)
  const packing = packingOf(storage)
  const row = ctx.offset(rowAxes(storage.type.axes, packing), env)
  if (packing.exact) {
    const count = ctx.scalar(ctx.plan.keptOf(tensor), 'i32')
    return { storage, packing, row, start: b.op('mul', [row, count]), count }
  }
  const start = offsetAt(ctx, storage, row)
  const end = offsetAt(ctx, storage, b.op('add', [row, b.i32(1)]))
  return { storage, packing, row, start, count: b.op('sub', [end, start]) }
}
