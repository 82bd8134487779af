/**
 * Loops that a team of lanes shares out. A lane takes `width` neighbouring iterations at a time. Where rows are in registers, loops
 * go over all chunks that a lane holds, which is known when a shader is compiled, so that rows are indexed by constants. Narrow
 * elements that lie side by side are read as words, once for each chunk.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { Block, Node, ValueId } from '../../../compiler/ir/node.ts'
import { blockNodes } from '../../../compiler/ir/walk.ts'
import { termsBesideIndex, type IndexTerm } from '../../source/index-terms.ts'
import { call, infix, literal, named, wrapped, type Expr } from '../../source/text.ts'
import type { BufferPlace } from '../frame.ts'
import { scalarDType, type OpContext } from './context.ts'

/** Where an iteration is: its index, and among those of its lane the chunk, the neighbour, and which of all it is. */
export interface Iteration {
  readonly index: Expr
  readonly chunk: Expr
  readonly neighbour: Expr
  readonly slot: Expr
  /** Whether the team has it; null: it is not written otherwise. */
  readonly held: Expr | null
}

export interface Range {
  readonly lo: Expr
  /** Iterations of the team; 0 for teams that are not to do anything. */
  readonly count: Expr
}

export function rangeOf(c: OpContext, first: number, last: number): Range {
  const lo = c.share(c.arg(first), 'start')
  const hi = c.share(c.arg(last), 'end')
  const span = infix(call('u32', hi), '-', call('u32', lo))
  const isSome = infix(c.live, '&&', named(`(${lo.text} < ${hi.text})`))
  return { lo, count: c.share(call('select', literal('0u'), span, isSome), 'count') }
}

/** Whether a lane's bits have that of an iteration. */
export const isHeld = (bits: Expr, slot: Expr): Expr => named(`(((${bits.text} >> ${slot.text}) & 1u) != 0u)`)

/** What the parameters of a region are. */
type Args = (iteration: Iteration) => readonly Expr[]
/** Writes an iteration, with what its region yields. */
type Write = (iteration: Iteration, yields: readonly Expr[]) => void

/** All that a lane holds. */
export function heldLoop(
  c: OpContext,
  range: Range,
  region: Block,
  args: Args,
  write: Write,
  start: (chunk: Expr) => void = () => undefined,
): void {
  const chunk = named(c.fresh('c'))
  c.writer.block(`for (var ${chunk.text} = 0u; ${chunk.text} < CHUNKS; ${chunk.text}++)`, () => {
    const first = c.share(named(c.frame.firstOf(chunk.text)), 'first')
    start(chunk)
    neighbours(c, { range, region, first, chunk }, args, write)
  })
}

/** As many as there are: nothing of the region is in registers. */
export function openLoop(c: OpContext, range: Range, region: Block, args: Args, write: Write): void {
  const streams = streamsOf(c, region)
  const width = streams.length > 0 ? c.frame.width : 1
  const first = named(c.fresh('first'))
  c.writer.block(
    `for (var ${first.text} = lane * ${width}u; ${first.text} < ${range.count.text}; ${first.text} += TEAM * ${width}u)`,
    () => {
      if (width > 1) neighbours(c, { range, region, first, chunk: literal('0u') }, args, write)
      else {
        const index = indexAt(c, range, region, first)
        const none = literal('0u')
        const iteration = { index, chunk: none, neighbour: none, slot: none, held: null }
        write(iteration, c.alone(region, args(iteration)))
      }
    },
  )
}

const indexAt = (c: OpContext, { lo }: Range, region: Block, position: Expr): Expr => {
  const dtype = scalarDType(region.params[0]!.type)
  const at = call(dtype, position)
  return c.share(lo.literal && /^0[iu]$/.test(lo.text) ? at : infix(lo, '+', at), region.params[0]?.name ?? 'i')
}

interface Chunk {
  readonly range: Range
  readonly region: Block
  readonly first: Expr
  readonly chunk: Expr
}

