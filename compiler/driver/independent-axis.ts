/**
 * Along which axis a variant of an entry may be run in parts: the first of every output and of every input that has it, such that no op
 * looks at more than one of its positions, or at how many there are. A part of the inputs then gives that part of the outputs.
 */
import { ops } from '../ir/ops/index.ts'
import type { Attr, Func, Node } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'
import type { Type } from '../ir/types.ts'

const table: Readonly<Record<string, OpDef>> = ops

/** Of a policy-level function without calls; null when there is none. */
export function independentAxis(func: Func): string | null {
  const types = new Map<number, Type>()
  for (const { id, type } of func.params) types.set(id, type)
  for (const node of func.body.nodes) for (const { id, type } of node.results) types.set(id, type)
  const [first] = func.outputs
  const type = first === undefined ? undefined : types.get(first.value)
  const axis = type?.kind === 'tensor' ? type.axes[0] : undefined
  if (axis === undefined || func.axes.find(({ name }) => name === axis)?.extent.kind !== 'bound') return null
  const leads = (value: Type | undefined): boolean => value?.kind === 'tensor' && value.axes.indexOf(axis) === 0
  const has = (value: Type | undefined): boolean => value?.kind === 'tensor' && value.axes.includes(axis)
  const outside =
    func.outputs.every(({ role, value }) => role === 'output' && leads(types.get(value))) &&
    func.params.every((param) => !has(param.type) || (param.role === 'input' && leads(param.type) && !isPacked(param.type))) &&
    func.params.every(({ axes }) => axes.every(({ atoms }) => !atoms.slice(1).includes(axis)))
  return outside && func.body.nodes.every((node) => keeps(node, axis, types, has)) ? axis : null
}

const isPacked = (type: Type): boolean => type.kind === 'tensor' && type.packing !== undefined

/** Whether each position of the result comes from the same position of the operands alone. */
function keeps(node: Node, axis: string, types: ReadonlyMap<number, Type>, has: (type: Type | undefined) => boolean): boolean {
  const def = table[node.op]
  if (def === undefined || node.regions.length > 0 || mentions(node.attrs, axis) || def.mixes?.(node.attrs).includes(axis))
    return false
  const given = node.operands.some((id) => has(types.get(id)))
  return node.results.every(({ type }) => has(type) === given)
}

function mentions(attr: Attr, axis: string): boolean {
  if (typeof attr !== 'object' || attr === null) return attr === axis
  return Object.values(attr).some((value: Attr) => mentions(value, axis))
}
