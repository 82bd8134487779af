/**
 * Decides which anchors share a region. Legal: inside a region every value that flows from one anchor to another is
 * complete at each grid point, so the grid must lie in the axes of all of them; only a reduction that nothing in the region
 * reads may run across grid points instead, accumulating in memory. Worth it: a flow stays in registers or in a row, and no
 * value that was a row before becomes more than a row.
 */
import type { ValueId } from '../../ir/node.ts'
import type { Anchor, Dataflow } from './anchors.ts'
import { lessAtOnce } from './at-once.ts'
import type { Draft } from './draft.ts'

/** What one kernel may hold: engines limit the locals of a function, and every further anchor is compared with all others. */
const MOST_ANCHORS = 128

export type Verdict = { readonly draft: Draft } | { readonly refused: string }

const subset = (inner: readonly string[], outer: readonly string[]): boolean => inner.every((axis) => outer.includes(axis))
const sameSet = (x: readonly string[], y: readonly string[]): boolean => x.length === y.length && subset(x, y)

export function single(anchor: Anchor): Draft {
  return { anchors: [anchor], grid: gridOf([anchor], new Set()), across: new Set(), closed: false }
}

/** The axes along which all anchors can be computed point by point, outermost first. */
function gridOf(anchors: readonly Anchor[], across: ReadonlySet<ValueId>): readonly string[] {
  const inside = new Set(anchors.map((anchor) => anchor.value))
  const moved = new Set(
    anchors.flatMap((anchor) => anchor.flows.filter((flow) => inside.has(flow.from)).flatMap((flow) => flow.moved)),
  )
  const runs = (anchor: Anchor): readonly string[] => (anchor.role.kind === 'rows' ? anchor.role.rows : anchor.iteration)
  const order = [...new Set([...anchors.filter(isSequential), ...anchors].flatMap(runs))]
  return order.filter((axis) => !moved.has(axis) && anchors.every((anchor) => allowed(anchor, across).includes(axis)))
}

/** Rows of different lengths are written one behind the other, so they have to come in their own order. */
const isSequential = (anchor: Anchor): boolean => anchor.node?.op === 'pack' && anchor.node.attrs.exact !== true

function allowed(anchor: Anchor, across: ReadonlySet<ValueId>): readonly string[] {
  if (anchor.role.kind === 'rows') return anchor.role.rows
  const inner = anchor.role.kind === 'reduce' && !across.has(anchor.value) ? anchor.role.inner : []
  return anchor.common.filter((axis) => !inner.includes(axis))
}

/** Reductions that may accumulate: nothing in the region waits for them. */
function splittable(anchors: readonly Anchor[]): ReadonlySet<ValueId> {
  const consumed = new Set(anchors.flatMap((anchor) => anchor.flows.map((flow) => flow.from)))
  const free = anchors.filter((anchor) => anchor.role.kind === 'reduce' && anchor.role.splits && !consumed.has(anchor.value))
  return new Set(free.map((anchor) => anchor.value))
}

const flowsInside = (draft: Draft): readonly Anchor[] => {
  const values = new Set(draft.anchors.flatMap((anchor) => anchor.flows.map((flow) => flow.from)))
  return draft.anchors.filter((anchor) => values.has(anchor.value))
}

/** Reductions to more than a row for others to read: one that takes in what has no grid would have to be stored whole. */
const largeFor = (draft: Draft, read: ReadonlySet<ValueId>): readonly Anchor[] =>
  draft.anchors.filter(
    ({ role, axes, values }) => role.kind === 'reduce' && axes.length > 1 && values.some((value) => read.has(value)),
  )

const rowOf = (anchor: Anchor, grid: readonly string[]): readonly string[] => anchor.axes.filter((axis) => !grid.includes(axis))

/** What a merge asks about the function: its anchors' order, the values that are read, whether grid points come in order. */
interface Surroundings {
  readonly order: ReadonlyMap<ValueId, number>
  readonly read: ReadonlySet<ValueId>
  readonly ordered: boolean
  readonly flow: Dataflow
}

/** The region of two drafts together, or why there is none. Accumulating across the grid is the second choice, in order only. */
function merge(first: Draft, second: Draft, { order, read, ordered, flow }: Surroundings): Verdict {
  if (first.closed || second.closed) return { refused: 'a fold in parts, with what it alone reads, is a kernel of its own' }
  if (first.anchors.length + second.anchors.length > MOST_ANCHORS)
    return { refused: `a region has at most ${MOST_ANCHORS} results and reductions` }
  const anchors = [...first.anchors, ...second.anchors].sort((x, y) => order.get(x.value)! - order.get(y.value)!)
  const free = splittable(anchors)
  const already = new Set([...first.across, ...second.across].filter((value) => free.has(value)))
  const whole = mergeWith(first, second, anchors, already, read)
  if (!ordered) return atOnce([first, second], whole, flow)
  if ('draft' in whole) return whole
  const split = mergeWith(
    first,
    second,
    anchors,
    new Set([...already, ...second.anchors.map((anchor) => anchor.value).filter((value) => free.has(value))]),
    read,
  )
  return 'draft' in split ? split : whole
}

function atOnce(parts: readonly Draft[], verdict: Verdict, flow: Dataflow): Verdict {
  const refused = 'draft' in verdict ? lessAtOnce(parts, verdict.draft, flow) : null
  return refused === null ? verdict : { refused }
}

