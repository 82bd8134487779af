/**
 * What a workgroup does with rows that its threads hold in registers, neighbouring elements each. Threads wait for each other where they
 * count together; everything else is as for rows in memory.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import { wordIndex } from '../frame.ts'
import { groupBestFunction, groupManyFunction, groupThresholdFunction, groupWordsFunction } from '../prelude/group-selection.ts'
import { TEAM_ALL, teamFunction, type TeamDType } from '../prelude/team.ts'
import { call, infix, literal, named, type Expr } from '../../source/text.ts'
import { heldLoop, isHeld, rangeOf, touchesRows } from './chunks.ts'
import { bufferArg, regionOf, resultDType, type OpContext } from './context.ts'
import { shareBest } from './lane-selection.ts'
import { endPair, heldBits, spreadHeld } from './lanes.ts'
import { compacted, elementIndex, storeElement, storeWord } from './memory.ts'
import { HalfWords } from './half-words.ts'
import { spreadLoop } from './team.ts'
import { uniformArg } from './threshold.ts'

const THREAD = named('thread')

export function groupSpread(c: OpContext): readonly Expr[] {
  if (!touchesRows(c, regionOf(c.node, 0))) return spreadLoop(c)
  return spreadHeld(c, (kind, dtype, value) => call(teamFunction(kind, dtype as TeamDType), THREAD, value))
}

/** How many hold in the threads before, as a variable, and in all. */
function ranked(c: OpContext, holds: Expr): { readonly before: Expr; readonly total: Expr } {
  const before = c.declare('before', 'u32', call(teamFunction('before', 'u32'), THREAD, call('countOneBits', holds)))
  return { before, total: c.share(call('i32', call(TEAM_ALL)), 'total') }
}

export function groupTally(c: OpContext): readonly Expr[] {
  const range = rangeOf(c, 0, 1)
  const holds = heldBits(c, range, regionOf(c.node, 0))
  const { before, total } = ranked(c, holds)
  heldLoop(
    c,
    range,
    regionOf(c.node, 1),
    ({ index, slot }) => [index, isHeld(holds, slot), call('i32', before)],
    ({ slot }) => c.writer.line(`${before.text} += ${call('u32', isHeld(holds, slot)).text};`),
  )
  return [total]
}

export function groupCompact(c: OpContext): readonly Expr[] {
  const { region, place, start, bitsOf } = compacted(c)
  const range = rangeOf(c, 2, 3)
  const holds = heldBits(c, range, region)
  const { before, total } = ranked(c, holds)
  const packed = dtypeBytes(place.type.dtype) === 2 ? new HalfWords(c, place) : null
  heldLoop(
    c,
    range,
    region,
    ({ index }) => [index],
    ({ slot }, [, value]) =>
      c.writer.block(`if ${isHeld(holds, slot).text}`, () => {
        const bits = c.share(bitsOf(value as Expr), 'bits')
        const at = c.share(infix(start, '+', before), 'at')
        if (packed !== null) packed.put(at, bits)
        else c.writer.line(storeElement(c, place, at, bits))
        c.writer.line(`${before.text}++;`)
      }),
  )
  packed?.end()
  return [total]
}

export function groupStoreBits(c: OpContext): readonly Expr[] {
  const { width } = c.frame
  const place = bufferArg(c)
  const first = c.share(elementIndex(c), 'first')
  const count = c.share(call('u32', c.arg(2)), 'count')
  const holds = heldBits(c, { lo: literal('0i'), count }, regionOf(c.node, 0))
  const bits = c.share(call(groupWordsFunction(width), holds, THREAD), 'bits')
  const position = c.share(named(`thread * (CHUNKS * ${width}u)`), 'position')
  c.writer.block(`if ((${position.text} & 31u) == 0u && ${position.text} < ${count.text})`, () => {
    c.writer.line(storeWord(place, wordIndex(c.frame, place, named(`(${first.text} + (${position.text} >> 5u))`)), bits))
  })
  if (c.node.attrs.width === 64) endPair(c, place, first, count)
  return []
}

export function groupThreshold(c: OpContext): readonly Expr[] {
  const [n, k, low, high] = [1, 2, 3, 4].map((operand) => uniformArg(c, operand)) as [Expr, Expr, Expr, Expr]
  const keys = named(`&${bufferArg(c).variable}`)
  const found = c.share(call(groupThresholdFunction(c.frame.width), keys, THREAD, call('u32', n), k, low, high), 'found')
  // Its second part is known to be uniform, its first as well, but not to all validators: they are one value.
  return [
    c.share(call(teamFunction('uniform', resultDType(c) as TeamDType), THREAD, named(`${found.text}.x`)), 'number'),
    c.share(call(teamFunction('uniform', 'i32'), THREAD, named(`${found.text}.y`)), 'reached'),
  ]
}

export function groupKeepBest(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  const { width } = c.frame
  const halves = c.frame.halfKeys(c.node.operands[0]!)
  const [n, k] = [uniformArg(c, 1), uniformArg(c, 2)]
  const all = named(String(c.node.attrs.ties === 'all'))
  const write = (name: string): void =>
    c.writer.line(`${place.best} = ${call(name, named(`&${place.variable}`), THREAD, call('u32', n), k, all).text};`)
  if (halves !== null || c.frame.form?.most === 16) write(groupBestFunction(halves, width))
  else {
    c.writer.block(`if (CHUNKS * ${width}u <= 16u)`, () => write(groupBestFunction(null, width)))
    c.writer.block('else', () => write(groupManyFunction(width)))
  }
  shareBest(c, place)
  return []
}
