/** What is known of the extent of an axis without a call. */
import type { Func, Node } from './node.ts'

/** The extent that a policy pins; null where only a call knows it. */
export function pinnedExtent(func: Func, axis: string): number | null {
  const def = extentOf(func, axis)
  return def?.op === 'literal' ? Number(def.attrs.value) : null
}

/** What the extent is at most: what is pinned, or one side of a minimum. Infinity where nothing is known. */
export function longestExtent(func: Func, axis: string): number {
  const def = extentOf(func, axis)
  const sides = def?.op === 'min' ? def.operands.map((id) => definitionOf(func, id)) : [def]
  return Math.min(...sides.map((side) => (side?.op === 'literal' ? Number(side.attrs.value) : Infinity)))
}

function extentOf(func: Func, axis: string): Node | undefined {
  const extent = func.axes.find((known) => known.name === axis)?.extent
  return extent?.kind === 'scalar' ? definitionOf(func, extent.value) : undefined
}

const definitionOf = (func: Func, id: number): Node | undefined => func.body.nodes.find((node) => node.results[0]?.id === id)
