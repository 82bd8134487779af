/** What a team of lanes of a subgroup does: iterations spread over it, counting along them, what one lane does for all. */
import { dtypeBytes } from '../../../abi/dtype.ts'
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { Block } from '../../../compiler/ir/node.ts'
import type { MachineDType } from '../../../compiler/ir/types.ts'
import { OF_ONE_CHUNK, OF_SEVERAL_CHUNKS } from '../../../abi/shader-teams.ts'
import { meetsGroup } from '../team-form.ts'
import { wordIndex, type BufferPlace } from '../frame.ts'
import { lanesFunction, lanesRanges } from '../prelude/lanes.ts'
import { thresholdFunction } from '../prelude/lane-selection.ts'
import type { TeamDType, TeamKind } from '../prelude/team.ts'
import { assignAll } from '../../source/assign-all.ts'
import { call, infix, literal, named, type Expr } from '../../source/text.ts'
import { combine } from './arithmetic.ts'
import { heldLoop, isHeld, openLoop, rangeOf, touchesRows, type Iteration, type Range } from './chunks.ts'
import { bufferArg, regionOf, resultDType, type OpContext } from './context.ts'
import { assign, branch } from './loops.ts'
import { compacted, elementIndex, storeElement, storeWord } from './memory.ts'
import { positionsOf } from './points.ts'
import { bestOfRow } from './lane-selection.ts'
import { identity, kindOf } from './team.ts'

const LANE = named('lane')
const SELF = named('self_lane')

/** All teams of a workgroup go through points together: the last ones may have none left, and store nothing. */
export function lanesPoints(c: OpContext): readonly Expr[] {
  const { writer } = c
  const body = regionOf(c.node, 0)
  const extents = c.node.operands.map((_, i) => (i === 0 ? null : c.share(call('u32', c.arg(i)), 'extent')))
  const head = 'for (var sweep = (group.x + group.y * groups.x) * teams; sweep < points; sweep += workers)'
  writer.block(head, () => {
    writer.line('let live = sweep + thread / TEAM < points;')
    writer.line('let point = min(sweep + thread / TEAM, points - 1u);')
    for (const line of c.frame.rowDeclarations()) writer.line(line)
    const positions = positionsOf(c, extents)
    c.region(
      body,
      body.params.map(({ name }, i) => c.share(positions[i] as Expr, name)),
    )
  })
  return []
}

export const lanesSpread = (c: OpContext): readonly Expr[] =>
  spreadHeld(c, (kind, dtype, value) => call(lanesFunction(kind, dtype as TeamDType), value))

/** `total`: of a value of each thread what the team has. */
export function spreadHeld(c: OpContext, total: (kind: TeamKind, dtype: MachineDType, value: Expr) => Expr): readonly Expr[] {
  const body = regionOf(c.node, 0)
  const params = body.params.slice(1)
  const range = rangeOf(c, 0, 1)
  const inits = params.map((_, i) => c.share(c.arg(i + 2), 'init'))
  const kinds = params.map((_, i) => kindOf(c, i))
  const carried = params.map(({ name }, i) => c.declare(name, resultDType(c, i), identity(resultDType(c, i), kinds[i]!)))
  const write = ({ held }: Iteration, yields: readonly Expr[]): void => {
    const chosen = held === null ? yields : yields.map((value, i) => call('select', carried[i]!, value, held))
    assign(c, carried, chosen)
  }
  if (touchesRows(c, body)) heldLoop(c, range, body, ({ index }) => [index, ...carried], write)
  else openLoop(c, range, body, ({ index }) => [index, ...carried], write)
  return carried.map((value, i) => {
    const dtype = resultDType(c, i)
    return c.share(combine(dtype, kinds[i]!, inits[i] as Expr, total(kinds[i]!, dtype, value)), params[i]?.name ?? 'total')
  })
}

