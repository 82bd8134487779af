/** The extent of an axis that the policy pins to a number; null where only a call knows it. */
import type { Func } from './node.ts'

export function pinnedExtent(func: Func, axis: string): number | null {
  const extent = func.axes.find((known) => known.name === axis)?.extent
  if (extent?.kind !== 'scalar') return null
  const def = func.body.nodes.find((node) => node.results[0]?.id === extent.value)
  return def?.op === 'literal' ? Number(def.attrs.value) : null
}
