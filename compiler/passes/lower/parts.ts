/**
 * Reductions over more than the points of a grid can keep busy: the elements of each are shared out among parts, which are points
 * of their own. What a part found is stored, part by part, and a second kernel joins it.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, NONE } from '../../ir/op.ts'
import { longestExtent } from '../../ir/pinned-extent.ts'
import type { Anchor } from '../fuse/anchors.ts'
import type { HostPlan } from './host-plan.ts'
import type { ParallelGrid } from './parallel-grid.ts'
import { isArg, isDeviation, schemeOf } from './reduction-scheme.ts'
import type { Env, RegionContext } from './region-context.ts'

type PartDType = 'f32' | 'i32' | 'u32'

/** One number of each part of a reduction, behind those of other reductions: all of the first part, all of the second, … */
export interface PartSlot {
  readonly buffer: ValueId // of the host
  /** Host scalar: where the first part starts. */
  readonly start: ValueId
  readonly axes: readonly string[]
}

export interface Split {
  readonly anchors: readonly Anchor[]
  /** Host scalar: how many parts there are, at least 1. */
  readonly count: ValueId
  /** Neighbouring points of a thread, where the last axis of the points is a multiple of them. */
  readonly columns: number
  /** Host scalar: 1 where it is, else 0. */
  readonly inColumns: ValueId
  /** Host scalar: elements of a part, by the reduced axes. */
  readonly lengths: ReadonlyMap<string, ValueId>
  /** Whether reductions are known to be short: worth no parts of their own, but maybe parts that are joined at once. */
  readonly isShort: boolean
  /** Whether reductions may wait for each other, and are short. */
  readonly inTurn: boolean
  /** Threads that share a point, where they do. */
  readonly sharers: number
  /** What is stored of each part, by the value of the reduction. */
  readonly slots: ReadonlyMap<ValueId, readonly PartSlot[]>
}

/**
 * A kernel that computes parts, at one of them; one that joins them, whose threads may share its points; or one whose threads have a
 * part each and join them at once.
 */
export interface Stage {
  readonly split: Split
  /** The part that is computed; null: parts are joined. */
  readonly part: ValueId | null
  /** Which of the threads that share a point; null: it is the work of one, or of a team. */
  readonly sharer: ValueId | null
}

/** Whether threads that share a point compute a part each. */
export const isAtOnce = (stage: Stage | null): stage is Stage => stage !== null && stage.part !== null && stage.sharer !== null

/**
 * Parts that are joined at once: by so many threads that share a point, of at most so many elements in all, where so many threads would
 * have the points. More threads a point take less time for their elements and more for what they combine.
 */
export const AT_ONCE = {
  ofFew: { sharers: 32, longest: 2048, from: 0, below: 2 ** 13 },
  ofMany: { sharers: 8, longest: 1024, from: 2 ** 13, below: 2 ** 15 },
}
/** Threads that share a point where they join parts which other threads computed. */
const JOINERS = 32
/** Where reductions wait for each other: elements that every point takes in for itself, though many points have them in common. */
const IN_TURN = { ...AT_ONCE.ofMany, longest: 128, from: 0 }

/**
 * Threads that keep a large device busy, and teams. Fewer elements than `least` are not worth a part: fewer still where threads that
 * share points join them.
 */
const THREADS = { atWork: 2 ** 17, most: 4096, least: 256 }
const SHARED = { ...THREADS, least: 64 }
const TEAMS = { atWork: 1024, most: 1024, least: 4096 }

/** Elements of a part are a multiple of this: what a thread reads at once, what memory is read in. */
const ALIGNED = 32

/** More would not fit in registers. */
const MOST_COLUMNS = 4

/** Rows that are known to be of at most so many elements stay whole, unless parts of them can be joined at once. */
const SHORT = 1024
/** Those that stay whole in any case. */
const SHORTEST = 64

