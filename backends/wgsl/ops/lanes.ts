/** What a team of lanes of a subgroup does: iterations spread over it, counting along them, what one lane does for all. */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { Block } from '../../../compiler/ir/node.ts'
import { meetsGroup } from '../team-form.ts'
import { elementBytes, wordIndex, type BufferPlace } from '../frame.ts'
import { lanesFunction, lanesRanges } from '../prelude/lanes.ts'
import type { TeamDType } from '../prelude/team.ts'
import { assignAll } from '../../source/assign-all.ts'
import { call, infix, literal, named, type Expr } from '../../source/text.ts'
import { combine } from './arithmetic.ts'
import { heldLoop, openLoop, rangeOf, touchesRows, type Iteration, type Range } from './chunks.ts'
import { bufferArg, regionOf, resultDType, scalarDType, type OpContext } from './context.ts'
import { assign, branch } from './loops.ts'
import { elementBits, elementIndex, storeWord } from './memory.ts'
import { positionsOf } from './points.ts'
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

export function lanesSpread(c: OpContext): readonly Expr[] {
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
    const total = call(lanesFunction(kinds[i]!, dtype as TeamDType), value)
    return c.share(combine(dtype, kinds[i]!, inits[i] as Expr, total), params[i]?.name ?? 'total')
  })
}