/** A bit for each iteration that a lane holds. */
export function heldBits(c: OpContext, range: Range, region: Block): Expr {
  const best = bestOfRow(c, region)
  if (best !== null) return c.share(call('select', literal('0u'), named(best), c.live), 'holds')
  const holds = c.declare('holds', 'u32', literal('0u'))
  const write = ({ slot, held }: Iteration, [bit]: readonly Expr[]): void => {
    const holding = held === null ? (bit as Expr) : infix(bit as Expr, '&&', held)
    c.writer.line(`${holds.text} |= ${call('u32', holding).text} << ${slot.text};`)
  }
  heldLoop(c, range, region, ({ index }) => [index], write)
  return holds
}

const ranksOf = (c: OpContext, holds: Expr): Expr =>
  c.share(call(lanesRanges('ranks', c.frame.width), holds, LANE, SELF), 'ranks')

const totalOf = (ranks: Expr): Expr => call('i32', named(`${ranks.text}.total`))

/** Visits what a lane holds with how many hold before: counted on from the first of each chunk. */
function visited(c: OpContext, range: Range, region: Block, holds: Expr, write: (visit: Visit) => readonly Expr[]): Expr {
  const ranks = ranksOf(c, holds)
  const before = c.declare('before', 'u32', literal('0u'))
  const args = (iteration: Iteration): readonly Expr[] => write({ ...iteration, bit: isHeld(holds, iteration.slot), before })
  heldLoop(
    c,
    range,
    region,
    args,
    (iteration, [, value]) => {
      if (value !== undefined) write({ ...iteration, bit: isHeld(holds, iteration.slot), before, value })
      c.writer.line(`${before.text} += ${call('u32', isHeld(holds, iteration.slot)).text};`)
    },
    (chunk) => c.writer.line(`${before.text} = ${ranks.text}.before[${chunk.text}];`),
  )
  return ranks
}

interface Visit extends Iteration {
  readonly bit: Expr
  readonly before: Expr
  /** What the region yields beside whether it holds. */
  readonly value?: Expr
}

export function lanesTally(c: OpContext): readonly Expr[] {
  const [test, visit] = [regionOf(c.node, 0), regionOf(c.node, 1)]
  const range = rangeOf(c, 0, 1)
  const holds = heldBits(c, range, test)
  const ranks = visited(c, range, visit, holds, ({ index, bit, before }) => [index, bit, call('i32', before)])
  return [totalOf(ranks)]
}

/**
 * Values go through workgroup memory, one a word, so that lanes write whole words side by side. Where rows of all teams of a subgroup
 * lie one behind the other, its lanes write them as one.
 */
export function lanesCompact(c: OpContext): readonly Expr[] {
  const { region, place, start, bitsOf } = compacted(c)
  const range = rangeOf(c, 2, 3)
  const holds = heldBits(c, range, region)
  const ranks = ranksOf(c, holds)
  const out = together(c, place, start, c.share(call('select', literal('0u'), named(`${ranks.text}.total`), c.live), 'count'))
  const at = c.declare('at', 'u32', literal('0u'))
  heldLoop(
    c,
    range,
    region,
    ({ index }) => [index],
    (iteration, [, value]) => {
      const bits = bitsOf(value as Expr)
      const holding = isHeld(holds, iteration.slot)
      const stored = `${c.frame.stage()}[${at.text}] = ${bits.text};`
      // A lone chunk is not counted inside of the branch: an NVIDIA driver then loses what the first of two such loops stores. It is slower.
      c.writer.line(`if ${holding.text} { ${stored} ${at.text}++; }${OF_SEVERAL_CHUNKS}`)
      c.writer.line(`if ${holding.text} { ${stored} }${OF_ONE_CHUNK}`)
      c.writer.line(`${at.text} += ${call('u32', holding).text};${OF_ONE_CHUNK}`)
    },
    (chunk) => c.writer.line(`${at.text} = ${out.own.text} + ${ranks.text}.before[${chunk.text}];`),
  )
  c.writer.line('workgroupBarrier();')
  copyOut(c, place, out)
  c.writer.line('workgroupBarrier();')
  return [totalOf(ranks)]
}

