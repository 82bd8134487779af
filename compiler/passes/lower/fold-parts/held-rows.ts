/**
 * Rows that every score is computed from, such as a query: what the sums of scores read of tensors that have no summed axis is
 * decoded once for all scores of a part.
 */
import type { ValueId } from '../../../ir/node.ts'
import { NONE } from '../../../ir/op.ts'
import { computeDType } from '../../../ir/types.ts'
import { nest } from '../nest.ts'
import type { Env, KernelBuffer, RegionContext } from '../region-context.ts'
import { valueAt } from '../values.ts'
import { headAt } from './place.ts'
import type { FoldShape, ScoreSum } from './shape.ts'

export interface HeldRow {
  readonly value: ValueId
  readonly axes: readonly string[]
  /** One for each head of the team, or one for all. */
  readonly rows: readonly KernelBuffer[]
}

export function heldRows(ctx: RegionContext, fold: FoldShape, sums: readonly ScoreSum[], heads: number): readonly HeldRow[] {
  const held = new Map<ValueId, HeldRow>()
  const elsewhere = readElsewhere(ctx, fold)
  for (const { of, axes } of sums)
    for (const value of tensorsBehind(ctx, [of])) {
      const own = ctx.axesOf(value)
      const isRow = axes.every((axis) => own.includes(axis)) && !own.some((axis) => fold.along.includes(axis))
      if (!isRow || held.has(value) || elsewhere.has(value)) continue
      const count = own.some((axis) => fold.heads.includes(axis)) ? heads : 1
      const dtype = computeDType(ctx.tensorType(value).dtype)
      held.set(value, { value, axes, rows: Array.from({ length: count }, () => ctx.scratch(dtype, axes)) })
    }
  return [...held.values()]
}

const MOVING: ReadonlySet<string> = new Set(['gather', 'rename', 'shift', 'pool', 'put'])

/** Values that something reads at another position than its own, and what those are computed from. */
export function readElsewhere(ctx: RegionContext, fold: FoldShape): ReadonlySet<ValueId> {
  const nodes = operandsBehind(ctx, [
    ...[fold.score, ...fold.scoreSums.map(({ of }) => of)],
    ...fold.weighted.map(({ value }) => value),
  ])
  const moved = [...nodes].flatMap((id) => {
    const def = ctx.defs.get(id)
    return def !== undefined && MOVING.has(def.op) ? def.operands : []
  })
  return operandsBehind(ctx, moved)
}

/** Tensors in memory that values are computed from, element by element. */
const tensorsBehind = (ctx: RegionContext, roots: readonly ValueId[]): readonly ValueId[] =>
  [...operandsBehind(ctx, roots)].filter(
    (id) => id !== NONE && ctx.typeOf(id).kind === 'tensor' && ctx.isExternal(id) && ctx.tensorType(id).packing === undefined,
  )

/** Values and what they are computed from in this kernel. */
export function operandsBehind(ctx: RegionContext, roots: readonly ValueId[]): ReadonlySet<ValueId> {
  const seen = new Set(roots)
  for (const id of seen) {
    const def = id === NONE || ctx.isExternal(id) ? undefined : ctx.defs.get(id)
    def?.operands.forEach((operand) => seen.add(operand))
  }
  return seen
}

export function fillRows(ctx: RegionContext, rows: readonly HeldRow[], heads: readonly Env[]): void {
  const { b } = ctx
  for (const { value, axes, rows: own } of rows) {
    ctx.available.delete(value)
    nest(ctx, axes, heads[0]!, [], (at) => {
      own.slice(0, heads.length).forEach((row, i) => {
        const place = axes.reduce((out, axis) => out.set(axis, at.get(axis)!), new Map(heads[i]!))
        b.store(row.id, ctx.offset(axes, place), valueAt(ctx, value, place))
      })
      return []
    })
    ctx.available.set(value, (at) => b.load((own[headAt(ctx, at)] ?? own[0]!).id, ctx.offset(axes, at)))
  }
}
