/** `bitmap(w)`: the words of the mask as they are collected; reading clears the lowest set bit until none is left. */
import type { ValueId } from '../../../ir/node.ts'
import { dtypeBytes } from '../../../../abi/dtype.ts'
import type { FormatOf } from '../../../ir/types.ts'
import type { RegionContext } from '../region-context.ts'
import { placeEnv } from '../place-env.ts'
import { part, type FormatLowering, type PackedRow, type RowPlace } from './format-lowering.ts'
import { fetchRows, rowsFit, type FetchedPart } from '../tile-ops.ts'
import { eachBit, eachKept, maskAt, storeEntries, storeEntry, withoutLowest } from './kept-entries.ts'

type Bitmap = FormatOf<'bitmap'>

/** Words that copies of words and of values may have in front and behind, for both to begin at multiples of 16 bytes. */
const FETCH_SLACK = 16

/** u32 words of a row, padded to whole words of the format's width. */
function wordsPerRow(ctx: RegionContext, over: readonly string[], { width }: Bitmap): ValueId {
  const { b } = ctx
  const n = ctx.size(over)
  const words = b.op('shr', [b.op('add', [n, b.i32(width - 1)]), b.i32(Math.log2(width))])
  return b.op('mul', [words, b.i32(width / 32)])
}

/** Where the words and the values are of the rows from one up to another. */
function rangesOf(ctx: RegionContext, from: RowPlace<Bitmap>, to: RowPlace<Bitmap>): readonly [FetchedPart, FetchedPart] {
  const perRow = wordsPerRow(ctx, from.packing.over, from.packing.format)
  const [lo, hi] = [from, to].map(({ row }) => ctx.b.op('mul', [row, perRow])) as [ValueId, ValueId]
  const words = part(ctx, from.storage, 'words').id
  return [
    { buffer: words, lo, hi },
    { buffer: part(ctx, from.storage, 'values').id, lo: from.start, hi: to.start },
  ]
}

export const bitmap: FormatLowering<Bitmap> = {
  assemble(ctx, row) {
    const { b } = ctx
    const words = part(ctx, row.storage, 'words').id
    const perRow = wordsPerRow(ctx, row.packing.over, row.packing.format)
    const first = b.op('mul', [row.row, perRow])
    if (ctx.canTally) return assembleByTeam(ctx, row, words, first)
    const store = (at: ReadonlyMap<string, ValueId>, _position: ValueId, place: ValueId): void => storeEntry(ctx, row, at, place)
    if (row.packing.over.length === 1) {
      const word = (position: ValueId, bits: ValueId): void =>
        b.store(words, b.op('add', [first, b.op('shr', [position, b.i32(5)])]), bits)
      return eachKept(ctx, row, store, { word, words: perRow })
    }
    b.lanes(b.i32(0), perRow, [], [], (word) => {
      b.store(words, b.op('add', [first, word]), b.constant(0, 'u32'))
      return []
    })
    return eachKept(ctx, row, store, { word: (position, bits) => orWord(ctx, words, first, position, bits) })
  },

  at(ctx, row, index) {
    const words = part(ctx, row.storage, 'words').id
    const values = part(ctx, row.storage, 'values').id
    const first = ctx.b.op('mul', [row.row, wordsPerRow(ctx, row.packing.over, row.packing.format)])
    return ctx.b.keptAt(words, first, values, row.start, index)
  },

  fetch: {
    words: (ctx, { packing }) => wordsPerRow(ctx, packing.over, packing.format),

    start(ctx, scratch, from, to, rows) {
      const [words, values] = rangesOf(ctx, from, to)
      const whole = ctx.b.op('mul', [rows, wordsPerRow(ctx, from.packing.over, from.packing.format)])
      return fetchRows(ctx.b, scratch, words, values, whole)
    },

    fits(ctx, scratch, from, to, rows) {
      const [words, values] = rangesOf(ctx, from, to)
      const whole = ctx.b.op('mul', [rows, wordsPerRow(ctx, from.packing.over, from.packing.format)])
      return rowsFit(ctx.b, scratch, words, values, whole)
    },

    room(plan, storage, { over, format, exact }, rows) {
      const times = (x: ValueId, y: number): ValueId => plan.scalar('mul', [x, plan.scalar('mul', [rows, plan.int(y)])])
      const most = exact ? storage.kept : plan.rowRoom(storage)
      const values = plan.ceilDiv(times(most, dtypeBytes(storage.type.dtype)), 4)
      // A word with the number of those before it, and as it is copied; copies begin anywhere in 16 bytes.
      const words = times(plan.rowWords(format.width, over), 3)
      return plan.scalar('add', [plan.scalar('add', [words, values]), plan.int(FETCH_SLACK)])
    },
  },

  visit(ctx, row, init, each) {
    const { b } = ctx
    const words = part(ctx, row.storage, 'words').id
    const perRow = wordsPerRow(ctx, row.packing.over, row.packing.format)
    const first = b.op('mul', [row.row, perRow])
    if (init.length === 0) {
      b.for(b.i32(0), perRow, [row.start], (word, [place]) => {
        const lo = b.op('mul', [word, b.i32(32)])
        const bits = b.loadInvariant(words, b.op('add', [first, word]))
        return [eachBit(ctx, bits, place!, (bit, at) => each(b.op('add', [lo, bit]), at, []))]
      })
      return []
    }
    const [, ...last] = b.for(b.i32(0), perRow, [row.start, ...init], (word, carried) => {
      const lo = b.op('mul', [word, b.i32(32)])
      const bits = b.loadInvariant(words, b.op('add', [first, word]))
      const [, ...after] = b.while(
        [bits, ...carried],
        ([rest]) => b.op('ne', [rest!, b.constant(0, 'u32')]),
        ([rest, place, ...inner]) => {
          const position = b.op('add', [lo, b.convert(b.op('ctz', [rest!]), 'i32')])
          const next = each(position, place!, inner)
          return [withoutLowest(ctx, rest!), b.op('add', [place!, b.i32(1)]), ...next]
        },
      )
      return after
    })
    return last
  },
}

function assembleByTeam(ctx: RegionContext, row: PackedRow<Bitmap>, words: ValueId, first: ValueId): ValueId {
  const { b } = ctx
  const { over, format } = row.packing
  const { lo, hi } = ctx.range(over)
  // Windows begin with a whole group of words.
  const word = b.op('add', [first, b.op('shr', [lo, b.i32(5)])])
  b.storeBits({ words, first: word, width: format.width }, b.op('sub', [hi, lo]), (i) =>
    maskAt(ctx, row, placeEnv(ctx, over, b.op('add', [lo, i]), row.env)),
  )
  return storeEntries(ctx, row)
}

/** Ors 32 bits into a row of words, from any bit on. */
function orWord(ctx: RegionContext, words: ValueId, first: ValueId, position: ValueId, bits: ValueId): void {
  const { b } = ctx
  const word = b.op('add', [first, b.op('shr', [position, b.i32(5)])])
  const shift = b.convert(b.op('and', [position, b.i32(31)]), 'u32')
  b.store(words, word, b.op('or', [b.load(words, word), b.op('shl', [bits, shift])]))
  // Shifted by 32 in two steps, because a shift by the width of a word is not one. The last bits may be all zero: then there may be no next word.
  const high = b.op('shr', [b.op('shr', [bits, b.constant(1, 'u32')]), b.op('sub', [b.constant(31, 'u32'), shift])])
  b.if(b.op('ne', [high, b.constant(0, 'u32')]), () => {
    const next = b.op('add', [word, b.i32(1)])
    b.store(words, next, b.op('or', [b.load(words, next), high]))
    return []
  })
}
