/**
 * Values that a node waits for without reading them: the extents of the axes it speaks of, where those are computed by the
 * function itself. Who moves nodes keeps them behind both, their operands and these.
 */
import type { Func, Node, ValueId } from './node.ts'
import type { OpDef } from './op.ts'

/** Computed extents by axis. */
export const computedExtents = (func: Func): ReadonlyMap<string, ValueId> =>
  new Map(func.axes.flatMap(({ name, extent }): [string, ValueId][] => (extent.kind === 'bound' ? [] : [[name, extent.value]])))

/** Axes of results and of attributes; those of operands are behind the operands. */
export function neededExtents(node: Node, def: OpDef | undefined, extents: ReadonlyMap<string, ValueId>): readonly ValueId[] {
  if (extents.size === 0) return []
  const axes = node.results.flatMap(({ type }) => (type.kind === 'tensor' ? type.axes : []))
  for (const [key, kind] of Object.entries(def?.attrs ?? {})) {
    const value = node.attrs[key.replace(/\?$/, '')]
    if (kind === 'axis' && typeof value === 'string') axes.push(value)
    if (kind === 'axes' && Array.isArray(value)) axes.push(...(value as readonly string[]))
  }
  // What makes a list of positions along a counted axis counts it, and does not wait for itself.
  const own = new Set(node.results.map(({ id }) => id))
  return [...new Set(axes)].flatMap((axis) => {
    const value = extents.get(axis)
    return value === undefined || own.has(value) ? [] : [value]
  })
}