function mergeWith(
  first: Draft,
  second: Draft,
  anchors: readonly Anchor[],
  across: ReadonlySet<ValueId>,
  read: ReadonlySet<ValueId>,
): Verdict {
  const grid = gridOf(anchors, across)
  for (const anchor of anchors)
    if (anchor.role.kind === 'rows' && !sameSet(grid, anchor.role.rows))
      return {
        refused: `rows of ${anchor.node?.op ?? 'a result'} run over (${anchor.role.rows.join(', ')}), the shared grid would be (${grid.join(', ')})`,
      }
  for (const anchor of anchors)
    if (isSequential(anchor) && anchor.role.kind === 'rows' && anchor.role.rows.join() !== grid.join())
      return {
        refused: `a packed tensor with rows of different lengths needs its rows in the order (${anchor.role.rows.join(', ')})`,
      }
  for (const part of [first, second])
    for (const anchor of part === second && grid.length === 0
      ? [...flowsInside(part), ...largeFor(part, read)]
      : flowsInside(part))
      if (!sameSet(rowOf(anchor, grid), rowOf(anchor, part.grid)))
        return { refused: `${anchor.node?.op ?? 'a value'} over (${anchor.axes.join(', ')}) would no longer fit in a row` }
  const detached = readsDetached(anchors)
  if (detached !== null) return { refused: detached }
  if (grid.length === 0 && first.grid.length > 0 && second.grid.length > 0)
    return { refused: 'no axis is common to both loop nests' }
  return { draft: { anchors, grid, across, closed: false } }
}

function readsDetached(anchors: readonly Anchor[]): string | null {
  const own = new Set(anchors.flatMap((anchor) => anchor.values))
  if (anchors.some((anchor) => [...anchor.awaits].some((count) => own.has(count))))
    return 'an extent counted in a region is known only after it'
  const detached = new Set(anchors.filter((anchor) => anchor.detached).map((anchor) => anchor.value))
  const reads = anchors.some((anchor) => anchor.flows.some((flow) => detached.has(flow.from)))
  return reads ? 'a packed tensor or a counted list can be read only when its region is over' : null
}

/** Whether two independent regions gain from one launch: same grid, and the same loops or a shared operand. */
export function siblings(first: Draft, second: Draft): boolean {
  if (first.grid.length === 0 || first.grid.join() !== second.grid.join()) return false
  const loops = (draft: Draft): string => [...new Set(draft.anchors.flatMap((anchor) => anchor.iteration))].sort().join()
  if (loops(first) === loops(second)) return true
  const reads = new Set(first.anchors.flatMap((anchor) => [...anchor.reads]))
  return second.anchors.some((anchor) => [...anchor.reads].some((id) => reads.has(id)))
}

/** Draft regions of a function with the edges between them. */
export class Grouping {
  readonly flow: Dataflow
  readonly order = new Map<ValueId, number>()
  private readonly regionOf = new Map<ValueId, number>()
  private readonly drafts = new Map<number, Draft>()
  readonly read: ReadonlySet<ValueId>
  readonly ordered: boolean
  private next = 0

  constructor(flow: Dataflow, ordered: boolean) {
    this.flow = flow
    this.ordered = ordered
    this.read = new Set([...flow.anchors.values()].flatMap((anchor) => anchor.flows.map((one) => one.result)))
    let position = 0
    for (const value of flow.anchors.keys()) this.order.set(value, position++)
  }

  add(anchor: Anchor): number {
    const id = this.next++
    this.drafts.set(id, single(anchor))
    this.place(anchor, id)
    return id
  }

  /** A region that stays as it is. */
  addClosed(anchors: readonly Anchor[], grid: readonly string[]): void {
    const id = this.next++
    this.drafts.set(id, { anchors, grid, across: new Set(), closed: true })
    for (const anchor of anchors) this.place(anchor, id)
  }

  private place(anchor: Anchor, id: number): void {
    for (const value of anchor.values) this.regionOf.set(value, id)
  }

  draft(id: number): Draft {
    return this.drafts.get(id)!
  }

  ids(): readonly number[] {
    return [...this.drafts.keys()]
  }

  producers(id: number): readonly number[] {
    const values = this.draft(id).anchors.flatMap((anchor) => [...anchor.flows.map((flow) => flow.from), ...anchor.awaits])
    return [...new Set(values.map((value) => this.regionOf.get(value)!))].filter((other) => other !== id)
  }

  /** Whether `to` needs `from`, by a path that avoids the direct edge when `indirect`. */
  reaches(from: number, to: number, indirect = false): boolean {
    const seen = new Set<number>()
    const stack = this.producers(to).filter((id) => !(indirect && id === from))
    while (stack.length > 0) {
      const id = stack.pop()!
      if (id === from) return true
      if (seen.has(id)) continue
      seen.add(id)
      stack.push(...this.producers(id))
    }
    return false
  }

  /** Merges `second` into `first`; a string says why not. */
  tryMerge(first: number, second: number): string | null {
    const verdict = merge(this.draft(first), this.draft(second), this)
    if ('refused' in verdict) return verdict.refused
    this.drafts.set(first, verdict.draft)
    for (const anchor of this.draft(second).anchors) this.place(anchor, first)
    this.drafts.delete(second)
    return null
  }

  /** Regions in an order in which each comes after those it reads. */
  sorted(): readonly Draft[] {
    const done = new Set<number>()
    const result: Draft[] = []
    const visit = (id: number): void => {
      if (done.has(id)) return
      done.add(id)
      for (const producer of [...this.producers(id)].sort((x, y) => x - y)) visit(producer)
      result.push(this.draft(id))
    }
    for (const id of this.ids()) visit(id)
    return result
  }

  get anchors(): Dataflow['anchors'] {
    return this.flow.anchors
  }
}
