/** Where the rows of packed tensors in memory are, and how many entries each keeps. */
import type { ValueId } from '../../ir/node.ts'
import { rowAxes, type Packing } from '../../ir/types.ts'
import type { RowPlace, StoredRow } from './formats/format-lowering.ts'
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

/** Where the row of a packed tensor in memory begins that is read at `env`. */
export function rowPlace(ctx: RegionContext, tensor: ValueId, env: Env): RowPlace {
  const storage = ctx.plan.storageOf(tensor)
  const packing = packingOf(storage)
  const row = ctx.offset(rowAxes(storage.type.axes, packing), env)
  const start = packing.exact ? ctx.b.op('mul', [row, keptIn(ctx, tensor)]) : offsetAt(ctx, storage, row)
  return { storage, packing, row, start }
}

/** The row of a packed tensor in memory that is read at `env`. */
export function storedRow(ctx: RegionContext, tensor: ValueId, env: Env): StoredRow {
  const { b } = ctx
  const place = rowPlace(ctx, tensor, env)
  if (place.packing.exact) return { ...place, count: keptIn(ctx, tensor) }
  const end = offsetAt(ctx, place.storage, b.op('add', [place.row, b.i32(1)]))
  return { ...place, count: b.op('sub', [end, place.start]) }
}

const keptIn = (ctx: RegionContext, tensor: ValueId): ValueId => ctx.scalar(ctx.plan.keptOf(tensor), 'i32')
