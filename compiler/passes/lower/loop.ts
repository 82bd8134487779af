/**
 * `iterate` at one grid point: a sequential loop over the steps, in it the body's anchors phase by phase. A carried value
 * without axes inside the grid lives in a register; any other in a row of memory, which is the result's own where the
 * result is stored. All next values come from those of this step: a row is updated in place where nothing else of the
 * step still needs it, and otherwise by way of a second row.
 */
import { MOST_STEPS } from '../../../abi/loop-steps.ts'
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { computeDType, isFloat, type TensorType } from '../../ir/types.ts'
import { regionAnchors, type Anchor } from '../fuse/anchors.ts'
import { roleOf } from '../fuse/iteration.ts'
import { splitMask } from './domain.ts'
import type { Storage } from './host-plan.ts'
import { nest, type Domain } from './nest.ts'
import type { Slot } from './reduction-scheme.ts'
import type { Env, RegionContext } from './region-context.ts'
import { valueAs } from './values.ts'

/** Where the loop stands. */
export interface LoopPlace {
  /** Axes that are looped over around it. */
  readonly grid: readonly string[]
  /** Memory of values that are needed after the region. */
  readonly results: ReadonlyMap<ValueId, Storage>
  /** Emits anchors of the body at a grid point; what the body yields, and `after`, is read afterwards. */
  readonly emitStep: (body: Block, anchors: readonly Anchor[], after: readonly ValueId[], env: Env) => void
}

interface CarriedValue {
  readonly param: ValueId
  readonly init: ValueId
  readonly next: ValueId
  readonly result: ValueId
  readonly type: TensorType
  /** Axes of its row. */
  readonly inner: readonly string[]
  /** Null: a register. */
  readonly slot: Slot | null
}

export function emitLoop(ctx: RegionContext, node: Node, place: LoopPlace, env: Env): void {
  const { b } = ctx
  const block = node.regions[0]!
  const carried = node.results.map((_, i) => carriedValue(ctx, node, i, place))
  const anchors = regionAnchors(block, ctx.ops, ctx.types)
  const inPlace = updatedInPlace(ctx, block, carried, anchors)
  const registers = carried.filter((one) => one.slot === null)
  for (const one of carried) storeRow(ctx, one, one.init, env)
  const init = registers.map((one) => valueOf(ctx, one, one.init, env))
  const last = b.for(b.i32(0), stepsOf(ctx, node.operands[0]!), init, (step, values) => {
    ctx.available.set(block.params[0]!.id, () => step)
    for (const one of carried) makeReadable(ctx, one, one.param, values[registers.indexOf(one)])
    const [own, later] = [false, true].map((isLater) => anchors.filter((anchor) => inPlace.has(anchor.value) === isLater))
    const after = later!.flatMap((anchor) => anchor.flows.map((flow) => flow.from))
    place.emitStep(block, own!, after, env)
    return advance(ctx, carried, inPlace, env)
  })
  for (const one of carried) finish(ctx, one, place, last[registers.indexOf(one)], env)
}

/** The host looks at the number of steps with every call, unless it is a literal that is small enough. */
function stepsOf(ctx: RegionContext, times: ValueId): ValueId {
  const def = ctx.defs.get(times)
  const isSettled = def?.op === 'literal' && Number(def.attrs.value) <= MOST_STEPS
  return ctx.scalar(isSettled ? times : ctx.plan.scalar('steps', [times]), 'i32')
}

function carriedValue(ctx: RegionContext, node: Node, i: number, place: LoopPlace): CarriedValue {
  const { id, type } = node.results[i] as { id: ValueId; type: TensorType }
  const block = node.regions[0]!
  const inner = type.axes.filter((axis) => !place.grid.includes(axis))
  const stored = place.results.get(id)
  // A narrow float takes its rounding from being stored.
  const isRow = inner.length > 0 || (isFloat(type.dtype) && type.dtype !== 'f32')
  const slot = !isRow
    ? null
    : stored !== undefined
      ? { buffer: ctx.values(stored, `o${id}`), axes: type.axes }
      : { buffer: ctx.scratch(type.dtype, inner), axes: inner }
  return {
    param: block.params[i + 1]!.id,
    init: node.operands[i + 1]!,
    next: block.yields[i]!,
    result: id,
    type,
    inner,
    slot,
  }
}

const valueOf = (ctx: RegionContext, one: CarriedValue, id: ValueId, env: Env): ValueId =>
  valueAs(ctx, id, env, computeDType(one.type.dtype))

function makeReadable(ctx: RegionContext, { slot }: CarriedValue, id: ValueId, register: ValueId | undefined): void {
  if (slot !== null) ctx.available.set(id, (at) => ctx.b.load(slot.buffer.id, ctx.offset(slot.axes, at)))
  else if (register !== undefined) ctx.available.set(id, () => register)
}

function store(ctx: RegionContext, { slot }: CarriedValue, value: ValueId, at: Env): void {
  if (slot !== null) ctx.b.store(slot.buffer.id, ctx.offset(slot.axes, at), value)
}

