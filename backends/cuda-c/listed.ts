/**
 * Lists of the positions of the best of a row: what makes them, who else asks for the row, and which loops read them right after. Those
 * find the positions where the team collected them, which is nearer than where they were stored.
 */
import type { Block, Func, Node, ValueId } from '../../compiler/ir/node.ts'
import { blockNodes } from '../../compiler/ir/walk.ts'

/** Whether what a node compacts are the positions of those of a row, from 0 on, that are the best of it. */
export function listsBest({ op, operands, regions }: Node, nodes: readonly Node[]): boolean {
  const region = regions[0]
  if (op !== 'compact' || region === undefined || region.yields[1] !== region.params[0]?.id) return false
  return askedRow(region) !== null && isZero(operands[2], nodes)
}

/** The row of which a region asks first whether the iteration's own key is one of the best; null: it yields something else. */
export function askedRow({ params, nodes, yields }: Block): ValueId | null {
  const asked = nodes.find(({ results }) => results.some(({ id }) => id === yields[0]))
  return asked?.op === 'is_best' && asked.operands[1] === params[0]?.id ? asked.operands[0]! : null
}

/** Rows that nothing asks but lists, once for each element. */
export function onlyListed(nodes: readonly Node[], lists: readonly Node[]): ReadonlySet<ValueId> {
  const asks = nodes.filter(({ op }) => op === 'is_best').map(({ operands }) => operands[0]!)
  const listed = lists.map(({ regions }) => askedRow(regions[0]!)!)
  const times = (rows: readonly ValueId[], row: ValueId): number => rows.filter((other) => other === row).length
  return new Set(listed.filter((row) => times(asks, row) === times(listed, row)))
}

/** Loops over a list that come right behind it, or behind a barrier: each with the list. */
export function loopsOfLists(func: Func, lists: readonly Node[]): ReadonlyMap<Node, Node> {
  const nodes = [...blockNodes(func.body)]
  const blocks = [func.body, ...nodes.flatMap(({ regions }) => regions)]
  return new Map(
    lists.flatMap((list) => {
      const block = blocks.find((some) => some.nodes.includes(list))!
      const next = block.nodes.slice(block.nodes.indexOf(list) + 1).find(({ op }) => op !== 'barrier')
      const isOver = next?.op === 'lanes' && isZero(next.operands[0], nodes) && next.operands[1] === list.results[0]?.id
      return isOver ? [[next, list] as const] : []
    }),
  )
}

function isZero(id: ValueId | undefined, nodes: readonly Node[]): boolean {
  const from = nodes.find(({ results }) => results.some((result) => result.id === id))
  return from?.op === 'constant' && from.attrs.value === 0
}
