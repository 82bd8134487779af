/**
 * Rows of keys that know which of them are the best, in registers of a team of lanes: a lane has a bit for each key of its own. Rows
 * of 16-bit floats hold these as they are, two in a word.
 */
import type { Block } from '../../../compiler/ir/node.ts'
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import { bestFunction } from '../prelude/lane-selection.ts'
import { call, infix, named, type Expr } from '../../source/text.ts'
import type { BufferPlace } from '../frame.ts'
import { isHeld } from './chunks.ts'
import { bufferArg, bufferAt, type OpContext } from './context.ts'
import { elementIndex } from './memory.ts'

const LANE = named('lane')

/** Behind the end of a row there may be anything. */
export function lanesHalfKeys(c: OpContext): readonly Expr[] {
  const { variable } = bufferArg(c)
  const x = bufferAt(c, 1)
  const start = c.share(call('u32', c.arg(2)), 'first')
  const chunk = c.fresh('c')
  c.writer.block(`for (var ${chunk} = 0u; ${chunk} < CHUNKS; ${chunk}++)`, () => {
    const from = infix(start, '+', named(c.frame.firstOf(chunk)))
    c.writer.line(`${variable}[${chunk}] = ${call(x.chunkFunction, from).text};`)
  })
  return []
}

export function lanesKeepBest(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  if (place.type.access !== 'lane') throw new CompilerBug('lanes select from rows in registers', { pass: 'emit wgsl' })
  const keys = c.frame.halfKeys(c.node.operands[0]!)
  const name = bestFunction(keys, c.frame.width)
  const all = named(String(c.node.attrs.ties === 'all'))
  c.writer.line(`${place.best} = ${call(name, named(`&${place.variable}`), LANE, call('u32', c.arg(1)), c.arg(2), all).text};`)
  shareBest(c, place)
  return []
}

/** Tells the other threads, where they ask. */
export function shareBest(c: OpContext, place: BufferPlace): void {
  if (!c.frame.isAsked(c.node.operands[0]!)) return
  c.writer.line('workgroupBarrier();')
  c.writer.line(`${c.frame.shared(place)}[thread] = ${place.best};`)
  c.writer.line('workgroupBarrier();')
}

export function lanesIsBest(c: OpContext): readonly Expr[] {
  const place = bufferArg(c)
  if (!c.frame.isAsked(c.node.operands[0]!)) return [isHeld(named(place.best), c.slot)]
  const at = c.share(elementIndex(c), 'at')
  const { width } = c.frame
  if (c.frame.form?.kind === 'group')
    return [
      isHeld(named(`${c.frame.shared(place)}[${at.text} / (CHUNKS * ${width}u)]`), named(`(${at.text} % (CHUNKS * ${width}u))`)),
    ]
  const word = named(`${c.frame.shared(place)}[thread - lane + ${at.text} / ${width}u % TEAM]`)
  return [isHeld(word, named(`(${at.text} / (TEAM * ${width}u) * ${width}u + ${at.text} % ${width}u)`))]
}

/** The bits of a lane where a region yields first whether the iteration's own key is one of the best; null: it yields something else. */
export function bestOfRow(c: OpContext, region: Block): string | null {
  const asked = region.nodes.find(({ results }) => results.some(({ id }) => id === region.yields[0]))
  if (asked?.op !== 'is_best' || asked.operands[1] !== region.params[0]?.id || c.frame.isAsked(asked.operands[0]!)) return null
  return c.frame.buffer(asked.operands[0]!).best
}
