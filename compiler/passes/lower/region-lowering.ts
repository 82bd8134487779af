/**
 * The anchors of a region as one kernel. The grid is looped over outermost; inside, anchors are computed phase by phase:
 * whatever is ready and runs over the same loops shares one nest.
 */
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { attrAxes, NONE } from '../../ir/op.ts'
import { computeDType, type DType, type TensorType } from '../../ir/types.ts'
import { type Anchor } from '../fuse/anchors.ts'
import { rounds } from '../fuse/role.ts'
import { demandsOf, type Demand } from '../sink-masks/demand.ts'
import type { HostPlan, Storage } from './host-plan.ts'
import { emitSelection } from './select.ts'
import type { LoweredKernel } from './lowered-kernel.ts'
import { emitLinear, isLinear } from './linear.ts'
import { splitMask } from './domain.ts'
import { emitLoop, type LoopPlace } from './loop.ts'
import { type Form } from './forms.ts'
import { gridLoops, inColumns, inSteps, nest } from './nest.ts'
import { OrderedRows } from './ordered-rows.ts'
import { emitFold, foldHeads, startFold, type Fold } from './fold-softmax.ts'
import { emitPack, emitUnpack } from './pack.ts'
import { isAtOnce, type Stage } from './parts.ts'
import { accumulates, byFirst, emitReductions, initAccumulator, joinFound } from './reduce.ts'
import { isArg, type Reduction, type Slot } from './reduction-scheme.ts'
import { type RegionContext, type Env, type KernelBuffer } from './region-context.ts'
import { emitKeptIndices, emitScan } from './rows.ts'
import { emitSegment } from './segment.ts'
import { chooseOrder } from './loop-order.ts'
import { valueAs, valueAt } from './values.ts'

/** What is looked up around the anchors; inside a loop nothing of the step has a result. */
interface Around {
  readonly plan: HostPlan
  /** Storage of the region's results, by the value inside the region. */
  readonly results: ReadonlyMap<ValueId, Storage>
  /** Of a step: what is read when its anchors are done. */
  readonly readAfter?: readonly ValueId[]
}

/** The anchors of a region, or of one step of a loop in it. */
export class RegionLowering {
  private readonly input: Around
  private readonly ctx: RegionContext
  private readonly anchors: readonly Anchor[]
  private readonly grid: readonly string[]
  private readonly slots = new Map<ValueId, Slot | null>()
  private readonly ordered: OrderedRows
  private readonly folds = new Map<ValueId, Fold>()
  /** Anchors that other anchors of the region read. */
  private readonly consumed: ReadonlySet<ValueId>
  /** Where the region looks at its values: rows that stay inside are stored there alone. */
  private readonly demands: ReadonlyMap<ValueId, Demand>
  /** Of a kernel that computes parts of reductions, or joins them. */
  private stage: Stage | null = null

  constructor(ctx: RegionContext, input: Around, anchors: readonly Anchor[], grid: readonly string[], block: Block) {
    this.ctx = ctx
    this.input = input
    this.anchors = anchors
    this.grid = grid
    this.ordered = new OrderedRows(ctx)
    this.consumed = new Set([...(input.readAfter ?? []), ...anchors.flatMap((anchor) => anchor.flows.map((flow) => flow.from))])
    const scope = { ops: ctx.ops, definition: (id: ValueId) => ctx.defs.get(id), axesOf: (id: ValueId) => ctx.axesOf(id) }
    this.demands = demandsOf(block.nodes, block.yields, scope)
  }

  run(): LoweredKernel {
    const { ctx } = this
    this.prepareAll()
    this.startOffsets()
    this.startAccumulators()
    this.decodeHalves()
    gridLoops(ctx, this.grid, (env) => this.phases(env))
    return { body: ctx.b.finish(), args: ctx.args, argKinds: ctx.argKinds, team: null }
  }