function neighbours(c: OpContext, { range, region, first, chunk }: Chunk, args: Args, write: Write): void {
  const { width } = c.frame
  const neighbour = named(c.fresh('e'))
  const places = new Map<Node, Expr>()
  for (const { node, place, base } of streamsOf(c, region)) {
    const start = call(
      'u32',
      base.reduce((sum, { value, sign }) => infix(sum, sign, c.value(value)), range.lo),
    )
    const row = rowWithWords(c, { region, node, base }, range)
    const words =
      row === null ? c.share(call(place.chunkFunction, infix(start, '+', first)), 'words') : named(`${row}[${chunk.text}]`)
    const shift = dtypeBytes(place.type.dtype) === 2 ? 1 : 2
    const word = named(`${words.text}[${neighbour.text} >> ${shift}u]`)
    places.set(node, call(shift === 1 ? 'half_of_word' : 'byte_of_word', word, neighbour))
  }
  c.writer.block(`for (var ${neighbour.text} = 0u; ${neighbour.text} < ${width}u; ${neighbour.text}++)`, () => {
    const inside = `(${first.text} + ${neighbour.text} < ${range.count.text})`
    const body = (held: Expr | null): void => {
      const slot = c.share(named(`${wrapped(chunk)} * ${width}u + ${neighbour.text}`), 'slot')
      const iteration = { index: indexAt(c, range, region, infix(first, '+', neighbour)), chunk, neighbour, slot, held }
      write(iteration, c.alone(region, args(iteration), { places, slot, held }))
    }
    if (isPlain(c, region)) body(c.share(named(inside), 'held'))
    else c.writer.block(`if ${inside}`, () => body(null))
  })
}

/**
 * What costs nothing to do for iterations that there are not: straight code, and rows in registers. Without branches compilers
 * unroll loops, and rows stay in registers.
 */
const isPlain = (c: OpContext, region: Block): boolean =>
  region.nodes.every(({ op, regions, operands }) => {
    if (regions.length > 0 || op === 'atomic' || op === 'store_group' || op === 'kept_at') return false
    if (op !== 'store' && op !== 'store_raw') return true
    return c.frame.buffer(operands[0] as ValueId).type.access === 'lane'
  })

interface Stream {
  readonly node: Node
  readonly place: BufferPlace
  readonly base: readonly IndexTerm[]
}

/** Loads of narrow elements that nobody writes, whose index is the loop's plus what is the same in all iterations. */
function streamsOf(c: OpContext, region: Block): readonly Stream[] {
  return region.nodes.flatMap((node): readonly Stream[] => {
    if (node.op !== 'load' && node.op !== 'load_raw') return []
    const place = c.frame.buffer(node.operands[0] as ValueId)
    if (place.type.access !== 'read' || dtypeBytes(place.type.dtype) === 4) return []
    const base = termsBesideIndex(region, node.operands[1] as ValueId)
    return base === null ? [] : [{ node, place, base }]
  })
}

/** The row of 16-bit floats that has what a stream loads, since the region asks what is the best of it; null: none does. */
function rowWithWords(
  c: OpContext,
  { region, node, base }: Omit<Stream, 'place'> & { readonly region: Block },
  { lo }: Range,
): string | null {
  const asked = region.nodes.find(({ op }) => op === 'is_best')?.operands[0]
  const made = asked === undefined || c.frame.isAsked(asked) ? null : c.frame.halvesMade(asked)
  const [term, ...others] = base
  const isSame = made?.operands[1] === node.operands[0] && term?.sign === '+' && term.value === made?.operands[2]
  return isSame && others.length === 0 && /^0[iu]$/.test(lo.text) ? c.frame.buffer(asked!).variable : null
}

export const touchesRows = (c: OpContext, region: Block): boolean =>
  [...blockNodes(region)].some(
    ({ op, operands }) =>
      (['load', 'load_raw', 'store', 'store_raw'].includes(op) || (op === 'is_best' && !c.frame.isAsked(operands[0]!))) &&
      c.frame.buffer(operands[0] as ValueId).type.access === 'lane',
  )
