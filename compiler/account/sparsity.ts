/**
 * What an output leaves out. Logical: the share of elements that were dropped, as far as the definition of the mask tells.
 * Physical: the bytes that are stored, against those of the dense tensor.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import { exactCount, type CountExpr, type FactScope } from '../ir/facts.ts'
import type { Func, Node, ValueId } from '../ir/node.ts'
import { attrString, NONE } from '../ir/op.ts'
import type { TensorType, Type } from '../ir/types.ts'
import { funcNodes, typesOf } from '../ir/walk.ts'
import { add, product, scale, subtract, type Quantity } from './quantity.ts'
import { apply } from './scalar-quantity.ts'

export type Form = 'mask' | 'masked' | 'packed' | 'compacted'

export interface Sparsity {
  readonly output: string
  readonly form: Form
  /** Of every `of` elements along `axes`; null when the number depends on data. */
  readonly kept: Quantity | null
  readonly of: Quantity
  readonly axes: readonly string[]
  /** Bytes of the dense tensor; null for a mask, which stands for no tensor. */
  readonly dense: Quantity | null
}

export interface Sizes {
  /** The extent of an atomic axis. */
  readonly extent: (axis: string) => Quantity
  /** A host scalar of the function. */
  readonly scalar: (id: ValueId) => Quantity
}

/** In the order of the outputs; those that leave nothing out are not listed. */
export function sparsityOf(func: Func, sizes: Sizes): readonly Sparsity[] {
  const scope = scopeOf(func)
  return func.outputs.flatMap(({ name, role, value }) => {
    const node = scope.definition(value)
    const type = scope.typeOf(value)
    if (role !== 'output' || type.kind !== 'tensor') return []
    return describe(name, value, node, type, scope, sizes)
  })
}

function describe(
  output: string,
  value: ValueId,
  node: Node | undefined,
  type: TensorType,
  scope: FactScope,
  sizes: Sizes,
): readonly Sparsity[] {
  const bytes = (axes: readonly string[]): Quantity => scale(product(axes.map(sizes.extent)), dtypeBytes(type.dtype))
  const [first = NONE, second = NONE] = node?.operands ?? []
  if (type.dtype === 'bool') {
    const selected = selectedAxes(value, scope)
    return selected === null ? [] : [{ output, form: 'mask', dense: null, ...keptBy(value, selected, scope, sizes) }]
  }
  switch (node?.op) {
    case 'pack': {
      const over = type.packing?.over ?? []
      return [{ output, form: 'packed', dense: bytes(type.axes), ...keptBy(second, over, scope, sizes) }]
    }
    case 'mask':
      return [{ output, form: 'masked', dense: bytes(type.axes), ...keptBy(second, typeAxes(second, scope), scope, sizes) }]
    case 'gather': {
      const list = scope.definition(second)
      if (list?.op !== 'kept_indices') return []
      const from = typeAxes(first, scope)
      const axis = attrString(list.attrs, 'axis')
      const kept = sizes.extent(attrString(list.attrs, 'as'))
      return [{ output, form: 'compacted', dense: bytes(from), kept, of: sizes.extent(axis), axes: [axis] }]
    }
    default:
      return []
  }
}

function keptBy(mask: ValueId, otherwise: readonly string[], scope: FactScope, sizes: Sizes) {
  const proof = exactCount(mask, scope)
  const axes = proof?.axes ?? otherwise
  const of = product(axes.map(sizes.extent))
  return { axes, of, kept: proof === null ? null : countOf(proof.count, of, sizes) }
}

/** The axes that a mask decides along; null when it selects nothing but compares. */
function selectedAxes(mask: ValueId, scope: FactScope): readonly string[] | null {
  const proof = exactCount(mask, scope)
  if (proof !== null) return proof.axes
  const node = scope.definition(mask)
  if (node?.op === 'keep') return node.attrs['axes'] as readonly string[]
  const [first = NONE, second = NONE] = node?.operands ?? []
  if (node?.op === 'and' || node?.op === 'or') return selectedAxes(first, scope) ?? selectedAxes(second, scope)
  return node?.op === 'not' ? selectedAxes(first, scope) : null
}

function countOf(count: CountExpr, extent: Quantity, sizes: Sizes): Quantity {
  switch (count.op) {
    case 'value':
      return sizes.scalar(count.value)
    case 'clamp':
      return apply('min', [sizes.scalar(count.value), extent])
    case 'larger':
      return apply(
        'max',
        count.of.map((one) => countOf(one, extent, sizes)),
      )
    case 'union':
      return apply('min', [add(countOf(count.of[0], extent, sizes), countOf(count.of[1], extent, sizes)), extent])
    case 'rest':
      return subtract(extent, countOf(count.of, extent, sizes))
  }
}

const typeAxes = (id: ValueId, scope: FactScope): readonly string[] => {
  const type = scope.typeOf(id)
  return type.kind === 'tensor' ? type.axes : []
}

/** Definitions through regions: what comes out of one is what is yielded in it. */
function scopeOf(func: Func): FactScope {
  const nodes = new Map<ValueId, Node>()
  const inside = new Map<ValueId, ValueId>()
  for (const node of funcNodes(func)) {
    const yields = node.regions[0]?.yields ?? []
    node.results.forEach(({ id }, i) => {
      nodes.set(id, node)
      if (node.op === 'region') inside.set(id, yields[i]!)
    })
  }
  const types = typesOf(func)
  const definition = (id: ValueId): Node | undefined => {
    const through = inside.get(id)
    return through === undefined ? nodes.get(id) : definition(through)
  }
  return { definition, typeOf: (id): Type => types.get(id) ?? { kind: 'scalar', scalar: 'int' } }
}
