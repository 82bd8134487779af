/**
 * Loops that are shared out among the threads of a team. A thread takes neighbouring iterations at a time, so that what lies side by
 * side in memory is loaded and stored in one step: such loads come before the iterations of a chunk, such stores after them.
 */
import { vectorWidth } from '../../../abi/cuda-teams.ts'
import type { Block, ValueId } from '../../../compiler/ir/node.ts'
import type { Expr } from '../../source/text.ts'
import { storedType } from '../types.ts'
import type { OpContext } from './context.ts'
import { keptStreams, type KeptStream } from './kept.ts'
import { readsInLoops, readsScratch, scatters, streamsOf, touchesRows, type Stream } from './streams.ts'

/** A region as a function of a chunk. */
export interface ChunkText {
  /** `[&](auto chunk, …)`. */
  readonly head: string
  /** What the parameters of the region are. */
  readonly args: readonly Expr[]
  /** What a chunk gives as a whole, instead of iterations. */
  readonly result?: string | null
  /** Statements before the iterations, and after them. */
  readonly before?: readonly string[]
  readonly after?: readonly string[]
  /** Statements at the start of an iteration. */
  readonly start?: readonly string[]
  /** Writes what becomes of the values that an iteration yields. */
  readonly end?: (yields: readonly Expr[]) => void
  /** What is behind the closing brace. */
  readonly tail: string
}

export interface SpreadPlan {
  /** The function for a loop without results. */
  readonly spread: string
  /** The template arguments: chunks in registers, neighbours of a thread. */
  readonly sizes: string
  /** Whether chunks can be loaded and stored at once, when the first iteration is `lo`. */
  whole(lo: Expr): string
  write(region: number, text: ChunkText): void
}

/** `least`: the fewest neighbours that a thread must take. */
export function planSpread(c: OpContext, regions: readonly Block[], least: 1 | 4): SpreadPlan {
  const hasRows = regions.some((region) => touchesRows(c, region))
  const isLone = !hasRows && least === 1 && regions.some((region) => readsInLoops(region) || scatters(c, region))
  const streams = regions.map((region) => (isLone ? [] : streamsOf(c, region)))
  const all = streams.flat()
  const kept = regions.map((region) => (hasRows && startsAtZero(c) ? keptStreams(c, region, c.frame.width) : []))
  // Positions are 16 bytes then, and more threads have some.
  const isOfList = c.frame.loopsOfLists.has(c.node)
  const own = isOfList ? 4 : vectorWidth(all.map(({ place }) => ({ access: 'read', dtype: place.type.dtype })))
  const width = hasRows ? c.frame.width : all.length > 0 ? Math.min(own, c.frame.width) : least
  for (const { node } of all) c.unused(node.operands[1] as ValueId)
  const isRolled = c.frame.fetches() && !hasRows && width === 1 && regions.every((region) => readsScratch(c, region))
  return {
    spread: isRolled ? 'spread_rolled' : 'spread',
    sizes: `<${hasRows ? 'C' : '0'}, ${width}>`,
    whole: (lo) => {
      const isZero = lo.literal && lo.text === '0'
      const pointers = [...new Set(all.map(({ pointer }) => pointer))]
      return pointers.length === 0
        ? 'true'
        : pointers.map((pointer) => `aligned<${width}>(${isZero ? pointer : `${pointer} + ${lo.text}`})`).join(' && ')
    },
    write: (index, text) =>
      writeChunk(c, regions[index] as Block, { streams: streams[index] ?? [], kept: kept[index] ?? [] }, text),
  }
}

/** Chunks of a loop from 0 on begin at multiples of what a thread takes at a time. */
function startsAtZero({ node, definition }: OpContext): boolean {
  const [lo] = node.op === 'lanes' ? [definition(0)] : []
  return lo?.op === 'constant' && lo.attrs.value === 0
}

interface Streams {
  readonly streams: readonly Stream[]
  readonly kept: readonly KeptStream[]
}

function writeChunk(c: OpContext, region: Block, { streams, kept }: Streams, text: ChunkText): void {
  const named = streams.map((stream) => ({ ...stream, variable: c.fresh(stream.place.variable) }))
  const rows = kept.map((row) => ({ ...row, variable: c.fresh(row.hint) }))
  const places = new Map([...named, ...rows].map(({ node, variable }) => [node, `${variable}[at]`] as const))
  const lines = (some: readonly string[] | undefined): void => (some ?? []).forEach((line) => c.writer.line(line))
  c.writer.block(
    text.head,
    () => {
      for (const { variable, pointer, place, isStore } of named)
        c.writer.line(
          isStore
            ? `Vec<${storedType(place.type.dtype)}, chunk.count> ${variable};`
            : `const auto ${variable} = chunk.load(${pointer});`,
        )
      for (const { variable, elements } of rows) c.writer.line(`const auto ${variable} = ${elements};`)
      if (text.result != null) {
        c.writer.line(`return ${text.result};`)
        return
      }
      lines(text.before)
      c.writer.block(
        'chunk.each([&](At at)',
        () => {
          lines(text.start)
          const yields = c.alone(region, text.args, places)
          text.end?.(yields)
        },
        '});',
      )
      for (const { variable, pointer, isStore } of named) if (isStore) c.writer.line(`chunk.store(${pointer}, ${variable});`)
      lines(text.after)
    },
    text.tail,
  )
}
