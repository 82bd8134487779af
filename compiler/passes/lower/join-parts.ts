/** What is stored of each part of a reduction, and how the parts are one again. */
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { HIGHEST, LOWEST } from './keep.ts'
import type { Carried } from './nest.ts'
import { loadPart, rangeOf, storePart, type Split, type Stage } from './parts.ts'
import { identityOf, isArg, isDeviation, schemeOf, type Reduction } from './reduction-scheme.ts'
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

/** Something summed, multiplied, … over the parts. */
interface Total {
  readonly carried: Carried
  readonly step: (part: ValueId, known: ValueId) => ValueId
}

/** The value of every reduction, from its parts: all that takes one pass over them in one. Threads that share a point take parts in turn. */
export function joinParts(
  ctx: RegionContext,
  { split, sharer }: Stage,
  group: readonly Reduction[],
  env: Env,
): readonly ValueId[] {
  const place: Place = { ctx, split, sharer, env }
  const firsts = group.map((one) => [...firstOf(place, one), ...counted(place, one)])
  const found = overParts(place, firsts.flat())
  let next = 0
  const numbers = firsts.map((totals) => found.slice(next, (next += totals.length)))
  const seconds = group.map((one, i) => secondOf(place, one, numbers[i]!))
  const spread = overParts(place, seconds.flat())
  let after = 0
  return group.map((one, i) => {
    const own = spread.slice(after, (after += seconds[i]!.length))
    return orElse(place, one, valueOf(place, one, numbers[i]!, own), numbers[i]!.at(-1)!)
  })
}

function firstOf(place: Place, one: Reduction): readonly Total[] {
  if (isDeviation(one.node)) return means(place, one)
  return [isArg(one.node) ? bestKey(place, one) : total(place, one)]
}

function secondOf(place: Place, one: Reduction, numbers: readonly ValueId[]): readonly Total[] {
  if (isDeviation(one.node)) return distances(place, one, numbers)
  return isArg(one.node) ? [firstWith(place, one, numbers[0]!)] : []
}

function valueOf(place: Place, one: Reduction, numbers: readonly ValueId[], second: readonly ValueId[]): ValueId {
  const { b } = place.ctx
  if (isDeviation(one.node)) return squares(place, second, numbers)
  const [position] = second
  return position === undefined ? numbers[0]! : b.op('select', [b.op('eq', [position, b.i32(HIGHEST)]), b.i32(-1), position])
}

interface Place {
  readonly ctx: RegionContext
  readonly split: Split
  readonly sharer: ValueId | null
  readonly env: Env
}

function overParts({ ctx, split, sharer }: Place, totals: readonly Total[]): readonly ValueId[] {
  if (totals.length === 0) return []
  const { b } = ctx
  const count = ctx.scalar(split.count, 'i32')
  const init = totals.map(({ carried }) => carried.init)
  const combine = totals.map(({ carried }) => carried.combine)
  const step = (part: ValueId, known: readonly ValueId[]): readonly ValueId[] => totals.map((one, i) => one.step(part, known[i]!))
  if (sharer !== null)
    return b
      .for(sharer, count, init, step, split.sharers)
      .map((value, i) => b.joinPoints(value, combine[i] as 'sum' | 'max' | 'min'))
  return combine.includes('none') ? b.for(b.i32(0), count, init, step) : b.lanes(b.i32(0), count, init, combine, step)
}

const stored = ({ ctx, split, env }: Place, one: Reduction, number: number, part: ValueId): ValueId =>
  loadPart(ctx, split.slots.get(one.value)!.at(number)!, part, env)

function total(place: Place, one: Reduction): Total {
  const scheme = schemeOf(place.ctx, one.node)
  return {
    carried: { init: identityOf(place.ctx, scheme), combine: scheme.combine },
    step: (part, known) => place.ctx.b.op(scheme.update, [known, stored(place, one, 0, part)]),
  }
}

