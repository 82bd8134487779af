/**
 * Packing one row that is the whole tensor, by many teams: each counts what a window keeps, and then each writes its window behind
 * those before it.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import type { Anchor } from '../fuse/anchors.ts'
import type { CountedWindows } from './keep-across.ts'
import { lowerings } from './formats/lowerings.ts'
import { maskAt } from './formats/kept-entries.ts'
import type { PackedRow } from './formats/format-lowering.ts'
import type { Storage } from './host-plan.ts'
import type { LoweredKernel } from './lowered-kernel.ts'
import { nest } from './nest.ts'
import type { RegionContext } from './region-context.ts'
import { packingOf } from './stored-row.ts'
import { widestLoop, windowCount, windowKernel } from './team-kernel.ts'

/** Formats whose rows can be written from any position on. */
const FROM_ANYWHERE: ReadonlySet<string> = new Set(['bitmap', 'indices', 'csr'])

/** Whether an anchor packs a whole tensor, element by element, and needs nothing else of its region. */
export function packsWhole({ node, flows }: Anchor, storage: Storage | undefined): boolean {
  const packing = storage?.type.packing
  if (node?.op !== 'pack' || flows.length > 0 || packing === undefined) return false
  return (
    FROM_ANYWHERE.has(packing.format.kind) && packing.inside === undefined && packing.over.length === storage!.type.axes.length
  )
}

/** `counted`: what is known of what the mask keeps. */
export function packAcross(
  make: () => RegionContext,
  node: Node,
  storage: Storage,
  counted: CountedWindows | null,
): readonly LoweredKernel[] {
  const first = make()
  const { plan } = first
  const { over } = packingOf(storage)
  const windows = windowCount(first, over)
  if (counted?.axes.join() === over.join()) return [storeKernel(first, node, storage, windows, counted.keptBefore)]
  const counts = plan.buffer('temp', 'i32', windows)
  const summed: CountedWindows['keptBefore'] = (ctx, window) => {
    const kept = ctx.buffer(counts, 'counts').id
    const { b } = ctx
    return b.lanes(b.i32(0), window, [b.i32(0)], ['sum'], (i, [sum]) => [b.op('add', [sum!, b.loadInvariant(kept, i)])])[0]!
  }
  return [countKernel(first, node, storage, windows, counts), storeKernel(make(), node, storage, windows, summed)]
}

const rowOf = (ctx: RegionContext, node: Node, storage: Storage, start: ValueId): PackedRow => ({
  node,
  storage,
  packing: packingOf(storage),
  row: ctx.b.i32(0),
  start,
  env: new Map(),
})

function countKernel(ctx: RegionContext, node: Node, storage: Storage, windows: ValueId, counts: ValueId): LoweredKernel {
  const { b } = ctx
  ctx.written.add(counts)
  return windowKernel(ctx, windows, (window) => {
    const row = rowOf(ctx, node, storage, b.i32(0))
    const none = { init: b.i32(0), combine: 'sum' as const }
    const [count] = nest(ctx, row.packing.over, row.env, [none], (at, [sum]) => [
      b.op('add', [sum!, b.convert(maskAt(ctx, row, at), 'i32')]),
    ])
    b.store(ctx.buffer(counts, 'counts').id, window, count!)
  })
}

function storeKernel(
  ctx: RegionContext,
  node: Node,
  storage: Storage,
  windows: ValueId,
  keptBefore: CountedWindows['keptBefore'],
): LoweredKernel {
  const { b } = ctx
  for (const part of Object.values(storage.parts)) ctx.written.add(part)
  return windowKernel(
    ctx,
    windows,
    (window) => {
      const start = keptBefore(ctx, window)
      const row = rowOf(ctx, node, storage, start)
      const count = lowerings[row.packing.format.kind].assemble(ctx, row)
      if (row.packing.exact) return
      const offsets = ctx.buffer(storage.parts.offsets!, 'offsets').id
      const isLast = b.op('eq', [b.op('add', [window, b.i32(1)]), ctx.scalar(windows, 'i32')])
      b.if(isLast, () => {
        b.store(offsets, b.i32(0), b.constant(0, 'u32'))
        b.store(offsets, b.i32(1), b.convert(b.op('add', [start, count]), 'u32'))
        return []
      })
    },
    { width: widestLoop(ctx) },
  )
}
