/**
 * How each policy op walks its operands: point by point, or over whole rows. This table is what fusion and lowering know
 * about ops that are not elementwise; an op missing from it is refused by `roleOf`.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, hasTrait, NONE, type OpDef } from '../../ir/op.ts'
import { unitAxes } from '../../ir/ops/policy/prefix-count.ts'
import { rowAxes, type Type } from '../../ir/types.ts'
import { loopBody } from './loop-body.ts'
import { tensorAxes, type Role } from './role.ts'

const without = (axes: readonly string[], inner: readonly string[]): readonly string[] =>
  axes.filter((axis) => !inner.includes(axis))

export function roleOf(node: Node, ops: Readonly<Record<string, OpDef>>, typeOf: (id: ValueId) => Type | undefined): Role {
  const operandAxes = (i: number): readonly string[] => {
    const id = node.operands[i]
    return id === undefined || id === NONE ? [] : tensorAxes(typeOf(id))
  }
  const point = (moved: readonly (readonly string[])[] = []): Role => ({ kind: 'point', moved })
  const rows = (axes: readonly string[], inner: readonly string[]): Role => ({ kind: 'rows', rows: without(axes, inner), inner })
  if (hasTrait(ops[node.op]!, 'elementwise')) return point()
  switch (node.op) {
    case 'index':
    case 'random_bits':
    case 'position':
    case 'broadcast':
    case 'mask':
    case 'put':
    case 'row_counts':
      return point()
    case 'rename':
      return point([[attrString(node.attrs, 'from')]])
    case 'shift':
    case 'pool':
      return point([[attrString(node.attrs, 'axis')]])
    case 'gather':
      return point([attrAxes(node.attrs)])
    case 'reduce':
      return {
        kind: 'reduce',
        inner: attrAxes(node.attrs),
        splits: (node.operands[2] ?? NONE) === NONE && !inOneGo(node),
        common: null,
      }
    case 'fold_softmax': // every result has the loops over scores, and values may have more
      return { kind: 'reduce', inner: attrAxes(node.attrs), splits: true, common: operandAxes(0) }
    case 'fold_parts':
      return {
        kind: 'rows',
        rows: [...attrAxes(node.attrs, 'points'), attrString(node.attrs, 'part')],
        inner: [...new Set([...attrAxes(node.attrs), ...operandAxes(1)])].filter(
          (axis) => !attrAxes(node.attrs, 'points').includes(axis),
        ),
      }
    case 'scan':
      return rows(operandAxes(0), [attrString(node.attrs, 'axis')])
    case 'cholesky':
    case 'eigh':
    case 'solve':
    case 'lstsq':
      return rows([...new Set([...operandAxes(0), ...operandAxes(1)])], attrAxes(node.attrs))
    case 'keep':
      return rows(tensorAxes(node.results[0]?.type), attrAxes(node.attrs))
    case 'order':
    case 'kth':
      return { kind: 'rows', rows: without(tensorAxes(node.results[0]?.type), attrAxes(node.attrs)), inner: attrAxes(node.attrs) }
    case 'prefix_count':
      return { kind: 'rows', rows: tensorAxes(node.results[0]?.type), inner: unitAxes(node.attrs).flat() }
    case 'segment':
      return segmentRows(node, [operandAxes(0), operandAxes(1), operandAxes(2)])
    case 'kept_indices':
      return rows(operandAxes(0), [attrString(node.attrs, 'axis')])
    case 'pack':
      return packedRows(node.results[0]?.type)
    case 'unpack':
      return unpackedRows(node, typeOf(node.operands[0]!))
    case 'iterate': {
      const { rows: around, inner } = loopBody(node, ops, (each) => roleOf(each, ops, typeOf))
      return { kind: 'rows', rows: around, inner }
    }
    default:
      throw new Error(`fusion does not know how ${node.op} walks its operands`)
  }
}

function packedRows(type: Type | undefined): Role {
  if (type?.kind !== 'tensor' || type.packing === undefined) throw new Error('packing and unpacking have a packed tensor')
  const rows = rowAxes(type.axes, type.packing)
  return { kind: 'rows', rows, inner: without(type.axes, rows) }
}

/** The rows that are read, which positions may have put in the place of those that are stored. */
function unpackedRows(node: Node, packed: Type | undefined): Role {
  const { inner } = packedRows(packed) as { readonly inner: readonly string[] }
  return { kind: 'rows', rows: without(tensorAxes(node.results[0]?.type), inner), inner }
}

/** Needs all elements of a result one after the other. */
const inOneGo = (node: Node): boolean => ['argmax', 'argmin', 'deviation'].includes(attrString(node.attrs, 'kind'))

/** Rows outside of the axes that are walked; those inside are walked along. */
function segmentRows(node: Node, operands: readonly (readonly string[])[]): Role {
  const inner = attrAxes(node.attrs)
  const domain = [...new Set(operands.flat())]
  return {
    kind: 'rows',
    rows: domain.slice(
      0,
      domain.findIndex((axis) => inner.includes(axis)),
    ),
    inner,
  }
}
