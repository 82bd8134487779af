/**
 * Packing: one row per grid point. The kept elements are gathered into a scratch row without branches (every element is
 * written, the position advances only past kept ones) and copied out, so that no row writes beyond its own end.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { positionBits } from '../../ir/formats/storage.ts'
import { computeDType, type Packing } from '../../ir/types.ts'
import type { Storage } from './host-plan.ts'
import { nest, type Carried } from './nest.ts'
import { valueAs, valueAt } from './values.ts'
import type { Env, KernelBuffer, RegionContext } from './region-context.ts'

export interface PackTarget {
  readonly node: Node
  readonly storage: Storage
  /** Scratch of one row, of the dtype of the values. */
  readonly row: KernelBuffer
  /** Scratch of one row of i32, for the `indices` format; unused otherwise. */
  readonly places: KernelBuffer | null
}

export function emitPack(ctx: RegionContext, target: PackTarget, env: Env): void {
  const { b } = ctx
  const type = target.storage.type
  const packing = type.packing!
  const rows = type.axes.filter((axis) => !packing.over.includes(axis))
  const row = ctx.offset(rows, env)
  const count = gatherRow(ctx, target, packing, row, env)
  const start = packing.exact
    ? b.op('mul', [row, ctx.scalar(target.storage.kept, 'i32')])
    : appendRow(ctx, target.storage, row, count)
  copyRow(ctx, target.row, ctx.values(target.storage, 'values'), start, count)
  if (packing.format.kind === 'indices')
    copyRow(ctx, target.places!, ctx.buffer(target.storage.parts.indices!, 'indices'), start, count)
}

/** Ragged rows: where this row starts; records where the next one does. Rows are visited in order. */
function appendRow(ctx: RegionContext, storage: Storage, row: ValueId, count: ValueId): ValueId {
  const { b } = ctx
  const offsets = ctx.buffer(storage.parts.offsets!, 'offsets').id
  const start = b.convert(b.load(offsets, row), 'i32')
  b.store(offsets, b.op('add', [row, b.i32(1)]), b.convert(b.op('add', [start, count]), 'u32'))
  return start
}

function copyRow(ctx: RegionContext, from: KernelBuffer, to: KernelBuffer, start: ValueId, count: ValueId): void {
  const { b } = ctx
  b.lanes(b.i32(0), count, [], [], (i) => {
    b.storeRaw(to.id, b.op('add', [start, i]), b.loadRaw(from.id, i))
    return []
  })
}

/** Walks the row once: structure words to memory, kept elements to scratch; the result is how many there are. */
function gatherRow(ctx: RegionContext, target: PackTarget, packing: Packing, row: ValueId, env: Env): ValueId {
  switch (packing.format.kind) {
    case 'bitmap':
      return packing.over.length === 1
        ? bitmapWords(ctx, target, packing, packing.format.width, row, env)
        : bitmapBits(ctx, target, packing, packing.format.width, row, env)
    case 'nm':
      return positions(ctx, target, packing, positionBits(packing.format.m), row, env)
    case 'indices':
      return plain(ctx, target, packing, env)
  }
}

const maskOf = (ctx: RegionContext, target: PackTarget, at: Env): ValueId => valueAs(ctx, target.node.operands[1]!, at, 'bool')

/** Writes the element at `at` to a place of the scratch row. */
function copyElement(ctx: RegionContext, target: PackTarget, place: ValueId, at: Env): void {
  const { b } = ctx
  const x = target.node.operands[0]!
  if (ctx.isExternal(x)) {
    // An input is copied as it is stored: no rounding, NaN payloads kept.
    const storage = ctx.plan.storageOf(x)
    const bits = b.loadInvariant(ctx.values(storage, `t${x}`).id, ctx.offset(storage.type.axes, at), true)
    b.storeRaw(target.row.id, place, bits)
  } else b.store(target.row.id, place, valueAt(ctx, x, at))
}

/** `copyElement`, and how far the place advances: the mask bit as i32. */
function take(ctx: RegionContext, target: PackTarget, place: ValueId, at: Env): ValueId {
  copyElement(ctx, target, place, at)
  return ctx.b.convert(maskOf(ctx, target, at), 'i32')
}