  /** On many threads nothing is done before the points: what accumulates over ordered axes does so inside of one. */
  runParallel({ schedule, split, count, width, columns, several, longestRow = Infinity }: Form): LoweredKernel {
    const { ctx } = this
    ctx.longestRow = longestRow
    const { points, ordered, execution, window } = schedule
    const isPart = split?.stage === 'part'
    const atOnce = split?.stage === 'at-once'
    const isShared = atOnce || split?.stage === 'shared-join'
    if (!isPart) this.prepareAll()
    const extents = points.map((axis) => (axis === several?.axis ? ctx.scalar(several.extent, 'i32') : ctx.extent(axis)))
    const steps = several === undefined ? null : { ...several, each: ctx.scalar(several.each, 'i32') }
    if (columns > 1) extents.push(ctx.b.op('shr', [extents.pop()!, ctx.b.i32(Math.log2(columns))]))
    if (isPart) extents.unshift(ctx.scalar(split.of.count, 'i32'))
    if (isShared) extents.unshift(ctx.b.i32(split.of.sharers))
    const all = window !== null ? [ctx.scalar(count, 'i32')] : extents
    ctx.b.points(all, execution === 'team', (indices) => {
      if (window !== null) ctx.window = { first: ctx.b.op('mul', [indices[0]!, ctx.b.i32(window)]), size: window }
      const first = indices[0]!
      if (split !== null) this.stage = { split: split.of, part: isPart || atOnce ? first : null, sharer: isShared ? first : null }
      const at = new Map(points.map((axis, i) => [axis, indices.at(i - points.length)!]))
      const last = points.at(-1) ?? ''
      // What all columns have in common.
      const done = new Set<ValueId>()
      const common = this.anchors.filter(({ iteration }) => atOnce && !iteration.includes(last))
      this.phases(at, done, common)
      const atPoint = (env: Env): void => {
        this.startOffsets()
        this.startAccumulators()
        gridLoops(ctx, ordered, (inner) => this.phases(inner, new Set(done)), env)
      }
      if (steps !== null) inSteps(ctx, steps, at, atPoint)
      else inColumns(ctx, last, columns, at, atPoint)
    })
    const team = execution === 'team'
    return {
      body: ctx.b.finish(),
      args: [...ctx.args, count, ...(team ? [width] : [])],
      argKinds: [...ctx.argKinds, 'points', ...(team ? ['width'] : [])],
      team,
    }
  }

  private prepareAll(): void {
    for (const storage of this.input.results.values()) Object.values(storage.parts).forEach((part) => this.ctx.written.add(part))
    for (const anchor of this.anchors) this.prepare(anchor)
  }

  private startAccumulators(): void {
    for (const anchor of this.anchors) {
      const reduction = this.reduction(anchor)
      if (reduction !== null && accumulates(reduction, this.grid)) initAccumulator(this.ctx, reduction)
      const fold = this.folds.get(anchor.value)
      if (fold !== undefined && accumulates(fold, this.grid)) startFold(this.ctx, fold, new Map())
    }
  }

  /** A half-precision operand that every row of a packed one is combined with is decoded once, before the rows. */
  private decodeHalves(): void {
    const { ctx } = this
    const rows = this.anchors.flatMap(({ node, role }) => (node?.op === 'unpack' && role.kind === 'rows' ? role.rows : []))
    for (const id of new Set(this.anchors.flatMap((anchor) => [...anchor.reads]))) {
      const { dtype, packing, axes } = ctx.tensorType(id)
      const isHalf = packing === undefined && dtype !== 'f32' && computeDType(dtype) === 'f32'
      if (!isHalf || axes.length === 0 || rows.every((axis) => axes.includes(axis))) continue
      const decoded = ctx.scratch('f32', axes)
      nest(ctx, axes, new Map(), [], (at) => {
        ctx.b.store(decoded.id, ctx.offset(axes, at), valueAt(ctx, id, at))
        return []
      })
      ctx.available.set(id, (at) => ctx.b.load(decoded.id, ctx.offset(axes, at)))
    }
  }

