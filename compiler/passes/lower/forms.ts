/**
 * The kernels of a region on many threads. Most regions are one. One whose reductions may be long has a kernel that computes parts
 * and one that joins them; where extents that only a call knows decide which form is better, there are both, and the one that is
 * not wanted has no points.
 */
import type { ValueId } from '../../ir/node.ts'
import type { Anchor } from '../fuse/anchors.ts'
import { parallelGrid, pointCount, teamWidth, type ParallelGrid } from './parallel-grid.ts'
import { AT_ONCE, canShareJoin, splitAtOnce, splitInTurn, splitOf, worthAtOnce, type Split } from './parts.ts'
import type { RegionContext } from './region-context.ts'
import { severalPoints, type SeveralPoints } from './several-points.ts'

export interface Form {
  readonly schedule: ParallelGrid
  /** What is computed. */
  readonly anchors: readonly Anchor[]
  /** Whether parts of reductions are computed or joined. */
  readonly split: { readonly of: Split; readonly stage: 'part' | 'join' | 'shared-join' | 'at-once' } | null
  /** Host scalar: how many points it has, none where another form is wanted. */
  readonly count: ValueId
  /** Host scalar: the longest loop of a team. */
  readonly width: ValueId
  /** Neighbouring points of a thread. */
  readonly columns: number
  /** A few points that a thread works on at once. */
  readonly several?: SeveralPoints
  /** Rows of a point have at most so many elements. */
  readonly longestRow?: number
  /** Extents that axes have where the form has points. */
  readonly assumed?: ReadonlyMap<string, number>
}

export function formsOf(
  ctx: RegionContext,
  grid: readonly string[],
  anchors: readonly Anchor[],
  columnBytes: number,
): readonly Form[] {
  const schedule = parallelGrid(ctx, grid, anchors)
  const split = splitOf(ctx, schedule, anchors, columnBytes)
  const sharing = split === null || columnBytes === 0 ? [] : sharedForms(ctx, split, schedule, anchors)
  const count = pointCount(ctx, schedule)
  const whole: Form = { schedule, anchors, split: null, columns: 1, count, width: teamWidth(ctx, schedule) }
  if (split === null || (split.isShort && sharing.length === 0)) return oneKernel(ctx, whole, columnBytes > 0)
  const { plan } = ctx
  if (split.isShort) return atOnce(ctx, whole, sharing, [whole])
  const times = (x: ValueId, y: ValueId): ValueId => plan.scalar('mul', [x, y])
  const lengths = [...split.lengths.values()].reduce((x, y) => plan.scalar('max', [x, y]))
  const parts: Form = {
    schedule,
    anchors: split.anchors,
    split: { of: split, stage: 'part' },
    columns: 1,
    count: times(count, split.count),
    width: lengths,
  }
  const join = joinForm(ctx, whole, split)
  if (schedule.execution === 'team') {
    const many = plan.isMore(split.count, 1)
    const one = plan.not(many)
    const some = (form: Form): Form => ({ ...form, count: times(form.count, many) })
    return [{ ...whole, count: times(count, one) }, some(parts), some(join)]
  }
  const isShared = columnBytes > 0 && canShareJoin(schedule, split, anchors)
  const many = plan.isMore(split.count, MOST_JOINED_ALONE)
  const few = plan.not(many)
  const alone: Form = { ...join, schedule: { ...schedule, execution: 'threads' } }
  const together = isShared ? sharedJoin(ctx, whole, split) : join
  const some = (form: Form, wanted: ValueId): Form => ({ ...form, count: times(form.count, wanted) })
  const apart = [...inColumns(ctx, parts, split), some(together, many), some(alone, few)]
  return atOnce(ctx, whole, sharing, apart)
}

/** One kernel, unless a parameter says how long its rows are; `several`: whether threads may have several points. */
function oneKernel(ctx: RegionContext, whole: Form, several: boolean): readonly Form[] {
  if (isShort(ctx, whole.schedule, whole.anchors)) return byLength(ctx, whole, several)
  return [several ? inOneThread(ctx, whole) : whole]
}

/** A thread that would only wait for what one point reads has several of them. `wanted`: host scalar, 0 where the form has no points. */
function inOneThread(ctx: RegionContext, form: Form, wanted: ValueId | null = null): Form {
  const several = severalPoints(ctx, form.schedule, form.anchors, form.count)
  const counted = (count: ValueId): ValueId => (wanted === null ? count : ctx.plan.scalar('mul', [count, wanted]))
  return several === null ? { ...form, count: counted(form.count) } : { ...form, several, count: counted(several.points) }
}

/**
 * A form of all anchors in which threads that share points compute one reduction after the other, those of fewer axes once for every
 * point; and where that is wanted.
 */
export function formInTurn(
  ctx: RegionContext,
  grid: readonly string[],
  anchors: readonly Anchor[],
  columnBytes: number,
): { readonly form: Form; readonly wanted: ValueId } | null {
  const schedule = parallelGrid(ctx, grid, anchors)
  const split = splitInTurn(ctx, schedule, anchors, columnBytes)
  if (split === null) return null
  const count = pointCount(ctx, schedule)
  const wanted = worthAtOnce(ctx, split, count)
  const whole: Form = { schedule, anchors, split: null, columns: 1, count, width: teamWidth(ctx, schedule) }
  return { form: shared(ctx, whole, split), wanted }
}

