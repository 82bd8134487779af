/**
 * What a team does along a range, where the order of iterations matters: counting those that hold, packing their values, bits of
 * masks. Each thread has neighbouring iterations here, so that one sum over the threads before it says how many come before its
 * first; a barrier on either side keeps this apart from loops that go to threads in turn.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { Block } from '../../../compiler/ir/node.ts'
import type { MachineDType } from '../../../compiler/ir/types.ts'
import { TEAM_ALL, teamFunction } from '../prelude/team.ts'
import { wordIndex } from '../frame.ts'
import { call, infix, literal, named, type Expr } from '../../source/text.ts'
import { HalfWords } from './half-words.ts'
import { bufferArg, regionOf, scalarDType, type OpContext } from './context.ts'
import { compacted, elementIndex, storeElement, storeWord } from './memory.ts'

const THREAD = named('thread')

export function tally(c: OpContext): readonly Expr[] {
  const [test, visit] = [regionOf(c.node, 0), regionOf(c.node, 1)]
  return counted(c, rangeOf(c, 0, 1), regionTest(c, test), (index, held, before) => {
    c.alone(visit, [index, held, call('i32', before)])
  })
}

export function compact(c: OpContext): readonly Expr[] {
  const { region, place, start, bitsOf } = compacted(c)
  const packed = dtypeBytes(place.type.dtype) === 2 ? new HalfWords(c, place) : null
  return counted(
    c,
    rangeOf(c, 2, 3),
    regionTest(c, region),
    (_index, held, count, value) => {
      c.writer.block(`if (${held.text})`, () => {
        const bits = c.share(bitsOf(value as Expr), 'bits')
        const at = c.share(infix(start, '+', count), 'at')
        if (packed !== null) packed.put(at, bits)
        else c.writer.line(storeElement(c, place, at, bits))
      })
    },
    () => packed?.end(),
  )
}

type Visit = (index: Expr, held: Expr, before: Expr, value: Expr | undefined) => void

interface Range {
  readonly lo: Expr
  /** Iterations. */
  readonly count: Expr
  readonly dtype: MachineDType
}

function rangeOf(c: OpContext, first: number, last: number): Range {
  const [lo, hi] = [c.share(c.arg(first), 'start'), c.share(c.arg(last), 'end')]
  const span = call('select', literal('0u'), infix(call('u32', hi), '-', call('u32', lo)), infix(lo, '<', hi))
  return { lo, count: c.share(span, 'count'), dtype: scalarDType(c.typeOf(first)) }
}

/** Gives whether an iteration holds, and what it yields beside. */
type Test = (index: Expr) => readonly Expr[]

const regionTest =
  (c: OpContext, region: Block): Test =>
  (index) =>
    c.alone(region, [index])

/** Counts, then visits: what a test yields beside whether an iteration holds is had again for the visit. */
export function counted(
  c: OpContext,
  { lo, count, dtype }: Range,
  test: Test,
  visit: Visit,
  end: () => void = () => undefined,
): readonly Expr[] {
  const each = c.share(named(`(${count.text} + GROUP_SIZE - 1u) / GROUP_SIZE`), 'each')
  const from = c.share(call('min', infix(THREAD, '*', each), count), 'from')
  const to = c.share(call('min', infix(from, '+', each), count), 'to')
  const walk = (write: (index: Expr, yields: readonly Expr[]) => void): void => {
    const step = c.declare('step', 'u32', from)
    c.writer.block(`for (; ${step.text} < ${to.text}; ${step.text}++)`, () => {
      const index = c.share(infix(lo, '+', call(dtype, step)), 'i')
      write(index, test(index))
    })
  }
  fence(c)
  const held = c.declare('held', 'u32', literal('0u'))
  walk((_index, [bit]) => c.writer.line(`${held.text} += ${call('u32', bit as Expr).text};`))
  const before = c.declare('before', 'u32', call(teamFunction('before', 'u32'), THREAD, held))
  const total = c.node.results.some(({ id }) => c.isUsed(id)) ? c.share(call('i32', call(TEAM_ALL)), 'total') : literal('0i')
  walk((index, [bit, value]) => {
    const holds = c.share({ ...named(`(${(bit as Expr).text})`) }, 'holds')
    visit(index, holds, before, value)
    c.writer.line(`${before.text} += ${call('u32', holds).text};`)
  })
  end()
  fence(c)
  return [total]
}

export function fence(c: OpContext): void {
  c.writer.line('workgroupBarrier();')
  if (c.frame.hasScratch()) c.writer.line('storageBarrier();')
}

/** A thread makes whole words. */
export function storeBits(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  const region = regionOf(c.node, 0)
  const first = c.share(elementIndex(c), 'first')
  const hi = c.share(call('u32', c.arg(2)), 'end')
  const dtype = scalarDType(c.typeOf(2))
  fence(c)
  const word = c.declare('word', 'u32', THREAD)
  const width = Number(c.node.attrs.width)
  const words = c.share(named(`((${hi.text} + ${width - 1}u) & ~${width - 1}u) >> 5u`), 'words')
  c.writer.block(`for (; ${word.text} < ${words.text}; ${word.text} += GROUP_SIZE)`, () => {
    const bits = c.declare('bits', 'u32', literal('0u'))
    const position = c.declare('position', 'u32', named(`${word.text} << 5u`))
    const end = c.share(named(`min(${position.text} + 32u, ${hi.text})`), 'end')
    c.writer.block(`for (; ${position.text} < ${end.text}; ${position.text}++)`, () => {
      const index = c.share(call(dtype, position), region.params[0]?.name ?? 'i')
      const [bit] = c.alone(region, [index])
      c.writer.line(`${bits.text} |= ${call('u32', bit as Expr).text} << (${position.text} & 31u);`)
    })
    c.writer.line(storeWord(place, wordIndex(c.frame, place, infix(first, '+', word)), bits))
  })
  fence(c)
  return []
}