  /** The anchors of one step of a loop, at one grid point. */
  private readonly emitStep: LoopPlace['emitStep'] = (block, anchors, after, env) => {
    const around: Around = { plan: this.input.plan, results: new Map(), readAfter: [...block.yields, ...after] }
    const step = new RegionLowering(this.ctx, around, anchors, this.grid, block)
    for (const anchor of anchors) step.prepare(anchor)
    step.phases(env)
  }

  /** Memory of an anchor. */
  private prepare(anchor: Anchor): void {
    if (anchor.node?.op === 'fold_softmax') this.folds.set(anchor.value, this.foldOf(anchor.node))
    else this.slots.set(anchor.value, this.slotFor(anchor))
  }

  private startOffsets(): void {
    const { b } = this.ctx
    for (const { node, value } of this.anchors) {
      const offsets = node?.op === 'pack' ? this.input.results.get(value)?.parts.offsets : undefined
      if (offsets !== undefined) b.store(this.ctx.buffer(offsets, 'offsets').id, b.i32(0), b.constant(0, 'u32'))
    }
  }

  /** Memory for what an anchor gives: the result buffer, or a scratch row over the axes that are not in the grid. */
  private slotFor(anchor: Anchor): Slot | null {
    const { node } = anchor
    const storage = this.input.results.get(anchor.value)
    if (node === null && this.input.readAfter === undefined) return null
    if (node !== null && (isLinear(node) || ['keep', 'pack', 'unpack', 'iterate'].includes(node.op))) return null
    if (storage !== undefined) return { buffer: this.ctx.values(storage, `o${anchor.value}`), axes: anchor.axes }
    const axes = anchor.axes.filter((axis) => !this.grid.includes(axis))
    // A number stays in a register, unless it takes its rounding from being stored.
    if (axes.length === 0 && (node === null || !rounds(node))) return null
    const dtype = (this.ctx.typeOf(anchor.value) as TensorType).dtype
    return { buffer: this.ctx.scratch(dtype, axes), axes }
  }

  /** Sums that go on across the grid need memory for all of them, others for those of one grid point. */
  private foldOf(node: Node): Fold {
    const { grid } = this
    const heads = foldHeads(this.ctx, node, grid)
    const across = accumulates({ node }, grid)
    const slots = node.results.map(({ id, type }): Slot => {
      const storage = this.input.results.get(id)
      const own = (type as TensorType).axes
      if (storage !== undefined) return { buffer: this.ctx.values(storage, `o${id}`), axes: own }
      const axes = across ? own : own.filter((axis) => !grid.includes(axis))
      return { buffer: this.ctx.scratch('f32', axes), axes }
    })
    return { node, slots, heads, weights: this.ctx.scratch('f32', heads), scales: this.ctx.scratch('f32', heads) }
  }

  private reduction(anchor: Anchor): Reduction | null {
    if (anchor.node?.op !== 'reduce') return null
    return {
      value: anchor.value,
      node: anchor.node,
      type: this.ctx.tensorType(anchor.value),
      slot: this.slots.get(anchor.value) ?? null,
    }
  }

  /** Everything at one grid point that is not done. */
  private phases(env: Env, done = new Set<ValueId>(), anchors = this.anchors): void {
    let waiting = anchors.filter(({ value }) => !done.has(value))
    while (waiting.length > 0) {
      const ready = waiting.filter((anchor) =>
        anchor.flows.every(({ from }) => done.has(from) || !this.anchors.some((one) => one.value === from)),
      )
      for (const anchor of this.emitNext(ready, env)) done.add(anchor.value)
      waiting = waiting.filter((anchor) => !done.has(anchor.value))
    }
  }

  /** Gives what it has taken of what is ready. Threads that share a point join all reductions that are, when each has its part of them. */
  private emitNext(ready: readonly Anchor[], env: Env): readonly Anchor[] {
    const shared = isAtOnce(this.stage) ? ready.filter(({ role }) => role.kind === 'reduce') : []
    if (shared.length === 0) {
      const group = this.groupOf(ready)
      this.emitGroup(group, env)
      return group
    }
    for (let left = shared; left.length > 0;) {
      const group = this.groupOf(left)
      this.emitGroup(group, env)
      left = left.filter((anchor) => !group.includes(anchor))
    }
    joinFound(
      this.ctx,
      shared.map((anchor) => this.reduction(anchor)!),
      env,
      this.stage!,
    )
    return shared
  }

