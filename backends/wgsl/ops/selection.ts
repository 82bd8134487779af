/**
 * Rows of keys that know which of them are the best, by a team that is a workgroup: a number from which on keys are. The threads
 * search for it; where keys alone do not say what is kept, they are written anew. Row and number are there for every point.
 */
import { wordIndex, type BufferPlace } from '../frame.ts'
import { HALF_INFINITY } from '../prelude/lane-selection.ts'
import { teamFunction } from '../prelude/team.ts'
import { call, infix, literal, named, type Expr } from '../../source/text.ts'
import { bufferArg, bufferAt, type OpContext } from './context.ts'
import { elementIndex } from './memory.ts'
import { counted, fence } from './ranges.ts'
import { searched, uniformArg } from './threshold.ts'

const word = (c: OpContext, place: BufferPlace, at: Expr): Expr =>
  named(`load_${c.frame.scratch}(${wordIndex(c.frame, place, at)})`)
const keyAt = (c: OpContext, place: BufferPlace, at: Expr): Expr => call('bitcast<i32>', word(c, place, at))
const setWord = (c: OpContext, place: BufferPlace, at: Expr, bits: Expr): void =>
  c.writer.line(`store_${c.frame.scratch}(${wordIndex(c.frame, place, at)}, ${bits.text});`)

/** Iterations go to threads in turn, as those of loops that are spread do. */
function eachInTurn(c: OpContext, n: Expr, write: (at: Expr) => void): void {
  const at = c.declare('at', 'u32', named('thread'))
  c.writer.block(`for (; ${at.text} < ${call('u32', n).text}; ${at.text} += GROUP_SIZE)`, () => write(at))
}

/** A key that is 0 for NaN, and above that for every number. */
export function halfKeys(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  const x = bufferAt(c, 1)
  const start = c.share(elementIndex(c, 2), 'first')
  const n = c.share(c.arg(3), 'n')
  eachInTurn(c, n, (at) => {
    const from = c.share(infix(start, '+', at), 'from')
    const half = call('half_of_word', named(`${x.variable}[${wordIndex(c.frame, x, from)}]`), from)
    setWord(c, place, at, call(`half_key_${String(c.node.attrs.order)}`, half, literal(infinityOf(x))))
  })
  return []
}

const infinityOf = ({ type }: BufferPlace): string => HALF_INFINITY[type.dtype === 'f16' ? 'f16' : 'bf16']

export function keepBest(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  const [n, k] = [uniformArg(c, 1), uniformArg(c, 2)]
  const least = c.declare('least', 'i32', literal('2147483647i'))
  const greatest = c.declare('greatest', 'i32', literal('i32(-2147483648)'))
  eachInTurn(c, n, (at) => {
    const key = c.share(keyAt(c, place, at), 'key')
    c.writer.line(`${least.text} = min(${least.text}, ${key.text});`)
    c.writer.line(`${greatest.text} = max(${greatest.text}, ${key.text});`)
  })
  const extreme = (kind: 'min' | 'max', value: Expr): Expr =>
    c.share(call(teamFunction(kind, 'i32'), named('thread'), value), kind)
  const [low, high] = [extreme('min', least), extreme('max', greatest)]
  const { found, reached } = searched(c, place, { n, k, low, high })
  const more = c.node.attrs.ties === 'all' ? '' : ` || ${reached.text} != ${k.text}`
  c.writer.line(`${place.best} = ${found.text};`)
  c.writer.block(`if (${k.text} <= 0i${more})`, () => settle(c, place, n, k, found))
  if (c.frame.isAsked(c.node.operands[0]!)) fence(c)
  return []
}

/** Of equal keys the first ones; none of them for k = 0, where no key is above the number. */
function settle(c: OpContext, place: BufferPlace, n: Expr, k: Expr, found: Expr): void {
  const above = c.declare('above', 'i32', literal('0i'))
  eachInTurn(c, n, (at) => c.writer.line(`${above.text} += i32(${keyAt(c, place, at).text} > ${found.text});`))
  const all = c.share(call(teamFunction('sum', 'i32'), named('thread'), above), 'above')
  counted(
    c,
    { lo: literal('0i'), count: c.share(call('u32', n), 'count'), dtype: 'i32' },
    (index) => {
      const key = c.share(keyAt(c, place, call('u32', index)), 'key')
      return [infix(key, '==', found), key]
    },
    (index, isTied, before, key) => {
      const isFirst = infix(isTied, '&&', infix(infix(all, '+', call('i32', before)), '<', k))
      const isBest = infix(isFirst, '||', infix(key as Expr, '>', found))
      setWord(c, place, call('u32', index), call('select', literal('0x80000000u'), literal('0x7fffffffu'), isBest))
    },
  )
  c.writer.line(`${place.best} = 2147483647i;`)
}

export function isBest(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  return [c.share(infix(keyAt(c, place, elementIndex(c)), '>=', named(place.best)), 'is_best')]
}
