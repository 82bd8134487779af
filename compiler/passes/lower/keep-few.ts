/**
 * Selection by one thread from a row that is short, but of a length that only a call knows: what is kept are the bits of a word.
 * Up to four or eight elements are ranked in registers, as those of pinned rows are; longer rows are searched.
 */
import type { ValueId } from '../../ir/node.ts'
import { rankedFlags, type Candidate } from './keep-ranked.ts'
import { emitKeep, rowLength, type Selection } from './keep.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

/** Rows that are ranked: what there is code for, as comparisons grow with the square. */
const RANKED = [4, 8] as const

/** `keys` is a scratch row. A row has at most 32 elements. */
export function emitFew(ctx: RegionContext, selection: Selection, keys: KernelBuffer, env: Env): void {
  const { b } = ctx
  const axis = selection.axes[0]!
  const n = rowLength(ctx, selection)
  const [four, eight] = RANKED
  const isFew = b.op('and', [b.op('gt', [n, b.i32(0)]), b.op('le', [n, b.i32(four)])])
  const isSome = b.op('and', [b.op('gt', [n, b.i32(four)]), b.op('le', [n, b.i32(eight)])])
  // Of an empty row nothing may be read.
  const none = b.constant(0, 'u32')
  const few = b.guarded(isFew, () => ranked(ctx, selection, four, n, env), none)
  const some = b.guarded(isSome, () => ranked(ctx, selection, eight, n, env), none)
  const [word] = b.if(
    b.op('or', [isFew, isSome]),
    () => [b.op('or', [few, some])],
    () => [searched(ctx, selection, keys, n, env)],
  )
  ctx.available.set(selection.value, (at) => {
    const bit = b.op('shr', [word!, b.convert(at.get(axis)!, 'u32')])
    return b.op('ne', [b.op('and', [bit, b.constant(1, 'u32')]), b.constant(0, 'u32')])
  })
}

/** Elements behind the last one are read where that is, and are none. */
function ranked(ctx: RegionContext, selection: Selection, most: number, n: ValueId, env: Env): ValueId {
  const { b } = ctx
  const last = b.op('sub', [n, b.i32(1)])
  const candidates = Array.from({ length: most }, (_, i): Candidate => {
    const place = b.op('min', [b.i32(i), last])
    return { at: new Map(env).set(selection.axes[0]!, place), exists: b.op('lt', [b.i32(i), n]) }
  })
  const flags = rankedFlags(ctx, selection, candidates, n, env)
  return flags.map((flag, i) => bitOf(ctx, flag, b.constant(i, 'u32'))).reduce((x, y) => b.op('or', [x, y]))
}

function searched(ctx: RegionContext, selection: Selection, keys: KernelBuffer, n: ValueId, env: Env): ValueId {
  const { b } = ctx
  emitKeep(ctx, selection, keys, env)
  const isKept = ctx.available.get(selection.value)!
  const [word] = b.for(b.i32(0), n, [b.constant(0, 'u32')], (i, [known]) => {
    const flag = isKept(new Map(env).set(selection.axes[0]!, i))
    return [b.op('or', [known!, bitOf(ctx, flag, b.convert(i, 'u32'))])]
  })
  return word!
}

const bitOf = ({ b }: RegionContext, flag: ValueId, place: ValueId): ValueId => b.op('shl', [b.convert(flag, 'u32'), place])