/** A bit for each iteration that a lane holds. */
function heldBits(c: OpContext, range: Range, region: Block): Expr {
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

const isHeld = (holds: Expr, { slot }: Iteration): Expr => named(`(((${holds.text} >> ${slot.text}) & 1u) != 0u)`)

const totalOf = (ranks: Expr): Expr => call('i32', named(`${ranks.text}.total`))

/** Visits what a lane holds with how many hold before: counted on from the first of each chunk. */
function visited(c: OpContext, range: Range, region: Block, holds: Expr, write: (visit: Visit) => readonly Expr[]): Expr {
  const ranks = ranksOf(c, holds)
  const before = c.declare('before', 'u32', literal('0u'))
  const args = (iteration: Iteration): readonly Expr[] => write({ ...iteration, bit: isHeld(holds, iteration), before })
  heldLoop(
    c,
    range,
    region,
    args,
    (iteration, [, value]) => {
      if (value !== undefined) write({ ...iteration, bit: isHeld(holds, iteration), before, value })
      c.writer.line(`${before.text} += ${call('u32', isHeld(holds, iteration)).text};`)
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

/** Values go through workgroup memory, one a word, so that a team writes whole words side by side. */
export function lanesCompact(c: OpContext): readonly Expr[] {
  const region = regionOf(c.node, 0)
  const place = bufferArg(c)
  const dtype = scalarDType(c.typeOfValue(region.yields[1]!))
  const isRaw = c.node.attrs.raw === true
  const start = c.share(elementIndex(c), 'first')
  const range = rangeOf(c, 2, 3)
  const holds = heldBits(c, range, region)
  const ranks = visited(c, range, region, holds, ({ index, bit, before, value }) => {
    if (value !== undefined)
      c.writer.line(
        `if ${bit.text} { ${c.frame.stage()}[stage_start + ${before.text}] = ${elementBits(place, value, dtype, isRaw).text}; }`,
      )
    return [index]
  })
  const count = c.share(call('select', literal('0u'), named(`${ranks.text}.total`), c.live), 'count')
  if (elementBytes(place.type.dtype) === 2) sayWhere(c, start, count)
  c.writer.line('workgroupBarrier();')
  copyOut(c, place, start, count)
  c.writer.line('workgroupBarrier();')
  return [totalOf(ranks)]
}

function copyOut(c: OpContext, place: BufferPlace, start: Expr, count: Expr): void {
  const bytes = elementBytes(place.type.dtype)
  const staged = (at: string): Expr => named(`${c.frame.stage()}[stage_start + ${at}]`)
  const j = c.fresh('j')
  if (bytes !== 2) {
    c.writer.block(`for (var ${j} = lane; ${j} < ${count.text}; ${j} += TEAM)`, () => {
      const at = infix(start, '+', named(j))
      if (bytes === 1) c.writer.line(`${place.storeFunction}(${at.text}, ${staged(j).text});`)
      else c.writer.line(storeWord(place, wordIndex(c.frame, place, at), staged(j)))
    })
    return
  }
  const around = neighbourTeams(c, start, count)
  const odd = c.share(infix(start, '&', literal('1u')), 'odd')
  const words = c.share(named(`select(0u, (${count.text} + ${odd.text} + 1u) >> 1u, ${count.text} > 0u)`), 'words')
  c.writer.block(`for (var ${j} = lane; ${j} < ${words.text}; ${j} += TEAM)`, () => {
    const at = c.share(named(`2u * ${j} - ${odd.text}`), 'at')
    const ownLow = c.share(named(`(${j} > 0u || ${odd.text} == 0u)`), 'own_low')
    const hasLow = c.share(named(`(${ownLow.text} || ${around.follows.text})`), 'has_low')
    const hasHigh = c.share(named(`(${at.text} + 1u < ${count.text})`), 'has_high')
    const lowAt = `select(${around.lastBefore.text}, stage_start + ${at.text}, ${ownLow.text})`
    const low = c.share(named(`${c.frame.stage()}[${lowAt}]`), 'low')
    const high = c.share(staged(`select(0u, ${at.text} + 1u, ${hasHigh.text})`), 'high')
    const whole = storeWord(
      place,
      wordIndex(c.frame, place, named(`(${start.text} + ${at.text})`)),
      named(`${low.text} | (${high.text} << 16u)`),
    )
    c.writer.line(`if (${hasLow.text} && ${hasHigh.text}) { ${whole} }`)
    c.writer.line(`else if (${ownLow.text}) {`)
    c.writer.nested(() =>
      c.writer.line(`if (!${around.isFollowed.text}) { ${place.storeFunction}(${start.text} + ${at.text}, ${low.text}); }`),
    )
    c.writer.line(`} else if (${hasHigh.text}) { ${place.storeFunction}(${start.text} + ${at.text} + 1u, ${high.text}); }`)
  })
}

/** Behind what a team has staged: where its values begin and end. */
function sayWhere(c: OpContext, start: Expr, count: Expr): void {
  const behind = `stage_start + TEAM * CHUNKS * ${c.frame.width}u`
  c.writer.block('if (lane == 0u)', () => {
    c.writer.line(`${c.frame.stage()}[${behind}] = ${start.text};`)
    c.writer.line(`${c.frame.stage()}[${behind} + 1u] = ${infix(start, '+', count).text};`)
  })
}

interface NeighbourTeams {
  /** Whether the values of the team before end where this one's begin, and where in the stage its last one is. */
  readonly follows: Expr
  readonly lastBefore: Expr
  /** Whether those of the team behind begin where this one's end: it then stores the word that both have a part of. */
  readonly isFollowed: Expr
}

/** Rows that lie side by side share the words where they meet, mostly with a row of the same workgroup. */
function neighbourTeams(c: OpContext, start: Expr, count: Expr): NeighbourTeams {
  const { width } = c.frame
  const stage = (at: string): string => `${c.frame.stage()}[${at}]`
  const [before, behind] = ['max(stage_start, TEAM) - TEAM', `stage_start + TEAM * (2u * CHUNKS * ${width}u + 1u)`]
  const isLast = c.share(named('(thread / TEAM + 1u == teams)'), 'is_last')
  const next = c.share(named(`select(${behind}, 0u, ${isLast.text})`), 'behind')
  const endBefore = c.share(named(stage(`${before} + 1u`)), 'end_before')
  const countBefore = c.share(named(`${endBefore.text} - ${stage(before)}`), 'count_before')
  const startBehind = c.share(named(stage(next.text)), 'start_behind')
  const endBehind = named(stage(`${next.text} + 1u`))
  const end = infix(start, '+', count).text
  return {
    follows: c.share(named(`(thread >= TEAM && ${countBefore.text} > 0u && ${endBefore.text} == ${start.text})`), 'follows'),
    lastBefore: named(`stage_start + ${countBefore.text} - TEAM * (CHUNKS * ${width}u + 1u) - 1u`),
    isFollowed: c.share(
      named(`(!${isLast.text} && ${startBehind.text} == ${end} && ${endBehind.text} != ${startBehind.text})`),
      'is_followed',
    ),
  }
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
function endPair(c: OpContext, place: BufferPlace, first: Expr, count: Expr): void {
  const words = c.share(named(`(${count.text} + 31u) >> 5u`), 'words')
  c.writer.block(`if (lane == 0u && (${words.text} & 1u) == 1u)`, () => {
    c.writer.line(storeWord(place, wordIndex(c.frame, place, infix(first, '+', words)), literal('0u')))
  })
}

export function lanesThreshold(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  const [n, k, low, high] = [1, 2, 3, 4].map((i) => c.arg(i)) as [Expr, Expr, Expr, Expr]
  const keys = named(`&${place.variable}`)
  const found = c.share(call(lanesRanges('threshold', c.frame.width), keys, LANE, call('u32', n), k, low, high), 'found')
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
