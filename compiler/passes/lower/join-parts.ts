/** What is stored of each part of a reduction, and how the parts are one again. */
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { Carried } from './nest.ts'
import { loadPart, rangeOf, storePart, type PartSlot, type Split } from './parts.ts'
import { identityOf, isDeviation, schemeOf, type Reduction } from './reduction-scheme.ts'
import type { Env, RegionContext } from './region-context.ts'
import { valueAs } from './values.ts'

/** Stores the numbers of a part: as many as it has slots. */
export function storeNumbers(
  ctx: RegionContext,
  split: Split,
  part: ValueId,
  one: Reduction,
  numbers: readonly ValueId[],
  at: Env,
): void {
  split.slots.get(one.value)!.forEach((slot, i) => storePart(ctx, slot, part, at, numbers[i]!))
}

/** The value of every reduction, from its parts, in their order or side by side. */
export function joinParts(ctx: RegionContext, split: Split, group: readonly Reduction[], env: Env): readonly ValueId[] {
  const numbers = group.map((one) =>
    isDeviation(one.node) ? joinDeviation(ctx, split, one, env) : joinTotal(ctx, split, one, env),
  )
  return group.map((one, i) => orElse(ctx, split, one, numbers[i]!, env))
}

const overParts = (
  ctx: RegionContext,
  split: Split,
  carried: readonly Carried[],
  body: (part: ValueId, values: readonly ValueId[]) => readonly ValueId[],
): readonly ValueId[] => {
  const { b } = ctx
  const count = ctx.scalar(split.count, 'i32')
  const init = carried.map((one) => one.init)
  const combine = carried.map((one) => one.combine)
  return combine.includes('none') ? b.for(b.i32(0), count, init, body) : b.lanes(b.i32(0), count, init, combine, body)
}

function joinTotal(ctx: RegionContext, split: Split, one: Reduction, env: Env): ValueId {
  const scheme = schemeOf(ctx, one.node)
  const [slot] = split.slots.get(one.value)!
  const carried: Carried = { init: identityOf(ctx, scheme), combine: scheme.combine }
  const [total] = overParts(ctx, split, [carried], (part, [sum]) => [
    ctx.b.op(scheme.update, [sum!, loadPart(ctx, slot!, part, env)]),
  ])
  return total!
}

/** The mean of all from the means of the parts, then their distances from it beside the distances within. */
function joinDeviation(ctx: RegionContext, split: Split, one: Reduction, env: Env): ValueId {
  const { b } = ctx
  const [origins, means, squares] = split.slots.get(one.value) as readonly [PartSlot, PartSlot, PartSlot]
  const zero = { init: b.f32(0), combine: 'sum' as const }
  const first = loadPart(ctx, origins, b.i32(0), env)
  const sizeOf = (part: ValueId): ValueId => {
    const { lo, hi } = rangeOf(ctx, split, part, one.node)
    return b.convert(b.op('sub', [hi, lo]), 'f32')
  }
  const meanOf = (part: ValueId): ValueId =>
    b.op('add', [b.op('sub', [loadPart(ctx, origins, part, env), first]), loadPart(ctx, means, part, env)])
  const [size, sum] = overParts(ctx, split, [zero, zero], (part, [count, total]) => [
    b.op('add', [count!, sizeOf(part)]),
    b.op('add', [total!, b.op('mul', [sizeOf(part), meanOf(part)])]),
  ])
  const most = b.op('max', [size!, b.f32(1)])
  const mean = b.op('div', [sum!, most])
  const [within, left] = overParts(ctx, split, [zero, zero], (part, [known, rest]) => {
    const distance = b.op('sub', [meanOf(part), mean])
    const weighed = b.op('mul', [sizeOf(part), distance])
    const own = b.op('add', [loadPart(ctx, squares, part, env), b.op('mul', [weighed, distance])])
    return [b.op('add', [known!, own]), b.op('add', [rest!, weighed])]
  })
  // What rounding left of the distances from the mean, whose sum would be 0.
  return b.op('sub', [within!, b.op('div', [b.op('mul', [left!, left!]), most])])
}

/** What stands for nothing, where no part had an element. */
function orElse(ctx: RegionContext, split: Split, one: Reduction, value: ValueId, env: Env): ValueId {
  const otherwise = one.node.operands[2] ?? NONE
  if (otherwise === NONE) return value
  const { b } = ctx
  const slot = split.slots.get(one.value)!.at(-1)!
  const [present] = overParts(ctx, split, [{ init: b.i32(0), combine: 'sum' }], (part, [sum]) => [
    b.op('add', [sum!, loadPart(ctx, slot, part, env)]),
  ])
  const dtype = b.dtype(value) as 'f32' | 'i32' | 'u32' | 'bool'
  return b.op('select', [b.op('gt', [present!, b.i32(0)]), value, valueAs(ctx, otherwise, env, dtype)])
}