/** What of a region's reductions can be shared out, or null: nothing may wait for them but what leaves their axes alone. */
export function splitOf(
  ctx: RegionContext,
  schedule: ParallelGrid,
  anchors: readonly Anchor[],
  columnBytes: number,
): Split | null {
  if (schedule.window !== null || schedule.ordered.length > 0) return null
  const own = new Set(anchors.map((anchor) => anchor.value))
  const split = anchors.filter(({ node, flows }) => node?.op === 'reduce' && flows.every(({ from }) => !own.has(from)))
  const { plan } = ctx
  const most = Math.max(0, ...split.map(({ node }) => mostOf(plan, node!)))
  const isShort = most <= SHORT
  if (most <= SHORTEST || (isShort && (columnBytes === 0 || schedule.execution === 'team'))) return null
  const reduced = new Set(split.flatMap(({ node }) => [...attrAxes(node!.attrs)]))
  const fits = ({ role, node, iteration }: Anchor): boolean =>
    role.kind !== 'rows' && node?.op !== 'fold_softmax' && !iteration.some((axis) => reduced.has(axis))
  if (!anchors.every((anchor) => split.includes(anchor) || fits(anchor))) return null
  const sizes = new Map(split.map(({ node }) => [keyOf(node!), plan.product(attrAxes(node!.attrs))]))
  const longest = [...sizes.values()].reduce((x, y) => plan.scalar('max', [x, y]))
  const columns = schedule.execution === 'team' || schedule.points.length === 0 ? 1 : columnsOf(ctx, split, columnBytes)
  const inColumns = isMultiple(plan, plan.product(schedule.points.slice(-1)), columns)
  const each = plan.scalar('add', [plan.scalar('mul', [inColumns, plan.int(columns - 1)]), plan.int(1)])
  const points = plan.scalar('floordiv', [plan.product(schedule.points), each])
  const kind = schedule.execution === 'team' ? TEAMS : columnBytes > 0 ? SHARED : THREADS
  const count = partCount(plan, points, longest, kind)
  const lengths = [...sizes].map(([key, size]) => [key, aligned(plan, ceilDivide(plan, size, count))] as const)
  const slots = isShort ? new Map() : slotsOf(ctx, split, count)
  return { anchors: split, count, columns, inColumns, lengths: new Map(lengths), isShort, inTurn: false, sharers: JOINERS, slots }
}

/** Elements that one result of a reduction is made of at most, as far as that is known. */
const mostOf = ({ func }: HostPlan, node: Node): number =>
  attrAxes(node.attrs).reduce((size, axis) => size * longestExtent(func, axis), 1)

/** The same in as many parts as threads share a point; null where one of them cannot say what the others need to know. */
export function splitAtOnce(
  { plan }: RegionContext,
  split: Split,
  { points }: ParallelGrid,
  anchors: readonly Anchor[],
  sharers: number,
): Split | null {
  const isJoined = (anchor: Anchor): boolean => anchor.flows.length === 0 && isPlain(anchor, points)
  const isSplit = (anchor: Anchor): boolean => split.anchors.includes(anchor)
  if (points.length === 0 || !anchors.every((anchor) => (isSplit(anchor) ? isJoined(anchor) : isStored(anchor, anchors))))
    return null
  const count = plan.int(sharers)
  const lengths = split.anchors.map(({ node }) => {
    const size = plan.product(attrAxes(node!.attrs))
    return [keyOf(node!), ceilDivide(plan, size, count)] as const
  })
  return { ...split, count, sharers, lengths: new Map(lengths), slots: new Map() }
}

/** Reductions whose parts are joined by their operation, each to a number of a point. */
const isPlain = ({ node, axes }: Anchor, points: readonly string[]): boolean =>
  node?.op === 'reduce' &&
  axes.every((axis) => points.includes(axis)) &&
  !isArg(node) &&
  !isDeviation(node) &&
  node.attrs.kind !== 'product' &&
  (node.operands[2] ?? NONE) === NONE

