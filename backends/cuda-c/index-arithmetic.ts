/**
 * Which sums and products of i32 are arithmetic with indices, counts and extents, all of which are far from where an i32 wraps
 * around: they are written with the operators of C++, for which wrapping around has no meaning. Products are, beyond that, only
 * used as addresses and bounds. Everything else is computed as unsigned numbers.
 */
import type { Block, Func, Node, Value, ValueId } from '../../compiler/ir/node.ts'
import { blockNodes } from '../../compiler/ir/walk.ts'
import { machineNumber } from '../machine-number.ts'

const LARGEST_CONSTANT = 2 ** 24
const SUMS: ReadonlySet<string> = new Set(['add', 'sub', 'neg'])
const PRODUCTS: ReadonlySet<string> = new Set(['mul', 'shl'])
/** What gives an index when it is given indices. */
const CLOSED: ReadonlySet<string> = new Set([...SUMS, ...PRODUCTS, 'min', 'max', 'div', 'floordiv', 'rem', 'shr'])
const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])
/** Operands of an op that are addresses or bounds. */
const ADDRESSES: Readonly<Record<string, readonly number[]>> = {
  load: [1],
  load_raw: [1],
  store: [1],
  store_raw: [1],
  store_group: [1],
  atomic: [1],
  for: [0, 1],
  lanes: [0, 1],
  tally: [0, 1],
  compact: [1, 2, 3],
  store_bits: [1, 2],
  keep_best: [1, 2],
  is_best: [1],
  half_keys: [2, 3],
  kept_at: [1, 3, 4],
  fetch: [2, 3, 5, 6, 7],
  fetched_at: [1, 2],
  each_fetched: [1, 2],
  pack_factors: [1, 2],
  row_products: [3],
  clear_sums: [1],
  scale_sums: [1],
  add_products: [3],
  add_elements: [2, 3, 4],
  store_sums: [2, 3],
  weigh_scores: [1],
  fits: [1, 2, 3, 4, 5],
}

const isI32 = ({ type }: Value): boolean => type.kind === 'machine' && type.dtype === 'i32'

export interface IndexArithmetic {
  /** Indices, counts and extents. */
  readonly indices: ReadonlySet<ValueId>
  /** Of those, the results of sums and products that cannot wrap around. */
  readonly plain: ReadonlySet<ValueId>
}

export function indexArithmetic(func: Func): IndexArithmetic {
  const indices = indicesOf(func)
  const addresses = addressesOf(func)
  const isPlain = ({ op, results }: Node): boolean => {
    const [result] = results
    if (result === undefined || !indices.has(result.id)) return false
    return SUMS.has(op) || (PRODUCTS.has(op) && addresses.has(result.id))
  }
  const plain = new Set([...blockNodes(func.body)].filter(isPlain).map(({ results }) => (results[0] as Value).id))
  return { indices, plain }
}

/** Values that are indices, counts, extents or made of them: all of those that nothing speaks against. */
function indicesOf(func: Func): ReadonlySet<ValueId> {
  const nodes = [...blockNodes(func.body)]
  const small = smallNumbers(nodes)
  const found = new Set<ValueId>(func.params.filter(isI32).map(({ id }) => id))
  const suppose = (values: readonly Value[]): void => values.filter(isI32).forEach(({ id }) => found.add(id))
  for (const node of nodes) {
    suppose(node.results)
    for (const { params } of node.regions) suppose(params)
  }
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const node of nodes) for (const id of denied(node, found, small)) found.delete(id)
  }
  return found
}

/** Results and parameters of regions that are no indices, as far as is known. */
function denied(node: Node, indices: ReadonlySet<ValueId>, small: ReadonlySet<ValueId>): readonly ValueId[] {
  const { op, operands, results, regions, attrs } = node
  const ids = (values: readonly Value[]): readonly ValueId[] => values.map(({ id }) => id)
  const isIndex = (id: ValueId | undefined): boolean => id !== undefined && indices.has(id)
  if (op === 'constant') return Math.abs(machineNumber(attrs.value ?? 0, 'emit cuda')) <= LARGEST_CONSTANT ? [] : ids(results)
  if (op === 'select') return isIndex(operands[1]) && isIndex(operands[2]) ? [] : ids(results)
  if (op === 'convert') return small.has(operands[0] as ValueId) ? [] : ids(results)
  if (CLOSED.has(op)) return operands.every(isIndex) ? [] : ids(results)
  if (op === 'points' || op === 'tally' || op === 'compact' || op === 'store_bits' || op === 'popcount' || op === 'ctz') return []
  if (op === 'if') return results.flatMap(({ id }, i) => (regions.every(({ yields }) => isIndex(yields[i])) ? [] : [id]))
  if (op === 'each_fetched') return [...ids(results), ...regions.flatMap(({ params }) => params.slice(2).map(({ id }) => id))]
  const carried = op === 'for' || op === 'lanes' ? 2 : op === 'while' ? 0 : null
  return carried === null ? ids(results) : deniedCarried(node, carried, isIndex)
}

/** A carried value is an index where it starts as one and every iteration gives one. */
function deniedCarried(
  { operands, results, regions }: Node,
  first: number,
  isIndex: (id: ValueId) => boolean,
): readonly ValueId[] {
  const isLoop = first > 0
  return results.flatMap(({ id }, i) => {
    const sources = [operands[first + i], ...regions.map(({ yields }, r) => yields[isLoop || r === 1 ? i : i + 1])]
    if (sources.every((source) => source !== undefined && isIndex(source))) return []
    return [id, ...regions.map((block: Block) => (block.params[isLoop ? i + 1 : i] as Value).id)]
  })
}

/** Truth values and counts of bits. */
function smallNumbers(nodes: readonly Node[]): ReadonlySet<ValueId> {
  const isBool = ({ type }: Value): boolean => type.kind === 'machine' && type.dtype === 'bool'
  const of = ({ op, results, regions }: Node): readonly Value[] => [
    ...results.filter((result) => op === 'popcount' || op === 'ctz' || isBool(result)),
    ...regions.flatMap(({ params }) => params.filter(isBool)),
  ]
  return new Set(nodes.flatMap(of).map(({ id }) => id))
}

/** Values that are used as addresses, as bounds, in comparisons, and for what is used like this, and for nothing else. */
function addressesOf(func: Func): ReadonlySet<ValueId> {
  const nodes = [...blockNodes(func.body)]
  const found = new Set<ValueId>(nodes.flatMap(({ results }) => results.map(({ id }) => id)))
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const node of nodes) {
      node.operands.forEach((id, i) => {
        if (!isAddress(node, i, found)) found.delete(id)
      })
      for (const { yields } of node.regions) yields.forEach((id) => found.delete(id))
    }
  }
  return found
}

function isAddress({ op, results }: Node, operand: number, addresses: ReadonlySet<ValueId>): boolean {
  if (ADDRESSES[op]?.includes(operand) === true || op === 'points' || COMPARISONS.has(op)) return true
  return (CLOSED.has(op) || op === 'select') && addresses.has((results[0] as Value).id)
}