  /** The first ready anchor and all others that run over the same loops in the same manner. */
  private groupOf(ready: readonly Anchor[]): readonly Anchor[] {
    const first = ready[0]
    if (first === undefined) throw new Error('the anchors of a region wait for each other')
    const kind = this.kindOf(first)
    return kind === null ? [first] : ready.filter((anchor) => this.kindOf(anchor) === kind)
  }

  private kindOf(anchor: Anchor): string | null {
    if (anchor.role.kind === 'rows' || this.folds.has(anchor.value)) return null
    const inner = this.innerOf(anchor).join()
    if (anchor.role.kind === 'point') return `store ${inner} only ${this.askedOf(anchor).join()}`
    const node = anchor.node!
    const reduced = attrAxes(node.attrs).filter((axis) => !this.grid.includes(axis))
    return `reduce ${inner} by ${[...reduced].sort().join()} where ${node.operands[1] ?? NONE} only ${node.operands[3] ?? NONE}`
  }

  private innerOf(anchor: Anchor): readonly string[] {
    return anchor.iteration.filter((axis) => !this.grid.includes(axis)).sort()
  }

  private emitGroup(group: readonly Anchor[], env: Env): void {
    const first = group[0]!
    if (first.role.kind === 'rows') return this.emitRows(first, env)
    if (first.role.kind === 'point') return this.emitStores(group, env)
    const fold = this.folds.get(first.value)
    if (fold !== undefined) return this.emitFolding(fold, env)
    const reductions = group.map((anchor) => this.reduction(anchor)!)
    const inner = first.iteration.filter((axis) => !this.grid.includes(axis))
    const reduced = attrAxes(first.node!.attrs).filter((axis) => inner.includes(axis))
    const whole = reductions.some((one) => isArg(one.node) || (one.node.operands[2] ?? NONE) !== NONE)
    const order = chooseOrder(this.ctx, inner, group, whole ? reduced : null)
    const stage = this.stage?.split.anchors.some(({ value }) => value === first.value) === true ? this.stage : null
    emitReductions(this.ctx, reductions, order, this.grid, env, stage)
    // Of threads that share a point the first alone has stored the results.
    if (stage !== null && stage.sharer !== null) return
    for (const one of reductions) if (one.slot !== null && !this.isNumber(one.value)) this.readFromSlot(one.value, one.slot)
  }

  /** Whether a value is one number at a point and the same in memory: who works on the point has it, and need not wait to read it. */
  private isNumber(value: ValueId): boolean {
    const { axes, dtype } = this.ctx.tensorType(value)
    const isExact = dtype === 'f32' || dtype === 'i32' || dtype === 'u32'
    return (
      this.ctx.execution !== 'sequential' &&
      this.input.readAfter === undefined &&
      isExact &&
      axes.every((axis) => this.grid.includes(axis))
    )
  }

  private emitFolding(fold: Fold, env: Env): void {
    const across = accumulates(fold, this.grid)
    if (!across) startFold(this.ctx, fold, env)
    emitFold(this.ctx, fold, this.grid, env)
    if (!across) fold.node.results.forEach(({ id }, i) => this.readFromSlot(id, fold.slots[i]!))
  }

  private readFromSlot(value: ValueId, slot: Slot): void {
    const { ctx } = this
    ctx.available.set(value, (at) => ctx.b.load(slot.buffer.id, ctx.offset(slot.axes, at)))
  }