function bestKey(place: Place, one: Reduction): Total {
  const { b } = place.ctx
  return {
    carried: { init: b.i32(LOWEST), combine: 'max' },
    step: (part, known) => b.op('max', [known, stored(place, one, 0, part)]),
  }
}

/** The first position that has the key; a part without elements has none. */
function firstWith(place: Place, one: Reduction, key: ValueId): Total {
  const { b } = place.ctx
  const positionOf = (part: ValueId): ValueId => {
    const position = stored(place, one, 1, part)
    const has = b.op('and', [b.op('eq', [stored(place, one, 0, part), key]), b.op('ge', [position, b.i32(0)])])
    return b.op('select', [has, position, b.i32(HIGHEST)])
  }
  return {
    carried: { init: b.i32(HIGHEST), combine: 'min' },
    step: (part, known) => b.op('min', [known, positionOf(part)]),
  }
}

const sum = ({ b }: RegionContext, of: (part: ValueId) => ValueId): Total => ({
  carried: { init: b.f32(0), combine: 'sum' },
  step: (part, known) => b.op('add', [known, of(part)]),
})

/** How many elements there are, and the sum of their distances from the first. */
const means = (place: Place, one: Reduction): readonly Total[] => [
  sum(place.ctx, (part) => sizeOf(place, one, part)),
  sum(place.ctx, (part) => place.ctx.b.op('mul', [sizeOf(place, one, part), meanOf(place, one, part)])),
]

function sizeOf({ ctx, split }: Place, one: Reduction, part: ValueId): ValueId {
  const { lo, hi } = rangeOf(ctx, split, part, one.node)
  return ctx.b.convert(ctx.b.op('sub', [hi, lo]), 'f32')
}

/** The mean of a part, relative to the first element of all. */
function meanOf(place: Place, one: Reduction, part: ValueId): ValueId {
  const { b } = place.ctx
  const origin = b.op('sub', [stored(place, one, 0, part), stored(place, one, 0, b.i32(0))])
  return b.op('add', [origin, stored(place, one, 1, part)])
}

const atLeastOne = ({ b }: RegionContext, size: ValueId): ValueId => b.op('max', [size, b.f32(1)])

/** Squared distances from the mean of all, and what rounding left of the distances, whose sum would be 0. */
function distances(place: Place, one: Reduction, [size, first]: readonly ValueId[]): readonly Total[] {
  const { b } = place.ctx
  const mean = b.op('div', [first!, atLeastOne(place.ctx, size!)])
  const distance = (part: ValueId): ValueId => b.op('sub', [meanOf(place, one, part), mean])
  const weighed = (part: ValueId): ValueId => b.op('mul', [sizeOf(place, one, part), distance(part)])
  const within = (part: ValueId): ValueId => stored(place, one, 2, part)
  return [
    sum(place.ctx, (part) => b.op('add', [within(part), b.op('mul', [weighed(part), distance(part)])])),
    sum(place.ctx, weighed),
  ]
}

function squares({ ctx }: Place, [within, left]: readonly ValueId[], [size]: readonly ValueId[]): ValueId {
  const { b } = ctx
  return b.op('sub', [within!, b.op('div', [b.op('mul', [left!, left!]), atLeastOne(ctx, size!)])])
}

/** How many elements took part, where something else stands for none. */
function counted(place: Place, one: Reduction): readonly Total[] {
  if ((one.node.operands[2] ?? NONE) === NONE) return []
  const { b } = place.ctx
  return [
    {
      carried: { init: b.i32(0), combine: 'sum' },
      step: (part, known) => b.op('add', [known, stored(place, one, -1, part)]),
    },
  ]
}

function orElse({ ctx, env }: Place, one: Reduction, value: ValueId, present: ValueId): ValueId {
  const otherwise = one.node.operands[2] ?? NONE
  if (otherwise === NONE) return value
  const { b } = ctx
  const dtype = b.dtype(value) as 'f32' | 'i32' | 'u32' | 'bool'
  return b.op('select', [b.op('gt', [present, b.i32(0)]), value, valueAs(ctx, otherwise, env, dtype)])
}
