/** How many parts a fold has and how long they are: host scalars, made of extents alone, so that results are the same on every device. */
import type { ValueId } from '../../ir/node.ts'
import type { Builder } from '../../ir/op.ts'

/** Teams that keep a large device busy, and the most parts that are worth being joined. */
const TEAMS = 2048
const MOST_PARTS = 512
/** Scores that are worth a part; it is a multiple of them long. */
const LEAST = 32
/** Scores that are weighed at once. */
export const TILE = 32
/** Heads that one team has at once. */
export const HEAD_BLOCK = 4

export interface PartSizes {
  readonly count: ValueId
  readonly length: ValueId
}

export function partSizes(
  builder: Builder,
  {
    axes,
    points,
    heads,
  }: { readonly axes: readonly string[]; readonly points: readonly string[]; readonly heads: readonly string[] },
): PartSizes {
  const int = (value: number): ValueId => builder.emit('literal', [], { scalar: 'int', value: String(value) })
  const ceilDiv = (x: ValueId, y: ValueId): ValueId =>
    builder.emit('floordiv', [builder.emit('sub', [builder.emit('add', [x, y]), one]), y])
  const atLeastOne = (x: ValueId): ValueId => builder.emit('max', [x, one])
  const product = (names: readonly string[]): ValueId =>
    names.map((axis) => builder.emit('size', [], { axis })).reduce((x, y) => builder.emit('mul', [x, y]), one)
  const one = int(1)
  const scores = product(axes)
  const rows = builder.emit('mul', [product(points), ceilDiv(product(heads), int(HEAD_BLOCK))])
  const wanted = ceilDiv(int(TEAMS), atLeastOne(rows))
  const worth = atLeastOne(ceilDiv(scores, int(LEAST)))
  const most = builder.emit('min', [builder.emit('min', [wanted, worth]), int(MOST_PARTS)])
  const aligned = int(LEAST)
  const length = builder.emit('mul', [atLeastOne(ceilDiv(ceilDiv(scores, most), aligned)), aligned])
  // The number of parts is written as a minimum, so that it is known to be small.
  return { length, count: builder.emit('min', [atLeastOne(ceilDiv(scores, length)), int(MOST_PARTS)]) }
}