/** What lanes write together: all of a subgroup, or those of a team. */
interface Together {
  /** The first element in memory, and how many follow. */
  readonly first: Expr
  readonly count: Expr
  /** In the stage: where the whole word that has the first element begins, and where values of the own team do. */
  readonly from: Expr
  readonly own: Expr
  /** Which of them a lane is, and how many they are. */
  readonly lane: Expr
  readonly lanes: Expr
}

function together(c: OpContext, place: BufferPlace, start: Expr, count: Expr): Together {
  const end = c.share(infix(start, '+', count), 'end')
  const before = c.share(named(`subgroupShuffleUp(select(0xffffffffu, ${end.text}, ${c.live.text}), TEAM)`), 'before')
  const follows = `!${c.live.text} || ${before.text} == ${start.text} || ${SELF.text} < TEAM`
  const deadAfter = `(${c.live.text} || ${SELF.text} >= TEAM)`
  const isOne = c.share(named(`subgroupAll((${follows}) && ${deadAfter})`), 'is_one')
  const first = c.share(named(`select(${start.text}, subgroupBroadcastFirst(${start.text}), ${isOne.text})`), 'origin')
  const all = `subgroupMax(select(0u, ${end.text} - ${first.text}, ${c.live.text}))`
  const base = c.share(named(`(thread - select(lane, ${SELF.text}, ${isOne.text})) * (CHUNKS * ${c.frame.width}u + 1u)`), 'base')
  const skip = dtypeBytes(place.type.dtype) === 2 ? named(`(${first.text} & 1u)`) : literal('0u')
  return {
    first,
    count: c.share(named(`select(${count.text}, ${all}, ${isOne.text})`), 'all'),
    from: base,
    own: c.share(named(`${base.text} + ${skip.text} + ${start.text} - ${first.text}`), 'own'),
    lane: c.share(named(`select(lane, ${SELF.text}, ${isOne.text})`), 'writer'),
    lanes: c.share(named(`select(TEAM, min(subgroup_size, GROUP_SIZE), ${isOne.text})`), 'writers'),
  }
}

function copyOut(c: OpContext, place: BufferPlace, { first, count, from, lane, lanes }: Together): void {
  const staged = (at: string): Expr => named(`${c.frame.stage()}[${from.text} + ${at}]`)
  const j = c.fresh('j')
  const each = (end: string, write: () => void): void =>
    c.writer.block(`for (var ${j} = ${lane.text}; ${j} < ${end}; ${j} += ${lanes.text})`, write)
  if (dtypeBytes(place.type.dtype) !== 2) {
    each(count.text, () => c.writer.line(storeElement(c, place, infix(first, '+', named(j)), staged(j))))
    return
  }
  const odd = c.share(infix(first, '&', literal('1u')), 'odd')
  const words = c.share(named(`select(0u, (${count.text} + ${odd.text} + 1u) >> 1u, ${count.text} > 0u)`), 'words')
  each(words.text, () => {
    const at = c.share(named(`(${first.text} - ${odd.text}) + 2u * ${j}`), 'at')
    const [low, high] = [c.share(staged(`2u * ${j}`), 'low'), c.share(staged(`2u * ${j} + 1u`), 'high')]
    const hasLow = c.share(named(`(${j} > 0u || ${odd.text} == 0u)`), 'has_low')
    const hasHigh = c.share(named(`(2u * ${j} + 1u < ${count.text} + ${odd.text})`), 'has_high')
    const whole = storeWord(place, wordIndex(c.frame, place, at), named(`${low.text} | (${high.text} << 16u)`))
    c.writer.line(`if (${hasLow.text} && ${hasHigh.text}) { ${whole} }`)
    c.writer.line(`else if (${hasLow.text}) { ${place.storeFunction}(${at.text}, ${low.text}); }`)
    c.writer.line(`else { ${place.storeFunction}(${at.text} + 1u, ${high.text}); }`)
  })
}