const wordsPerRow = (ctx: RegionContext, over: readonly string[], width: number): ValueId => {
  const { b } = ctx
  const n = over.map((axis) => ctx.extent(axis)).reduce((x, y) => b.op('mul', [x, y]))
  const words = b.op('shr', [b.op('add', [n, b.i32(width - 1)]), b.i32(Math.log2(width))])
  return b.op('mul', [words, b.i32(width / 32)])
}

/** One packed axis: the mask of 32 elements as a word, then the elements of its set bits. */
function bitmapWords(ctx: RegionContext, target: PackTarget, packing: Packing, width: number, row: ValueId, env: Env): ValueId {
  const { b } = ctx
  const axis = packing.over[0]!
  const words = ctx.buffer(target.storage.parts.words!, 'words').id
  const perRow = wordsPerRow(ctx, packing.over, width)
  const first = b.op('mul', [row, perRow])
  const n = ctx.extent(axis)
  const [count] = b.for(b.i32(0), perRow, [b.i32(0)], (word, [place]) => {
    const lo = b.op('mul', [word, b.i32(32)])
    const hi = b.op('min', [b.op('add', [lo, b.i32(32)]), n])
    const [bits] = b.lanes(lo, hi, [b.constant(0, 'u32')], ['or'], (i, [collected]) => {
      const kept = b.convert(maskOf(ctx, target, new Map(env).set(axis, i)), 'u32')
      return [b.op('or', [collected!, b.op('shl', [kept, b.convert(b.op('sub', [i, lo]), 'u32')])])]
    })
    b.store(words, b.op('add', [first, word]), bits!)
    return [takeBits(ctx, target, bits!, lo, place!, axis, env)]
  })
  return count!
}

/** Appends the elements whose bits are set to the scratch row; returns the next place. */
function takeBits(
  ctx: RegionContext,
  target: PackTarget,
  bits: ValueId,
  lo: ValueId,
  place: ValueId,
  axis: string,
  env: Env,
): ValueId {
  const { b } = ctx
  const [, next] = b.while(
    [bits, place],
    ([rest]) => b.op('ne', [rest!, b.constant(0, 'u32')]),
    ([rest, at]) => {
      const i = b.op('add', [lo, b.convert(b.op('ctz', [rest!]), 'i32')])
      copyElement(ctx, target, at!, new Map(env).set(axis, i))
      return [b.op('and', [rest!, b.op('sub', [rest!, b.constant(1, 'u32')])]), b.op('add', [at!, b.i32(1)])]
    },
  )
  return next!
}

/** Several packed axes: bits are set one by one in words cleared before. */
function bitmapBits(ctx: RegionContext, target: PackTarget, packing: Packing, width: number, row: ValueId, env: Env): ValueId {
  const { b } = ctx
  const words = ctx.buffer(target.storage.parts.words!, 'words').id
  const perRow = wordsPerRow(ctx, packing.over, width)
  const first = b.op('mul', [row, perRow])
  b.lanes(b.i32(0), perRow, [], [], (word) => {
    b.store(words, b.op('add', [first, word]), b.constant(0, 'u32'))
    return []
  })
  return walk(ctx, packing, env, (at, place) => {
    const kept = take(ctx, target, place, at)
    const position = ctx.offset(packing.over, at)
    const word = b.op('add', [first, b.op('shr', [position, b.i32(5)])])
    const bit = b.op('shl', [b.convert(kept, 'u32'), b.convert(b.op('and', [position, b.i32(31)]), 'u32')])
    b.store(words, word, b.op('or', [b.load(words, word), bit]))
    return kept
  })
}

