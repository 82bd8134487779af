/** Checks that a module survives being printed and read back, spans aside. */
import type { Block, Func, Module, Node } from '../node.ts'
import type { OpDef } from '../op.ts'
import { readModule } from './parse.ts'
import { printModule } from './print.ts'

/** What is lost or changed on the way, in words; null when nothing is. */
export function roundTripProblem(module: Module, ops: Readonly<Record<string, OpDef>>): string | null {
  const text = printModule(module)
  const { module: back, problems } = readModule(text, { ops })
  if (back === null) return problems.map(({ problem, span }) => `${problem} (at ${span.start})`).join('; ')
  const [expected, actual] = [canonicalJson(withoutSpans(module)), canonicalJson(withoutSpans(back))]
  if (expected === actual) return null
  let at = 0
  while (expected[at] === actual[at]) at++
  return `${expected.slice(Math.max(0, at - 60), at + 60)} became ${actual.slice(Math.max(0, at - 60), at + 60)}`
}

/** The same module with every span null: what equality of modules is about. */
export function withoutSpans(module: Module): Module {
  const node = (old: Node): Node => ({ ...old, regions: old.regions.map(block), span: null })
  const block = (old: Block): Block => ({ ...old, nodes: old.nodes.map(node) })
  const func = (old: Func): Func => ({ ...old, body: block(old.body), span: null })
  return { ...module, funcs: module.funcs.map(func) }
}

/** JSON with sorted keys, and with the numbers JSON does not have. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'number' && (!Number.isFinite(inner) || Object.is(inner, -0)))
      return { number: Object.is(inner, -0) ? '-0' : String(inner) }
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
