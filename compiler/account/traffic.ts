/**
 * How much of one buffer a kernel moves, from the loops around its accesses. What is touched again while it still fits in
 * RESIDENT_BYTES is not moved again; a loop that does not move an address repeats everything below it that does not fit.
 */
import { multiply, ONE, product, smaller, subtract, sum, ZERO, type Quantity } from './quantity.ts'
import type { Access, Loop } from './walks.ts'

/** What is assumed to stay in a cache between two uses: a row, a tile, a table of counters. */
export const RESIDENT_BYTES = 256 * 1024

export interface BufferTraffic {
  /** Elements that are touched at all. */
  readonly touched: { readonly read: Quantity; readonly write: Quantity }
  /** Elements that go over the bus. */
  readonly moved: { readonly read: Quantity; readonly write: Quantity }
}

export interface BufferShape {
  readonly length: Quantity
  readonly bytesPerElement: number
}

type Way = Access['way']

/** Accesses side by side: one pass over what they touch together. */
interface Pass {
  readonly way: Way
  readonly loops: readonly Loop[]
  readonly moving: ReadonlySet<Loop>
  readonly touched: Quantity
  readonly moved: Quantity
}

/** `accesses`: those of one buffer, in program order. */
export function trafficOf(accesses: readonly Access[], shape: BufferShape): BufferTraffic {
  const passes = passesOf(accesses, shape)
  const moved: Record<Way, Quantity> = { read: ZERO, write: ZERO }
  for (const [at, pass] of passes.entries()) {
    const served = passes.slice(0, at).filter((other) => serves(other, pass, shape))
    const more = served.length === 0 ? pass.moved : beyond(pass.touched, served)
    moved[pass.way] = sum([moved[pass.way], more])
  }
  const largest = (way: Way): Quantity =>
    passes.filter((pass) => pass.way === way).reduce((most, { touched }) => (touched.value > most.value ? touched : most), ZERO)
  return { touched: { read: largest('read'), write: largest('write') }, moved }
}

/** What earlier passes have not touched yet. */
function beyond(touched: Quantity, served: readonly Pass[]): Quantity {
  const most = served.reduce((known, pass) => (pass.touched.value > known.value ? pass.touched : known), ZERO)
  return most.value >= touched.value ? ZERO : subtract(touched, most)
}

function passesOf(accesses: readonly Access[], shape: BufferShape): readonly Pass[] {
  const groups = new Map<string, Access[]>()
  for (const access of accesses) {
    const key = `${access.way} ${access.block}`
    groups.set(key, [...(groups.get(key) ?? []), access])
  }
  return [...groups.values()].map((group) => {
    const addresses = [...new Map(group.map((access) => [access.index, access])).values()]
    const { way, loops } = group[0]!
    const moving = new Set(group.flatMap((access) => [...access.moving]))
    const touched = atMost(sum(addresses.map((access) => footprint(access, loops, shape.length))), shape.length)
    const repeats = repeatsOf(loops, moving, shape)
    return { way, loops, moving, touched, moved: multiply(touched, repeats) }
  })
}

/** Elements that the given loops make of an address; the whole buffer where a trip count is not known. */
function footprint({ moving }: Pick<Access, 'moving'>, loops: readonly Loop[], length: Quantity): Quantity {
  const trips = loops.filter((loop) => moving.has(loop)).map((loop) => loop.trips)
  return trips.some(({ value }) => Number.isNaN(value)) ? length : product(trips)
}

const atMost = (touched: Quantity, length: Quantity): Quantity => smaller(length, touched)

/** The product of the loops that walk again over more than what stays resident. */
function repeatsOf(loops: readonly Loop[], moving: ReadonlySet<Loop>, shape: BufferShape): Quantity {
  const repeating = loops.filter((loop, depth) => {
    if (moving.has(loop)) return false
    return !fits(insideOf(loops, depth + 1, moving, shape), shape)
  })
  return repeating.reduce((times, { trips }) => multiply(times, trips), ONE)
}

/** What the loops from one depth inwards touch, with those around them standing still. */
function insideOf(loops: readonly Loop[], depth: number, moving: ReadonlySet<Loop>, { length }: BufferShape): number {
  const count = (some: readonly Loop[]): number =>
    product(some.filter((loop) => moving.has(loop)).map((loop) => loop.trips)).value
  const inside = count(loops.slice(depth))
  if (!Number.isNaN(inside)) return Math.min(inside, length.value)
  const outside = count(loops.slice(0, depth))
  return Number.isNaN(outside) ? length.value : length.value / Math.max(1, outside)
}

const fits = (elements: number, { bytesPerElement }: BufferShape): boolean => elements * bytesPerElement <= RESIDENT_BYTES

/** Whether what a pass touches is still there from an earlier one: both are small inside the loops that they share. */
function serves(earlier: Pass, later: Pass, shape: BufferShape): boolean {
  if (earlier.way === 'read' && later.way === 'write') return false
  const apart = earlier.loops.findIndex((loop, depth) => later.loops[depth] !== loop)
  const shared = apart < 0 ? Math.min(earlier.loops.length, later.loops.length) : apart
  return [earlier, later].every(({ loops, moving }) => fits(insideOf(loops, shared, moving, shape), shape))
}