/** n:m: the position of every kept element within its group, `bits` bits each, low bits first, rows padded to a word. */
function positions(ctx: RegionContext, target: PackTarget, packing: Packing, bits: number, row: ValueId, env: Env): ValueId {
  const { b } = ctx
  const meta = ctx.buffer(target.storage.parts.meta!, 'meta').id
  const kept = ctx.scalar(target.storage.kept, 'i32')
  const perRow = b.op('shr', [b.op('add', [b.op('mul', [kept, b.i32(bits)]), b.i32(31)]), b.i32(5)])
  const first = b.op('mul', [row, perRow])
  b.lanes(b.i32(0), perRow, [], [], (word) => {
    b.store(meta, b.op('add', [first, word]), b.constant(0, 'u32'))
    return []
  })
  const lane = packing.over.at(-1)!
  return walk(ctx, packing, env, (at, place) => {
    const taken = take(ctx, target, place, at)
    const where = b.convert(at.get(lane)!, 'u32')
    const code = b.op('select', [b.op('ne', [taken, b.i32(0)]), where, b.constant(0, 'u32')])
    const start = b.op('mul', [b.op('min', [place, b.op('max', [b.op('sub', [kept, b.i32(1)]), b.i32(0)])]), b.i32(bits)])
    orBits(ctx, meta, first, start, bits, code)
    return taken
  })
}

/** Ors a field of `bits` bits into a bit stream; a field may straddle two words when 32 is no multiple of `bits`. */
function orBits(ctx: RegionContext, words: ValueId, first: ValueId, start: ValueId, bits: number, code: ValueId): void {
  const { b } = ctx
  const word = b.op('add', [first, b.op('shr', [start, b.i32(5)])])
  const shift = b.convert(b.op('and', [start, b.i32(31)]), 'u32')
  b.store(words, word, b.op('or', [b.load(words, word), b.op('shl', [code, shift])]))
  if (32 % bits === 0) return
  b.if(b.op('gt', [b.op('add', [shift, b.constant(bits, 'u32')]), b.constant(32, 'u32')]), () => {
    const next = b.op('add', [word, b.i32(1)])
    const high = b.op('shr', [code, b.op('sub', [b.constant(32, 'u32'), shift])])
    b.store(words, next, b.op('or', [b.load(words, next), high]))
    return []
  })
}

function plain(ctx: RegionContext, target: PackTarget, packing: Packing, env: Env): ValueId {
  const { b } = ctx
  return walk(ctx, packing, env, (at, place) => {
    b.store(target.places!.id, place, ctx.offset(packing.over, at))
    return take(ctx, target, place, at)
  })
}

/** Visits the row in order; `visit` returns how far the place advances. */
function walk(ctx: RegionContext, packing: Packing, env: Env, visit: (at: Env, place: ValueId) => ValueId): ValueId {
  const carried: Carried = { init: ctx.b.i32(0), combine: 'none' }
  const body = (at: Env, [place]: readonly ValueId[]): readonly ValueId[] => [ctx.b.op('add', [place!, visit(at, place!)])]
  return nest(ctx, packing.over, env, [carried], body, { sequential: true })[0]!
}

/** Reads a packed tensor's row back into a dense scratch row, zeros where nothing was kept. */
export function emitUnpack(ctx: RegionContext, node: Node, row: KernelBuffer, env: Env): void {
  const { b } = ctx
  const storage = ctx.plan.storageOf(node.operands[0]!)
  const packing = storage.type.packing!
  const rows = storage.type.axes.filter((axis) => !packing.over.includes(axis))
  const index = ctx.offset(rows, env)
  const value = node.results[0]!.id
  const kept = packing.exact ? ctx.scalar(keptOf(ctx, node), 'i32') : null
  const [start, end] = kept === null ? raggedRow(ctx, storage, index) : [b.op('mul', [index, kept]), null]
  const values = ctx.values(storage, `t${node.operands[0]!}`).id
  switch (packing.format.kind) {
    case 'bitmap':
      unpackBits(ctx, storage, packing, packing.format.width, index, start, values, row, env)
      break
    default:
      clearRow(ctx, packing, row)
      scatterRow(ctx, storage, packing, index, start, kept ?? b.op('sub', [end!, start]), values, row)
  }
  ctx.available.set(value, (at) => b.load(row.id, ctx.offset(packing.over, at)))
}

const keptOf = (ctx: RegionContext, node: Node): ValueId => ctx.plan.keptOf(node.operands[0]!)

function raggedRow(ctx: RegionContext, storage: Storage, index: ValueId): readonly [ValueId, ValueId] {
  const { b } = ctx
  const offsets = ctx.buffer(storage.parts.offsets!, 'offsets').id
  const read = (at: ValueId): ValueId => b.convert(b.loadInvariant(offsets, at), 'i32')
  return [read(index), read(b.op('add', [index, b.i32(1)]))]
}