/** Threads share the points of a join, in turn by part: neighbours of a warp have neighbouring points, so what they read is side by side. */
function sharedJoin({ plan }: RegionContext, whole: Form, split: Split): Form {
  return {
    ...whole,
    split: { of: split, stage: 'shared-join' },
    count: plan.scalar('mul', [whole.count, plan.int(split.sharers)]),
  }
}

/** The form whose threads share points, instead of one that has all of them. */
function shared({ plan }: RegionContext, whole: Form, split: Split): Form {
  const threads = plan.scalar('mul', [plan.scalar('floordiv', [whole.count, plan.int(split.columns)]), plan.int(split.sharers)])
  return { ...whole, split: { of: split, stage: 'at-once' }, columns: split.columns, count: threads }
}

/** Splits whose threads share points, and where each is wanted. */
type Sharing = readonly { readonly split: Split; readonly limits: typeof AT_ONCE.ofFew }[]

function sharedForms(ctx: RegionContext, split: Split, schedule: ParallelGrid, anchors: readonly Anchor[]): Sharing {
  return [AT_ONCE.ofFew, AT_ONCE.ofMany].flatMap((limits) => {
    const own = splitAtOnce(ctx, split, schedule, anchors, limits.sharers)
    return own === null ? [] : [{ split: own, limits }]
  })
}

/** Forms whose threads share points where there are few, and other forms for where there are many. */
function atOnce(ctx: RegionContext, whole: Form, sharing: Sharing, others: readonly Form[]): readonly Form[] {
  const { plan } = ctx
  const some = (form: Form, wanted: ValueId): Form => ({ ...form, count: plan.scalar('mul', [form.count, wanted]) })
  return sharing.reduceRight<readonly Form[]>((rest, { split, limits }) => {
    const worth = worthAtOnce(ctx, split, whole.count, limits)
    return [some(shared(ctx, whole, split), worth), ...rest.map((other) => some(other, plan.not(worth)))]
  }, others)
}

/** Of threads that take several columns, there is also the form for matrices whose rows do not begin at multiples of them. */
function inColumns({ plan }: RegionContext, parts: Form, { columns, inColumns: wanted }: Split): readonly Form[] {
  if (columns === 1) return [parts]
  const some = plan.scalar('floordiv', [parts.count, plan.int(columns)])
  return [
    { ...parts, columns, count: plan.scalar('mul', [some, wanted]) },
    { ...parts, count: plan.scalar('mul', [parts.count, plan.not(wanted)]) },
  ]
}

/** Rows of at most so many elements are the work of one thread each. */
const MOST_ALONE = 32

/** Groups that hardware knows, 2 of 4, have a form of their own. */
const USUAL = 4

/** Whether rows that are selected from, sorted or packed have a length that parameters give, and so may be short. */
function isShort({ plan }: RegionContext, schedule: ParallelGrid, anchors: readonly Anchor[]): boolean {
  const isGiven = (axis: string): boolean => plan.func.axes.find((known) => known.name === axis)?.extent.kind === 'scalar'
  const { execution, window, ordered, points, inner } = schedule
  if (execution !== 'team' || window !== null || ordered.length > 0 || points.length === 0) return false
  return (
    inner.every((axes) => axes.every(isGiven)) && anchors.some(({ role, node }) => role.kind === 'rows' && node?.op !== 'iterate')
  )
}

function byLength(ctx: RegionContext, whole: Form, several: boolean): readonly Form[] {
  const { plan } = ctx
  const long = plan.isMore(whole.width, MOST_ALONE)
  const counted = (wanted: ValueId): ValueId => plan.scalar('mul', [whole.count, wanted])
  const alone: Form = {
    ...whole,
    schedule: { ...whole.schedule, execution: 'threads' },
    count: counted(plan.not(long)),
    longestRow: MOST_ALONE,
  }
  const team = { ...whole, count: counted(long) }
  const [axis, ...others] = new Set(whole.schedule.inner.flat())
  if (!several || axis === undefined || others.length > 0) return [team, alone]
  const isUsual = plan.scalar('sub', [plan.isMore(whole.width, USUAL - 1), plan.isMore(whole.width, USUAL)])
  const assumed = new Map([[axis, USUAL]])
  const usual = plan.assuming(assumed, () => inOneThread(ctx, { ...alone, count: whole.count, assumed }, isUsual))
  return [team, { ...alone, count: plan.scalar('mul', [alone.count, plan.not(isUsual)]) }, usual]
}

/** So few parts a thread joins; more of them one after the other would take it longer than computing them took. */
const MOST_JOINED_ALONE = 8

/** A team takes in the parts of one point, and what follows from them. */
function joinForm(ctx: RegionContext, whole: Form, split: Split): Form {
  const inner = whole.anchors
    .map((anchor) => (split.anchors.includes(anchor) ? anchor.axes : anchor.iteration))
    .map((axes) => axes.filter((axis) => !whole.schedule.points.includes(axis)))
    .filter((axes) => axes.length > 0)
  const schedule: ParallelGrid = { ...whole.schedule, inner, execution: 'team' }
  const width = ctx.plan.scalar('max', [split.count, teamWidth(ctx, schedule)])
  return { ...whole, schedule, split: { of: split, stage: 'join' }, width }
}