  /** Point-wise results: one nest stores all that have the same loops. */
  private emitStores(group: readonly Anchor[], env: Env): void {
    const { ctx } = this
    const first = group[0]!
    const inner = first.axes.filter((axis) => !this.grid.includes(axis))
    const order = chooseOrder(ctx, inner, group, null)
    const asked = ctx.window === null ? this.askedOf(first) : []
    const domain = splitMask(ctx, NONE, asked, { order, around: this.grid })
    const body = (at: Env): readonly ValueId[] => {
      for (const anchor of group) this.storeAt(anchor, at)
      return []
    }
    byFirst(ctx, this.stage, () => void nest(ctx, order, env, [], body, { domain }))
    for (const anchor of group) {
      const slot = this.slots.get(anchor.value)
      if (!this.consumed.has(anchor.value)) continue
      if (slot && !this.isNumber(anchor.value)) this.readFromSlot(anchor.value, slot)
      else if (inner.length === 0 && (slot || this.input.readAfter !== undefined)) this.readFromRegister(anchor.value, env)
    }
  }

  /** A single number of a step is what it is now: rows that it was computed from change. */
  private readFromRegister(id: ValueId, env: Env): void {
    const value = valueAt(this.ctx, id, env)
    this.ctx.available.set(id, () => value)
  }

  /** Masks outside of which nobody looks at a row, as far as they are known by now. */
  private askedOf(anchor: Anchor): readonly ValueId[] {
    return [...(this.demands.get(anchor.value) ?? [])].filter((mask) => this.isKnown(mask, new Set()))
  }

  private isKnown(id: ValueId, seen: Set<ValueId>): boolean {
    if (id === NONE || seen.has(id) || this.ctx.available.has(id) || this.ctx.isExternal(id)) return true
    seen.add(id)
    if (this.anchors.some((anchor) => anchor.value === id)) return false
    return this.ctx.defs.get(id)!.operands.every((operand) => this.isKnown(operand, seen))
  }

  private storeAt(anchor: Anchor, at: Env): void {
    const { ctx } = this
    const storage = this.input.results.get(anchor.value)
    const slot =
      storage === undefined
        ? this.slots.get(anchor.value)
        : { buffer: ctx.values(storage, `o${anchor.value}`), axes: anchor.axes }
    if (!slot) return
    const value = valueAs(ctx, anchor.value, at, computeDType(ctx.tensorType(anchor.value).dtype))
    ctx.b.store(slot.buffer.id, ctx.offset(slot.axes, at), value)
  }

  /** Inside a loop a row may run over axes that the grid does not have: one row after the other, each kept in memory. */
  private emitRows(anchor: Anchor, env: Env): void {
    const rows = anchor.role.kind === 'rows' && anchor.node?.op !== 'iterate' ? anchor.role.rows : []
    const around = rows.filter((axis) => !this.grid.includes(axis))
    if (around.length === 0) return this.emitRow(anchor, env)
    const { ctx } = this
    const axes = anchor.axes.filter((axis) => !this.grid.includes(axis))
    // What a selection or an unpacked row gives is read from scratch that the next row overwrites.
    const isLazy = ['keep', 'unpack'].includes(anchor.node?.op ?? '')
    const slot = isLazy ? { buffer: ctx.scratch(ctx.tensorType(anchor.value).dtype, axes), axes } : null
    const inner = axes.filter((axis) => !around.includes(axis))
    const keepRow = (buffer: KernelBuffer, row: Env): void => {
      nest(ctx, inner, row, [], (at) => {
        ctx.b.store(buffer.id, ctx.offset(axes, at), ctx.available.get(anchor.value)!(at))
        return []
      })
    }
    const oneRow = (row: Env): void => {
      this.emitRow(anchor, row, new OrderedRows(ctx))
      if (slot !== null) keepRow(slot.buffer, row)
    }
    gridLoops(ctx, around, oneRow, env)
    const kept = slot ?? this.slots.get(anchor.value) ?? null
    if (kept !== null) this.readFromSlot(anchor.value, kept)
  }

