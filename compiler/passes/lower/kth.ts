/**
 * `kth`: the k-th best of a row, by the searches of `keep` without their second half. The number is recovered from its key,
 * so -0 becomes 0.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import { computeDType } from '../../ir/types.ts'
import { findThreshold } from './find-threshold.ts'
import { countCandidates, HIGHEST, LOWEST, rowLength, type RowKeys, type Selection } from './keep.ts'
import { streamedThreshold } from './keep-streamed.ts'
import { orderOf, ranks } from './order.ts'
import { valueAs } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

/** The search of a `kth` node, with its k. */
export function kthOf(ctx: RegionContext, node: Node): Selection {
  const [x = NONE, where = NONE, k = NONE] = node.operands
  const own = ctx.axesOf(x)
  return { ...orderOf(node, [...own, ...ctx.axesOf(where).filter((axis) => !own.includes(axis))]), k }
}

/** In a row whose keys are in scratch. */
export function kthOfKeys(ctx: RegionContext, selection: Selection, row: RowKeys, env: Env): ValueId {
  const { b } = ctx
  const n = rowLength(ctx, selection)
  const k = b.op('max', [wanted(ctx, selection, env), b.i32(1)])
  const { threshold } = findThreshold(ctx, row.keys, n, k, row.low, row.high)
  // The search may stop between two keys.
  const [key] = b.lanes(b.i32(0), n, [b.i32(HIGHEST)], ['min'], (i, [least]) => {
    const each = b.load(row.keys.id, i)
    return [b.op('min', [least!, b.op('select', [b.op('ge', [each, threshold]), each, b.i32(HIGHEST)])])]
  })
  return inRange(ctx, selection, numberOf(ctx, selection, key!), env)
}

/** In one row that is the whole tensor; `histogram` as for `keep`. */
export function kthStreamed(ctx: RegionContext, selection: Selection, histogram: KernelBuffer, env: Env): ValueId {
  const { b } = ctx
  const k = b.op('max', [wanted(ctx, selection, env), b.i32(1)])
  const { threshold } = streamedThreshold(ctx, selection, histogram, k, env)
  return inRange(ctx, selection, numberOf(ctx, selection, threshold), env)
}

/** Of a few pinned elements. */
export function kthRanked(ctx: RegionContext, selection: Selection, length: number, env: Env): ValueId {
  const { b } = ctx
  const [axis = ''] = selection.axes
  const before = b.op('sub', [wanted(ctx, selection, env), b.i32(1)])
  const dtype = numberDType(ctx, selection)
  const value = ranks(ctx, selection, length, env).reduce(
    (found, rank, i) => {
      const at = new Map(env).set(axis, b.i32(i))
      return b.op('select', [b.op('eq', [rank, before]), valueAs(ctx, selection.score, at, dtype), found])
    },
    b.constant(0, dtype),
  )
  return inRange(ctx, selection, value, env)
}

const wanted = (ctx: RegionContext, selection: Selection, env: Env): ValueId => valueAs(ctx, selection.k, env, 'i32')

function numberDType(ctx: RegionContext, selection: Selection): 'f32' | 'i32' | 'u32' {
  const dtype = computeDType(ctx.tensorType(selection.score).dtype)
  if (dtype === 'bool') throw new Error('masks have no k-th best')
  return dtype
}

/** The number that has this key. */
function numberOf(ctx: RegionContext, selection: Selection, key: ValueId): ValueId {
  const { b } = ctx
  const dtype = numberDType(ctx, selection)
  if (dtype === 'i32') return key
  if (dtype === 'u32') return b.op('bitcast', [b.op('xor', [key, b.i32(LOWEST)])], { to: 'u32' })
  const bits = b.op('xor', [key, b.op('and', [b.op('shr', [key, b.i32(31)]), b.i32(HIGHEST)])])
  const isNaN = b.op('eq', [key, b.i32(LOWEST + 1)])
  return b.op('select', [isNaN, b.f32('nan'), b.op('bitcast', [bits], { to: 'f32' })])
}

const EXTREMES = { f32: ['inf', '-inf'], i32: [HIGHEST, LOWEST], u32: [2 ** 32 - 1, 0] } as const

/** What stands for the 0-th best and for one beyond the last. */
function inRange(ctx: RegionContext, selection: Selection, value: ValueId, env: Env): ValueId {
  const { b } = ctx
  const dtype = numberDType(ctx, selection)
  const [most, least] = EXTREMES[dtype]
  const k = wanted(ctx, selection, env)
  const beyond = b.op('gt', [k, countCandidates(ctx, selection, env)])
  const within = b.op('select', [beyond, b.constant(least, dtype), value])
  return b.op('select', [b.op('le', [k, b.i32(0)]), b.constant(most, dtype), within])
}
