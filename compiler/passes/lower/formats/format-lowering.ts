/**
 * What a storage format is to lowering: how a row of it is written, and how the kept entries of a stored row are visited.
 * What formats share - clearing, offsets, copying - is in `../pack.ts`.
 */
import type { Node, ValueId } from '../../../ir/node.ts'
import type { Format, Packing } from '../../../ir/types.ts'
import type { HostPlan, Storage } from '../host-plan.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'

/** The packing of a tensor whose format is known. */
export type PackingOf<F extends Format> = Packing & { readonly format: F }

/** A row that is being packed. */
export interface PackedRow<F extends Format = Format> {
  readonly node: Node
  readonly storage: Storage
  readonly packing: PackingOf<F>
  /** Number of the row, and where its first entry is in `values`. */
  readonly row: ValueId
  readonly start: ValueId
  readonly env: Env
}

/** A packed row in memory. */
export interface StoredRow<F extends Format = Format> {
  readonly storage: Storage
  readonly packing: PackingOf<F>
  readonly row: ValueId
  readonly start: ValueId
  /** Kept entries. */
  readonly count: ValueId
}

/** Called with the position in the row, the place among all entries, and what is carried; gives what is carried on. */
export type VisitEntry = (position: ValueId, place: ValueId, carried: readonly ValueId[]) => readonly ValueId[]

/** Where a packed row in memory begins. */
export type RowPlace<F extends Format = Format> = Omit<StoredRow<F>, 'count'>

export interface FormatLowering<F extends Format = Format> {
  /** Writes the kept entries of a row and where they belong; gives how many there are. */
  assemble(ctx: RegionContext, row: PackedRow<F>): ValueId
  /** Visits the kept entries of a stored row, in order; gives what is carried in the end. */
  visit(ctx: RegionContext, row: StoredRow<F>, init: readonly ValueId[], each: VisitEntry): readonly ValueId[]
  /** Of formats that tell where an element is without visiting others: the element at a place of the row, 0 where none is kept. */
  at?(ctx: RegionContext, row: RowPlace<F>, index: ValueId): ValueId
  /** Of such formats: how rows are copied to memory of a team. */
  readonly fetch?: FetchLowering<F>
}

export interface FetchLowering<F extends Format = Format> {
  /** Words of a row. */
  words(ctx: RegionContext, row: Pick<RowPlace<F>, 'packing'>): ValueId
  /** Starts to copy the rows from one up to another, at most `rows`; gives whether they will be there. */
  start(ctx: RegionContext, scratch: ValueId, from: RowPlace<F>, to: RowPlace<F>, rows: ValueId): ValueId
  /** Whether they would be, as far as room is concerned. */
  fits(ctx: RegionContext, scratch: ValueId, from: RowPlace<F>, to: RowPlace<F>, rows: ValueId): ValueId
  /** Host scalar: words of memory for so many rows, with as many elements as they usually keep. */
  room(plan: HostPlan, storage: Storage, packing: PackingOf<F>, rows: ValueId): ValueId
}

/** Loops over entries; where nothing is carried they need no order. */
export function forEntries(
  { b, execution }: RegionContext,
  lo: ValueId,
  hi: ValueId,
  init: readonly ValueId[],
  body: (index: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
): readonly ValueId[] {
  return init.length === 0 && execution === 'team' ? b.lanes(lo, hi, [], [], body) : b.for(lo, hi, init, body)
}

/** A part of the stored tensor as a kernel parameter. */
export const part = (ctx: RegionContext, storage: Storage, name: string): KernelBuffer =>
  ctx.buffer(storage.parts[name] as ValueId, name)
