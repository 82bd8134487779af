/** What a fold over parts consists of, as its kernel sees it: sums that scores are made of, weighted sums, and their axes. */
import type { Block, Node, ValueId } from '../../../ir/node.ts'
import { attrAxes, attrString } from '../../../ir/op.ts'
import type { TensorType } from '../../../ir/types.ts'
import type { Storage } from '../host-plan.ts'
import type { RegionContext } from '../region-context.ts'

/** A sum over `axes` for every score. */
export interface ScoreSum {
  readonly id: ValueId
  readonly of: ValueId
  readonly axes: readonly string[]
}

/** A sum of values by the weights of scores, one for each position along `axes`, which scores do not have. */
export interface WeightedSum {
  readonly value: ValueId
  readonly axes: readonly string[]
  readonly type: TensorType
  /** Of the result; null: nobody reads it. */
  readonly storage: Storage | null
}

export interface FoldShape {
  readonly node: Node
  readonly length: ValueId
  readonly score: ValueId
  /** Summed axes, of which a part has a run. */
  readonly along: readonly string[]
  readonly part: string
  /** Axes of the points: what scores and values are read for. */
  readonly points: readonly string[]
  /** The other axes of scores. */
  readonly heads: readonly string[]
  /** In the order in which they are computed. */
  readonly scoreSums: readonly ScoreSum[]
  readonly weighted: readonly WeightedSum[]
  /** Packed tensors whose elements are read one by one, by the value that they unpack to. */
  readonly packed: ReadonlyMap<ValueId, ValueId>
}

export function foldIn(block: Block): Node | undefined {
  return block.nodes.find((node) => node.op === 'fold_parts')
}

export function shapeOf(ctx: RegionContext, block: Block, node: Node, results: ReadonlyMap<ValueId, Storage>): FoldShape {
  const [length, score, ...values] = node.operands as [ValueId, ValueId, ...ValueId[]]
  const [along, points] = [attrAxes(node.attrs), attrAxes(node.attrs, 'points')]
  const scores = ctx.axesOf(score)
  const of = (op: string): readonly Node[] => block.nodes.filter((inner) => inner.op === op)
  return {
    node,
    length,
    score,
    along,
    part: attrString(node.attrs, 'part'),
    points,
    heads: scores.filter((axis) => !along.includes(axis) && !points.includes(axis)),
    scoreSums: of('reduce').map((sum) => ({ id: sum.results[0]!.id, of: sum.operands[0]!, axes: attrAxes(sum.attrs) })),
    weighted: values.map((value, i) => {
      const { id, type } = node.results[i + 2]!
      const axes = ctx.axesOf(value).filter((axis) => !scores.includes(axis))
      return { value, axes, type: type as TensorType, storage: results.get(id) ?? null }
    }),
    packed: new Map(of('unpack').map((unpacked) => [unpacked.results[0]!.id, unpacked.operands[0]!])),
  }
}
