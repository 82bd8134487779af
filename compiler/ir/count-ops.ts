/** Operator counts: what structure tests pin down, because they change exactly when fusion or lowering does. */
import type { Block, Module } from './node.ts'

/**
 * Counts by path, over all variants of a function: `op` anywhere in the module, `func/op` anywhere in the function,
 * `func/outer/op` anywhere inside an `outer` of the function. Keys are sorted.
 */
export function countOps(module: Module): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  const add = (path: string): void => void counts.set(path, (counts.get(path) ?? 0) + 1)
  const visit = (block: Block, func: string, outer: readonly string[]): void => {
    for (const { op, regions } of block.nodes) {
      add(op)
      add(`${func}/${op}`)
      for (const name of new Set(outer)) add(`${func}/${name}/${op}`)
      for (const region of regions) visit(region, func, [...outer, op])
    }
  }
  for (const func of module.funcs) visit(func.body, func.name, [])
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