export function lanesStoreBits(c: OpContext): readonly Expr[] {
  const { width } = c.frame
  const place = bufferArg(c)
  const first = c.share(elementIndex(c), 'first')
  const hi = c.share(c.arg(2), 'end')
  const count = c.share(call('select', literal('0u'), call('u32', hi), c.live), 'count')
  const holds = heldBits(c, { lo: literal('0i'), count }, regionOf(c.node, 0))
  const chunk = c.fresh('c')
  c.writer.block(`for (var ${chunk} = 0u; ${chunk} < CHUNKS; ${chunk} += max(1u, 32u / (TEAM * ${width}u)))`, () => {
    const bits = c.share(call(lanesRanges('words', width), holds, LANE, named(chunk)), 'bits')
    const position = c.share(named(`(${chunk} * TEAM + lane) * ${width}u`), 'position')
    c.writer.block(`if ((${position.text} & 31u) == 0u && ${position.text} < ${count.text})`, () => {
      c.writer.line(storeWord(place, wordIndex(c.frame, place, named(`(${first.text} + (${position.text} >> 5u))`)), bits))
    })
  })
  if (c.node.attrs.width === 64) endPair(c, place, first, count)
  return []
}

/** Where words go in pairs, the second of the last pair may have no bits. */
export function endPair(c: OpContext, place: BufferPlace, first: Expr, count: Expr): void {
  const words = c.share(named(`(${count.text} + 31u) >> 5u`), 'words')
  c.writer.block(`if (${c.frame.form?.kind === 'group' ? 'thread' : 'lane'} == 0u && (${words.text} & 1u) == 1u)`, () => {
    c.writer.line(storeWord(place, wordIndex(c.frame, place, infix(first, '+', words)), literal('0u')))
  })
}

export function lanesThreshold(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  const [n, k, low, high] = [1, 2, 3, 4].map((i) => c.arg(i)) as [Expr, Expr, Expr, Expr]
  const keys = named(`&${place.variable}`)
  const found = c.share(call(thresholdFunction(c.frame.width), keys, LANE, call('u32', n), k, low, high), 'found')
  return [named(`${found.text}.x`), named(`${found.text}.y`)]
}

export function lanesOnce(c: OpContext): readonly Expr[] {
  if (c.isAlone) throw new CompilerBug('once is for code that a team runs', { pass: 'emit wgsl' })
  const results = c.node.results.map(({ id }, i) => c.declare(`v${id}`, resultDType(c, i), null))
  c.writer.block(`if (lane == 0u && ${c.live.text})`, () => assign(c, results, c.alone(regionOf(c.node, 0), [])))
  return results.map((value, i) => c.share(call(lanesFunction('first', resultDType(c, i) as TeamDType), value, SELF), value.text))
}

/** Where lanes exchange inside, or threads wait, those of all teams go: what the others find is not theirs. */
export function lanesBranch(c: OpContext): readonly Expr[] {
  if (c.isAlone || !c.exchanges(c.node)) return branch(c)
  const holds = c.share({ ...named(`(${c.arg(0).text})`) }, 'holds')
  const results = c.node.results.map(({ id }, i) => c.declare(`v${id}`, resultDType(c, i), null))
  const side = (index: 0 | 1): void => {
    const region = regionOf(c.node, index)
    if (region.nodes.length === 0 && region.yields.length === 0) return
    const own = index === 0 ? holds.text : `!${holds.text}`
    const live = c.share(named(`(${c.live.text} && ${own})`), 'live')
    const body = (): void => {
      const yields = c.whileLive(live, () => c.region(region, []))
      const chosen = yields.map((value, i) => call('select', results[i] as Expr, value, named(own)))
      assignAll(c.writer, results, chosen, (value) => c.share(value, 'next'))
    }
    if (meetsGroup(c.node)) c.writer.block('', body)
    else c.writer.block(`if (subgroupAny(${live.text}))`, body)
  }
  side(0)
  side(1)
  return results
}