/** Whether threads that share points can join parts: of numbers of points, by operations that threads combine with. */
export const canShareJoin = ({ points }: ParallelGrid, split: Split, anchors: readonly Anchor[]): boolean =>
  points.length > 0 &&
  anchors.every((anchor) =>
    split.anchors.includes(anchor)
      ? anchor.node!.attrs.kind !== 'product' && anchor.axes.every((axis) => points.includes(axis))
      : isStored(anchor, anchors) && anchor.iteration.every((axis) => points.includes(axis)),
  )

/** Results that are stored for nobody in the region. */
const isStored = ({ value, role }: Anchor, anchors: readonly Anchor[]): boolean =>
  role.kind === 'point' && anchors.every(({ flows }) => flows.every(({ from }) => from !== value))

/** The same for reductions that may wait for each other: threads join those of one, and go on to the next. */
export function splitInTurn(
  ctx: RegionContext,
  { points, ordered, execution, window }: ParallelGrid,
  anchors: readonly Anchor[],
  columnBytes: number,
): Split | null {
  const { plan } = ctx
  const last = points.at(-1)
  const split = anchors.filter((anchor) => isPlain(anchor, points))
  const fits = (anchor: Anchor): boolean =>
    (isStored(anchor, anchors) || split.includes(anchor)) &&
    anchor.flows.every(({ moved }) => moved.length === 0) &&
    (anchor.role.kind !== 'reduce' || anchor.role.inner.every((axis) => !points.includes(axis)))
  if (execution !== 'threads' || window !== null || ordered.length > 0 || last === undefined || !anchors.every(fits)) return null
  const columns = columnsOf(
    ctx,
    split.filter(({ axes }) => axes.includes(last)),
    columnBytes,
  )
  const { sharers } = IN_TURN
  const count = plan.int(sharers)
  const lengths = split.map(({ node }) => [keyOf(node!), ceilDivide(plan, plan.product(attrAxes(node!.attrs)), count)] as const)
  const inColumns = isMultiple(plan, plan.product([last]), columns)
  return {
    anchors: split,
    count,
    columns,
    inColumns,
    lengths: new Map(lengths),
    isShort: true,
    inTurn: true,
    sharers,
    slots: new Map(),
  }
}

/** Host scalar: 1 where points are few and reductions short enough for that, else 0. */
export function worthAtOnce(
  { plan }: RegionContext,
  { anchors, columns, inColumns }: Split,
  points: ValueId,
  { longest: most, from, below }: typeof IN_TURN = IN_TURN,
): ValueId {
  const longest = anchors.map(({ node }) => plan.product(attrAxes(node!.attrs))).reduce((x, y) => plan.scalar('max', [x, y]))
  const isLong = plan.isMore(longest, most)
  const threads = plan.scalar('floordiv', [points, plan.int(columns)])
  const isFew = plan.not(plan.isMore(threads, below - 1))
  const isEnough = from === 0 ? isFew : plan.scalar('mul', [isFew, plan.isMore(threads, from - 1)])
  return plan.scalar('mul', [plan.scalar('mul', [plan.not(isLong), isEnough]), inColumns])
}

/** As many columns as the narrowest of what is read has in so many bytes. */
function columnsOf(ctx: RegionContext, anchors: readonly Anchor[], bytes: number): number {
  const read = anchors.flatMap((anchor) => [...anchor.reads].map((id) => dtypeBytes(ctx.tensorType(id).dtype)))
  return Math.max(1, Math.min(MOST_COLUMNS, bytes / Math.min(4, ...read)))
}

/** Host scalar: 1 where `value` is a multiple, else 0. */
const isMultiple = (plan: HostPlan, value: ValueId, of: number): ValueId => {
  const rest = plan.scalar('sub', [value, plan.scalar('mul', [plan.scalar('floordiv', [value, plan.int(of)]), plan.int(of)])])
  return plan.not(plan.scalar('min', [rest, plan.int(1)]))
}

const keyOf = (node: Node): string => [...attrAxes(node.attrs)].sort().join()

