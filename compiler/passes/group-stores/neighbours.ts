/** Stores to the elements of a word that stand in one block become a store of the word, where the last of them stood. */
import type { Node, ValueId } from '../../ir/node.ts'
import { nodeTree } from '../../ir/walk.ts'
import type { Affine, AffineIndices } from './affine.ts'

interface Stored {
  readonly at: number // position in the block
  readonly node: Node
  readonly index: Affine
}

export const isStore = (node: Node): boolean => node.op === 'store' || node.op === 'store_raw'

/** `perWord`: how many elements of a buffer share a word. */
export function groupNeighbours(
  nodes: readonly Node[],
  perWord: (buffer: ValueId) => number,
  affine: AffineIndices,
): readonly Node[] {
  const rows = new Map<string, Stored[]>()
  for (const [at, node] of nodes.entries()) {
    if (!isStore(node) || perWord(node.operands[0]!) === 1) continue
    const index = affine.of(node.operands[1]!)
    const key = `${node.op} ${node.operands[0]} ${JSON.stringify([...index.terms].sort(([x], [y]) => x - y))}`
    rows.set(key, [...(rows.get(key) ?? []), { at, node, index }])
  }
  const dropped = new Set<number>()
  const replaced = new Map<number, Node>()
  for (const row of rows.values())
    for (const group of wordsOf(row, perWord(row[0]!.node.operands[0]!), affine)) {
      if (!isAlone(nodes, group)) continue
      for (const { at } of group) dropped.add(at)
      replaced.set(Math.max(...group.map(({ at }) => at)), groupNode(group))
    }
  return nodes.flatMap((node, at) => replaced.get(at) ?? (dropped.has(at) ? [] : [node]))
}

/** Most words that are stored at once: 16 bytes. */
const MOST_WORDS = 4

/** Runs of consecutive elements that fill 4, 2 or 1 words, from a multiple of their number on; the longest ones first. */
function wordsOf(row: readonly Stored[], perWord: number, affine: AffineIndices): readonly (readonly Stored[])[] {
  const left = new Map(row.map((one) => [one.index.offset, one]))
  if (left.size < row.length) return [] // an element is stored twice
  const found: (readonly Stored[])[] = []
  for (let count = MOST_WORDS * perWord; count >= perWord; count /= 2)
    for (const first of [...left.values()]) {
      const group = Array.from({ length: count }, (_, i) => left.get(first.index.offset + i))
      if (!affine.divides(count, first.index) || !group.every((one) => one !== undefined)) continue
      found.push(group)
      for (const { index } of group) left.delete(index.offset)
    }
  return found
}

/** Whether nothing else touches the buffer between the stores. */
function isAlone(nodes: readonly Node[], group: readonly Stored[]): boolean {
  const own = new Set(group.map(({ node }) => node))
  const buffer = group[0]!.node.operands[0]!
  const places = group.map(({ at }) => at)
  return nodes.slice(Math.min(...places), Math.max(...places)).every((node) => own.has(node) || !touches(node, buffer))
}

const touches = (node: Node, buffer: ValueId): boolean => [...nodeTree(node)].some((inner) => inner.operands[0] === buffer)

function groupNode(group: readonly Stored[]): Node {
  const { node } = group[0]!
  const [buffer, index] = node.operands as [ValueId, ValueId]
  const values = group.map((one) => one.node.operands[2]!)
  return { ...node, op: 'store_group', operands: [buffer, index, ...values], attrs: { raw: node.op === 'store_raw' } }
}
