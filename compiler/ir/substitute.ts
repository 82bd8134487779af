/** Renaming of values in blocks and functions. Pure: unchanged parts are shared with the original. */
import type { Block, Func, Node, ValueId } from './node.ts'

/** Where a value is read, what is read instead. Chains are not followed. */
export type Replacement = (id: ValueId) => ValueId

/** The same ids, by identity when nothing changes. */
export function replaceIds(ids: readonly ValueId[], replace: Replacement): readonly ValueId[] {
  return ids.some((id) => replace(id) !== id) ? ids.map(replace) : ids
}

export function replaceInNode(node: Node, replace: Replacement): Node {
  const operands = replaceIds(node.operands, replace)
  const regions = node.regions.map((region) => replaceInBlock(region, replace))
  const same = operands === node.operands && regions.every((region, i) => region === node.regions[i])
  return same ? node : { ...node, operands, regions }
}

export function replaceInBlock(block: Block, replace: Replacement): Block {
  const nodes = block.nodes.map((node) => replaceInNode(node, replace))
  const yields = replaceIds(block.yields, replace)
  const same = yields === block.yields && nodes.every((node, i) => node === block.nodes[i])
  return same ? block : { ...block, nodes, yields }
}

/** A copy of a block under new numbers; values of outside are read through `read`. */
export function copyBlock(block: Block, read: Replacement, next: () => ValueId): Block {
  const own = new Map<ValueId, ValueId>()
  const inside: Replacement = (id) => own.get(id) ?? read(id)
  const define = <V extends { readonly id: ValueId }>(value: V): V => {
    const id = next()
    own.set(value.id, id)
    return { ...value, id }
  }
  const params = block.params.map(define)
  const nodes = block.nodes.map((node): Node => {
    const operands = replaceIds(node.operands, inside)
    const regions = node.regions.map((region) => copyBlock(region, inside, next))
    return { ...node, operands, regions, results: node.results.map(define) }
  })
  return { params, nodes, yields: replaceIds(block.yields, inside) }
}

/** A function with another body; outputs and extents of axes follow the yields and `replace`. */
export function withBody(func: Func, body: Block, replace: Replacement): Func {
  const axes = func.axes.map((axis) => {
    if (axis.extent.kind === 'bound') return axis
    const value = replace(axis.extent.value)
    return value === axis.extent.value ? axis : { ...axis, extent: { ...axis.extent, value } }
  })
  const outputs = func.outputs.map((output, i) => {
    const value = body.yields[i] ?? output.value
    const moved = value === output.value ? output : { ...output, value }
    const at = output.at?.map((place) => ({ ...place, position: replace(place.position) }))
    return at?.some((place, k) => place.position !== output.at?.[k]?.position) === true ? { ...moved, at } : moved
  })
  return { ...func, axes, body, outputs }
}

/** Numbers the values 0, 1, 2, … in program order. */
export function renumber(func: Func): Func {
  const numbers = new Map<ValueId, ValueId>()
  const number = (id: ValueId): ValueId => {
    if (!numbers.has(id)) numbers.set(id, numbers.size)
    return numbers.get(id) ?? id
  }
  const read = (id: ValueId): ValueId => numbers.get(id) ?? id
  const block = (old: Block): Block => {
    const params = old.params.map((param) => ({ ...param, id: number(param.id) }))
    const nodes = old.nodes.map((node): Node => {
      const operands = node.operands.map(read)
      const regions = node.regions.map(block)
      return { ...node, operands, regions, results: node.results.map((result) => ({ ...result, id: number(result.id) })) }
    })
    return { params, nodes, yields: old.yields.map(read) }
  }
  const body = block(func.body)
  const params = func.params.map((param) => ({ ...param, id: read(param.id) }))
  return { ...withBody(func, body, read), params }
}