/** From extents alone, so that results are the same on every device. */
function partCount(plan: HostPlan, points: ValueId, longest: ValueId, { atWork, most, least }: typeof THREADS): ValueId {
  const wanted = ceilDivide(plan, plan.int(atWork), plan.scalar('max', [points, plan.int(1)]))
  const worth = plan.ceilDiv(longest, least)
  return plan.scalar('max', [plan.scalar('min', [plan.scalar('min', [wanted, worth]), plan.int(most)]), plan.int(1)])
}

const ceilDivide = (plan: HostPlan, x: ValueId, y: ValueId): ValueId =>
  plan.scalar('floordiv', [plan.scalar('add', [x, plan.scalar('sub', [y, plan.int(1)])]), y])

const aligned = (plan: HostPlan, length: ValueId): ValueId =>
  plan.scalar('mul', [plan.ceilDiv(length, ALIGNED), plan.int(ALIGNED)])

/** A total, three numbers of a deviation, or the key and the position of the best element. */
function numbersOf(ctx: RegionContext, node: Node): readonly PartDType[] {
  if (isDeviation(node)) return ['f32', 'f32', 'f32']
  return isArg(node) ? ['i32', 'i32'] : [schemeOf(ctx, node).dtype]
}

/** What is stored of each part; behind it how many elements there were, where something else stands for none. */
function slotsOf(ctx: RegionContext, anchors: readonly Anchor[], count: ValueId): ReadonlyMap<ValueId, readonly PartSlot[]> {
  const { plan } = ctx
  const ends = new Map<PartDType, ValueId>()
  const wanted = anchors.map(({ value, axes, node }) => {
    const own = numbersOf(ctx, node!)
    const dtypes: readonly PartDType[] = (node!.operands[2] ?? NONE) === NONE ? own : [...own, 'i32']
    const places = dtypes.map((dtype) => {
      const start = ends.get(dtype) ?? plan.int(0)
      ends.set(dtype, plan.scalar('add', [start, plan.scalar('mul', [plan.product(axes), count])]))
      return { dtype, start, axes }
    })
    return [value, places] as const
  })
  const buffers = new Map([...ends].map(([dtype, length]) => [dtype, plan.buffer('temp', dtype, length)]))
  return new Map(
    wanted.map(([value, places]) => [
      value,
      places.map(({ dtype, start, axes }) => ({ buffer: buffers.get(dtype)!, start, axes })),
    ]),
  )
}

/** The elements of a reduction that a part has, as a range of places in its reduced axes. */
export function rangeOf(
  ctx: RegionContext,
  { lengths }: Split,
  part: ValueId,
  node: Node,
): { readonly lo: ValueId; readonly hi: ValueId } {
  const { b } = ctx
  const length = ctx.scalar(lengths.get(keyOf(node))!, 'i32')
  const size = ctx.size(attrAxes(node.attrs))
  const lo = b.op('min', [b.op('mul', [part, length]), size])
  return { lo, hi: b.op('min', [b.op('add', [lo, length]), size]) }
}

export function storePart(ctx: RegionContext, slot: PartSlot, part: ValueId, at: Env, value: ValueId): void {
  ctx.written.add(slot.buffer)
  ctx.b.store(ctx.buffer(slot.buffer, 'parts').id, placeOf(ctx, slot, part, at), value)
}

export const loadPart = (ctx: RegionContext, slot: PartSlot, part: ValueId, at: Env): ValueId =>
  ctx.b.loadInvariant(ctx.buffer(slot.buffer, 'parts').id, placeOf(ctx, slot, part, at))

function placeOf(ctx: RegionContext, { start, axes }: PartSlot, part: ValueId, at: Env): ValueId {
  const { b } = ctx
  const own = b.op('add', [ctx.scalar(start, 'i32'), ctx.offset(axes, at)])
  return b.op('add', [own, b.op('mul', [part, ctx.size(axes)])])
}
