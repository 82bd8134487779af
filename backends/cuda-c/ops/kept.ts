/**
 * Elements of packed rows. Where neighbouring iterations of a shared-out loop read neighbouring elements of one row, the bits before
 * them are counted once for all of a chunk.
 */
import type { Block, Node, ValueId } from '../../../compiler/ir/node.ts'
import { blockNodes } from '../../../compiler/ir/walk.ts'
import { call, infix, named, type Expr } from '../../source/text.ts'
import { cudaType } from '../types.ts'
import { bufferArg, resultDType, type Emit, type OpContext } from './context.ts'
import { decoded } from './memory.ts'

/** Elements of one packed row, those of a chunk at a time. */
export interface KeptStream {
  readonly node: Node
  /** The variable's name comes from this. */
  readonly hint: string
  /** The elements of a chunk, as an expression. */
  readonly elements: string
}

export const keptAt: Emit = (c) => {
  const values = c.frame.buffer(c.node.operands[2] as ValueId)
  const stored = c.place === null ? call('kept_at', ...rowOf(c, c.node), c.arg(4)) : named(c.place)
  return [c.share(decoded(values, stored), 'value', cudaType(resultDType(c)))]
}

export const prefetch: Emit = (c) => {
  c.writer.line(`prefetch(team, ${bufferArg(c).variable}, ${c.arg(1).text}, ${c.arg(2).text});`)
  return []
}

/** Where the words and the values of a row are. */
function rowOf(c: OpContext, { operands }: Node): readonly [words: Expr, values: Expr] {
  const at = (buffer: number, place: number): Expr =>
    infix(c.value(operands[buffer] as ValueId), '+', c.value(operands[place] as ValueId))
  return [at(0, 1), at(2, 3)]
}

/** Rows that a loop from 0 on, over all of its elements in registers or so many at a time, reads at its index. */
export function keptStreams(c: OpContext, region: Block, width: number): readonly KeptStream[] {
  const index = region.params[0]?.id
  const inside = new Set([...blockNodes(region)].flatMap(({ results }) => results.map(({ id }) => id)))
  return region.nodes.flatMap((node): readonly KeptStream[] => {
    if (node.op !== 'kept_at' || node.operands[4] !== index || !c.isUsed(node.results[0]!.id)) return []
    if (node.operands.some((id) => inside.has(id))) return []
    const [words, values] = rowOf(c, node)
    return [
      {
        node,
        hint: c.frame.buffer(node.operands[2] as ValueId).variable,
        elements: `load_kept<(C * T * ${width} + 31) / 32>(chunk, ${words.text}, ${values.text})`,
      },
    ]
  })
}