  private emitRow(anchor: Anchor, env: Env, ordered = this.ordered): void {
    const node = anchor.node!
    const slot = this.slots.get(anchor.value) ?? null
    switch (node.op) {
      case 'keep':
        emitSelection(this.ctx, node, this.grid.length === 0 && this.input.readAfter === undefined, env)
        return this.exportRow(anchor, env)
      case 'pack':
        return this.emitPacking(anchor, env)
      case 'unpack': {
        // As computed, not as stored: halves are decoded once per row and not by every reader.
        const row = this.rowScratch(anchor, computeDType(this.ctx.tensorType(anchor.value).dtype))
        emitUnpack(this.ctx, node, row, env)
        return this.exportRow(anchor, env)
      }
      case 'scan':
        emitScan(this.ctx, node, slot!, env)
        return this.readFromSlot(anchor.value, slot!)
      case 'kept_indices':
        emitKeptIndices(this.ctx, node, slot!, env)
        return this.readFromSlot(anchor.value, slot!)
      case 'segment':
        emitSegment(this.ctx, node, slot!, this.grid, env)
        return this.readFromSlot(anchor.value, slot!)
      case 'order':
        ordered.order(node, slot!, env)
        return this.readFromSlot(anchor.value, slot!)
      case 'kth':
        return this.setRowValue(
          anchor.value,
          slot,
          ordered.kth(node, this.grid.length === 0 && this.input.readAfter === undefined, env),
          env,
        )
      case 'prefix_count':
        return this.setRowValue(anchor.value, slot, ordered.prefixCount(node, env), env)
      case 'iterate':
        return emitLoop(this.ctx, node, { grid: this.grid, results: this.input.results, emitStep: this.emitStep }, env)
      default:
        if (!isLinear(node)) throw new Error(`no lowering for ${node.op}`)
        return this.emitMatrix(node, env)
    }
  }

  /** Every result has memory of its own, in the layout of the result. */
  private emitMatrix(node: Node, env: Env): void {
    const slots = new Map(node.results.map(({ id }) => [id, this.resultSlot(id)]))
    const scratch = (axes: readonly string[]): KernelBuffer => this.ctx.scratch('f32', axes)
    emitLinear(this.ctx, node, { slot: (id) => slots.get(id)!, scratch }, env)
    for (const [id, slot] of slots) this.readFromSlot(id, slot)
  }

  private resultSlot(value: ValueId): Slot {
    const storage = this.input.results.get(value)
    const all = this.ctx.axesOf(value)
    if (storage !== undefined) return { buffer: this.ctx.values(storage, `o${value}`), axes: all }
    const axes = all.filter((axis) => !this.grid.includes(axis))
    return { buffer: this.ctx.scratch('f32', axes), axes }
  }

  /** One value for the whole row. */
  private setRowValue(value: ValueId, slot: Slot | null, number: ValueId, env: Env): void {
    const { ctx } = this
    if (slot !== null) ctx.b.store(slot.buffer.id, ctx.offset(slot.axes, env), number)
    ctx.available.set(value, () => number)
  }

  private rowScratch(anchor: Anchor, dtype: DType): KernelBuffer {
    return this.ctx.scratch(
      dtype,
      anchor.iteration.filter((axis) => !this.grid.includes(axis)),
    )
  }

  /** Stores a row that is only computed on demand, when something outside the region needs it. */
  private exportRow(anchor: Anchor, env: Env): void {
    const { ctx } = this
    const storage = this.input.results.get(anchor.value)
    if (storage === undefined) return
    const buffer = ctx.values(storage, `o${anchor.value}`)
    const inner = anchor.axes.filter((axis) => !this.grid.includes(axis))
    nest(ctx, inner, env, [], (at) => {
      ctx.b.store(buffer.id, ctx.offset(anchor.axes, at), ctx.available.get(anchor.value)!(at))
      return []
    })
  }

  private emitPacking(anchor: Anchor, env: Env): void {
    const node = anchor.node!
    const storage = this.input.results.get(anchor.value)
    if (storage === undefined) throw new Error('a packed tensor is a result of its region')
    emitPack(this.ctx, node, storage, env)
  }
}