function unpackBits(
  ctx: RegionContext,
  storage: Storage,
  packing: Packing,
  width: number,
  index: ValueId,
  start: ValueId,
  values: ValueId,
  row: KernelBuffer,
  env: Env,
): void {
  const { b } = ctx
  const words = ctx.buffer(storage.parts.words!, 'words').id
  const first = b.op('mul', [index, wordsPerRow(ctx, packing.over, width)])
  const carried: Carried = { init: start, combine: 'none' }
  nest(
    ctx,
    packing.over,
    env,
    [carried],
    (at, [place]) => {
      const position = ctx.offset(packing.over, at)
      const word = b.loadInvariant(words, b.op('add', [first, b.op('shr', [position, b.i32(5)])]))
      const bit = b.op('and', [b.op('shr', [word, b.convert(b.op('and', [position, b.i32(31)]), 'u32')]), b.constant(1, 'u32')])
      const kept = b.op('ne', [bit, b.constant(0, 'u32')])
      const [value] = b.if(
        kept,
        () => [b.loadInvariant(values, place!)],
        () => [b.constant(0, computeDType(row.dtype))],
      )
      b.store(row.id, position, value!)
      return [b.op('add', [place!, b.convert(kept, 'i32')])]
    },
    { sequential: true },
  )
}

function clearRow(ctx: RegionContext, packing: Packing, row: KernelBuffer): void {
  const { b } = ctx
  const n = packing.over.map((axis) => ctx.extent(axis)).reduce((x, y) => b.op('mul', [x, y]))
  const zero = b.constant(0, computeDType(row.dtype))
  b.lanes(b.i32(0), n, [], [], (i) => {
    b.store(row.id, i, zero)
    return []
  })
}

function scatterRow(
  ctx: RegionContext,
  storage: Storage,
  packing: Packing,
  index: ValueId,
  start: ValueId,
  count: ValueId,
  values: ValueId,
  row: KernelBuffer,
): void {
  const { b } = ctx
  b.for(b.i32(0), count, [], (i) => {
    const position = positionOf(ctx, storage, packing, index, start, i, count)
    b.store(row.id, position, b.load(values, b.op('add', [start, i])))
    return []
  })
}

/** Where kept element `i` of the row belongs. */
function positionOf(
  ctx: RegionContext,
  storage: Storage,
  packing: Packing,
  index: ValueId,
  start: ValueId,
  i: ValueId,
  count: ValueId,
): ValueId {
  const { b } = ctx
  if (packing.format.kind !== 'nm') return b.load(ctx.buffer(storage.parts.indices!, 'indices').id, b.op('add', [start, i]))
  const { n, m } = packing.format
  const bits = positionBits(m)
  const perRow = b.op('shr', [b.op('add', [b.op('mul', [count, b.i32(bits)]), b.i32(31)]), b.i32(5)])
  const first = b.op('mul', [index, perRow])
  const at = b.op('mul', [i, b.i32(bits)])
  const meta = ctx.buffer(storage.parts.meta!, 'meta').id
  const word = b.op('add', [first, b.op('shr', [at, b.i32(5)])])
  const shift = b.convert(b.op('and', [at, b.i32(31)]), 'u32')
  let field = b.op('shr', [b.load(meta, word), shift])
  if (32 % bits !== 0) {
    const straddles = b.op('gt', [b.op('add', [shift, b.constant(bits, 'u32')]), b.constant(32, 'u32')])
    const [high] = b.if(
      straddles,
      () => [b.op('shl', [b.load(meta, b.op('add', [word, b.i32(1)])), b.op('sub', [b.constant(32, 'u32'), shift])])],
      () => [b.constant(0, 'u32')],
    )
    field = b.op('or', [field, high!])
  }
  const lane = b.convert(b.op('and', [field, b.constant(2 ** bits - 1, 'u32')]), 'i32')
  return b.op('add', [b.op('mul', [b.op('div', [i, b.i32(n)]), b.i32(m)]), lane])
}
