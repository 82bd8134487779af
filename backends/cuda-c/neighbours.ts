/**
 * Loads of a block that are of neighbours in memory: elements that nobody writes, at the same index but for a constant. One step loads
 * all of them, where the first comes.
 */
import type { Block, Node, ValueId } from '../../compiler/ir/node.ts'
import { machineNumber } from '../machine-number.ts'

export interface Neighbours {
  /** What is loaded first. */
  readonly first: Node
  /** Where the vector starts, counted from there. */
  readonly start: number
  /** In the order of their places. */
  readonly members: readonly Node[]
}

/** `bytes`: of an element of a buffer that may be loaded ahead; 0: it may not. */
export function neighboursOf(
  block: Block,
  definitions: ReadonlyMap<ValueId, Node>,
  bytes: (buffer: ValueId) => number,
): readonly Neighbours[] {
  const groups = new Map<string, { readonly node: Node; readonly offset: number }[]>()
  for (const node of block.nodes) {
    const [buffer, index] = node.operands
    if ((node.op !== 'load' && node.op !== 'load_raw') || buffer === undefined || index === undefined) continue
    if (bytes(buffer) === 0) continue
    const { terms, offset } = sumOf(index, definitions)
    const leaves = terms.map(({ value, sign }) => `${sign === 1 ? '+' : '-'}${value}`)
    const key = [buffer, node.op, ...leaves.sort()].join(' ')
    groups.set(key, [...(groups.get(key) ?? []), { node, offset }])
  }
  return [...groups.values()].flatMap((group) => runsOf(group, bytes(group[0]?.node.operands[0] as ValueId)))
}

/**
 * What must hold, besides that the buffer begins at a multiple of their number, for neighbours to begin at such a multiple: parameters of
 * the kernel that have to be multiples of it. Null: that is not known before the load.
 */
export function alignedWhere(
  { first, start, members }: Neighbours,
  definitions: ReadonlyMap<ValueId, Node>,
  isParameter: (id: ValueId) => boolean,
): readonly ValueId[] | null {
  const by = members.length
  const { terms, offset } = sumOf(first.operands[1] as ValueId, definitions)
  const wanted = terms.map(({ value }) => multipleWhere(value, by, definitions, isParameter))
  return (offset + start) % by !== 0 || wanted.includes(null) ? null : wanted.flatMap((ids) => ids ?? [])
}

function multipleWhere(
  id: ValueId,
  by: number,
  definitions: ReadonlyMap<ValueId, Node>,
  isParameter: (id: ValueId) => boolean,
): readonly ValueId[] | null {
  if (isParameter(id)) return [id]
  const node = definitions.get(id)
  if (node?.op === 'constant') return machineNumber(node.attrs.value ?? 0, 'emit cuda') % by === 0 ? [] : null
  if (node?.op !== 'mul') return null
  const factors = node.operands.map((operand) => multipleWhere(operand, by, definitions, isParameter))
  return factors.find((ids) => ids?.length === 0) ?? factors.find((ids) => ids !== null) ?? null
}

/** The vectors that one or more loads make: neighbours without gaps, in powers of two of up to 16 bytes. */
function runsOf(group: readonly { readonly node: Node; readonly offset: number }[], bytes: number): readonly Neighbours[] {
  const byOffset = new Map([...group].reverse().map(({ node, offset }) => [offset, node]))
  const runs: Neighbours[] = []
  const starts = [...byOffset.keys()].sort((a, b) => a - b)
  for (let i = 0; i < starts.length;) {
    const start = starts[i] as number
    let count = 1
    while (byOffset.has(start + count)) count++
    const length = Math.min(2 ** Math.floor(Math.log2(count)), 16 / bytes)
    const members = Array.from({ length }, (_, k) => byOffset.get(start + k) as Node)
    const first = group.find(({ node }) => members.includes(node))
    if (length > 1 && first !== undefined) runs.push({ first: first.node, start: start - first.offset, members })
    i += length
  }
  return runs
}

interface Term {
  readonly value: ValueId
  readonly sign: 1 | -1
}

/** An index as what it adds up, and a constant. */
function sumOf(
  id: ValueId,
  definitions: ReadonlyMap<ValueId, Node>,
): { readonly terms: readonly Term[]; readonly offset: number } {
  const terms: Term[] = []
  let offset = 0
  const add = (value: ValueId, sign: 1 | -1): void => {
    const node = definitions.get(value)
    const [x, y] = node?.operands ?? []
    if (node?.op === 'constant') offset += sign * machineNumber(node.attrs.value ?? 0, 'emit cuda')
    else if ((node?.op === 'add' || node?.op === 'sub') && x !== undefined && y !== undefined) {
      add(x, sign)
      add(y, node.op === 'sub' ? (-sign as 1 | -1) : sign)
    } else terms.push({ value, sign })
  }
  add(id, 1)
  return { terms, offset }
}
