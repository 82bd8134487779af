/** Axes that must be equally long because an op reads one by the positions of the other. */
import type { Func, Node } from './node.ts'
import { attrAxes, attrString } from './op.ts'
import { funcNodes } from './walk.ts'

/** Of one node: the two names of a renaming, the sides of a square matrix. */
function equalAxes(node: Node): readonly [string, string] | null {
  if (node.op === 'rename') return [attrString(node.attrs, 'from'), attrString(node.attrs, 'to')]
  if (!['cholesky', 'solve', 'eigh'].includes(node.op)) return null
  const [rows = '', columns = ''] = attrAxes(node.attrs)
  return [rows, columns]
}

/** Pairs of axes whose extents are both solved from shapes; other extents are checked where they are computed. */
export function equalExtents(func: Func, nodes: Iterable<Node> = funcNodes(func)): readonly (readonly [string, string])[] {
  const bound = new Set(func.axes.flatMap(({ name, extent }) => (extent.kind === 'bound' ? [name] : [])))
  return [...nodes].flatMap((node) => {
    const pair = equalAxes(node)
    return pair !== null && pair.every((axis) => bound.has(axis)) ? [pair] : []
  })
}