/** Writes `id` to the row. */
function storeRow(ctx: RegionContext, one: CarriedValue, id: ValueId, env: Env): void {
  if (one.slot === null) return
  nest(ctx, one.inner, env, [], (at) => {
    store(ctx, one, valueOf(ctx, one, id, at), at)
    return []
  })
}

/**
 * The end of a step: single numbers are computed before any row changes, rows in place before those whose next value has
 * a row of its own.
 */
function advance(
  ctx: RegionContext,
  carried: readonly CarriedValue[],
  inPlace: ReadonlySet<ValueId>,
  env: Env,
): readonly ValueId[] {
  const single = carried.filter((one) => one.inner.length === 0)
  const numbers = single.map((one) => valueOf(ctx, one, one.next, env))
  const changing = carried.filter((one) => one.inner.length > 0 && one.next !== one.param)
  const direct = changing.filter((one) => inPlace.has(one.next))
  for (const key of new Set(direct.map(loopsOf))) {
    const group = direct.filter((one) => loopsOf(one) === key)
    const change = changeOf(ctx, group, env)
    const body = (at: Env): readonly ValueId[] => {
      const values = group.map((one) => valueOf(ctx, one, change?.value ?? one.next, at))
      group.forEach((one, i) => store(ctx, one, values[i]!, at))
      return []
    }
    nest(ctx, group[0]!.inner, env, [], body, change === null ? {} : { domain: change.domain })
  }
  for (const one of changing) if (!inPlace.has(one.next)) storeRow(ctx, one, one.next, env)
  single.forEach((one, i) => store(ctx, one, numbers[i]!, env))
  return numbers.filter((_, i) => single[i]!.slot === null)
}

/** `if m then x else what it was`: where m bounds the loops, the rest of the row is left alone. */
function changeOf(
  ctx: RegionContext,
  group: readonly CarriedValue[],
  env: Env,
): { readonly value: ValueId; readonly domain: Domain } | null {
  const [one, ...others] = group
  const node = one === undefined ? undefined : ctx.defs.get(one.next)
  const [where = NONE, value = NONE, otherwise = NONE] = node?.operands ?? []
  if (one === undefined || others.length > 0 || node?.op !== 'select' || otherwise !== one.param) return null
  const domain = splitMask(ctx, where, [], { order: one.inner, around: [...env.keys()] })
  return domain.bounds.size === 0 && domain.guards.size === 0
    ? null
    : { value: domain.rest.length === 0 ? value : one.next, domain }
}

const loopsOf = (one: CarriedValue): string => [...one.inner].sort().join()

/** After the last step. */
function finish(ctx: RegionContext, one: CarriedValue, place: LoopPlace, register: ValueId | undefined, env: Env): void {
  makeReadable(ctx, one, one.result, register)
  const stored = place.results.get(one.result)
  if (one.slot === null && stored !== undefined)
    ctx.b.store(ctx.values(stored, `o${one.result}`).id, ctx.offset(one.type.axes, env), register!)
}

/**
 * Point-wise next values that may overwrite their row while they are computed: nothing else of the body needs them, and
 * whatever else reads the row reads it in the same loops, at the position that is being written.
 */
function updatedInPlace(
  ctx: RegionContext,
  block: Block,
  carried: readonly CarriedValue[],
  anchors: readonly Anchor[],
): ReadonlySet<ValueId> {
  const consumed = new Set(anchors.flatMap((anchor) => anchor.flows.map((flow) => flow.from)))
  const anchorOf = new Map(anchors.map((anchor) => [anchor.value, anchor]))
  const isOwn = ({ next, inner }: CarriedValue): boolean =>
    inner.length > 0 &&
    anchorOf.get(next)?.role.kind === 'point' &&
    !consumed.has(next) &&
    block.yields.filter((id) => id === next).length === 1
  let direct = carried.filter(isOwn)
  for (;;) {
    const disturbed = (written: CarriedValue): boolean =>
      direct.some((reader) => {
        const anchor = anchorOf.get(reader.next)!
        if (!anchor.reads.has(written.param)) return false
        return loopsOf(reader) !== loopsOf(written) || readsElsewhere(ctx, anchor, written.param)
      })
    const kept = direct.filter((one) => !disturbed(one))
    if (kept.length === direct.length) return new Set(kept.map((one) => one.next))
    direct = kept
  }
}

/** Whether the anchor reads a value at another position than its own. */
function readsElsewhere(ctx: RegionContext, anchor: Anchor, value: ValueId): boolean {
  const seen = new Set<string>()
  const visit = (id: ValueId, moved: boolean): boolean => {
    if (id === value) return moved
    const node = id === anchor.value || anchor.inlined.has(id) ? ctx.defs.get(id) : undefined
    if (node === undefined || seen.has(`${id} ${moved}`)) return false
    seen.add(`${id} ${moved}`)
    const role = roleOf(node, ctx.ops, (operand) => ctx.types.get(operand))
    const movedIn = (at: number): boolean => role.kind === 'point' && (role.moved[at] ?? []).length > 0
    return node.operands.some((operand, at) => visit(operand, moved || movedIn(at)))
  }
  return visit(anchor.value, false)
}
