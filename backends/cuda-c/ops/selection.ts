/** Rows of keys that know which of them are the best. */
import type { Block } from '../../../compiler/ir/node.ts'
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import { call, infix, named } from '../../source/text.ts'
import type { BufferPlace } from '../frame.ts'
import { askedRow } from '../listed.ts'
import { bufferArg, type Emit, type OpContext } from './context.ts'

function keysOf(c: OpContext, { keys }: BufferPlace): string {
  if (keys === null) throw new CompilerBug(`${c.node.op} of a row that nothing is selected from`, { pass: 'emit cuda' })
  return keys.variable
}

export const halfKeys: Emit = (c) => {
  const x = c.frame.buffer(c.node.operands[1]!)
  const from = infix(named(x.variable), '+', c.arg(2))
  c.writer.line(`half_keys(team, ${keysOf(c, bufferArg(c))}, ${from.text}, ${c.arg(3).text});`)
  return []
}

export const keepBest: Emit = (c) => {
  const all = c.node.attrs.ties === 'all'
  const isListed = c.frame.onlyListed.has(c.node.operands[0]!)
  c.writer.line(`keep_best<${isListed}>(team, ${keysOf(c, bufferArg(c))}, ${c.arg(1).text}, ${c.arg(2).text}, ${all});`)
  return []
}

export const isBest: Emit = (c) => {
  const place = bufferArg(c)
  const at = place.type.access === 'lane' ? 'at' : `At{0, 0, ${c.arg(1).text}}`
  return [call(`${keysOf(c, place)}.is_best`, named(at))]
}

/** The row of keys of which a region yields first whether the iteration's own key is one of the best; null: it yields something else. */
export function bestOfRow(c: OpContext, region: Block): string | null {
  const row = askedRow(region)
  return row === null ? null : keysOf(c, c.frame.buffer(row))
}

/** The same for all iterations of a chunk, as bits. */
export function bestOfChunk(c: OpContext, region: Block): string | null {
  const row = bestOfRow(c, region)
  return row === null ? null : `${row}.best_of(chunk)`
}
