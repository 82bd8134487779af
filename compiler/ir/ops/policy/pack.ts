/**
 * `pack`: the elements of x for which m holds, stored in a format. Rows run over the axes not in `over`; `exact` promises
 * that every row keeps `k` elements, so that rows have constant size. `infer-sparsity` proves and sets it.
 */
import { evalPack } from '../../eval/movement.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attr, Attrs } from '../../node.ts'
import type { Format, Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isInt, isTypeProblem, maskProblem, problem } from '../type-rules.ts'

const isCount = (value: Attr | undefined): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0

/** The format an attribute describes, or why it describes none. */
export function formatOf(attr: Attr | undefined): Format | TypeProblem {
  const given = attr as { readonly [key: string]: Attr } | null | undefined
  switch (typeof given === 'object' && given !== null ? given['kind'] : undefined) {
    case 'bitmap': {
      const width = given?.['width']
      return width === 32 || width === 64 ? { kind: 'bitmap', width } : problem('a bitmap has words of 32 or 64 bits')
    }
    case 'nm': {
      const n = given?.['n']
      const m = given?.['m']
      return isCount(n) && isCount(m) && n <= m ? { kind: 'nm', n, m } : problem('nm(n, m) keeps n of every m, 1 <= n <= m')
    }
    case 'indices':
      return { kind: 'indices' }
    default:
      return problem('the formats are bitmap(32), bitmap(64), nm(n, m) and indices')
  }
}

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const format = formatOf(attrs['format'])
  if ('problem' in format) return format
  const over = attrAxes(attrs, 'over')
  if (over.length === 0) return problem('no axis is named to pack over')
  const exact = attrs['exact'] === true
  const k = types[2] ?? null
  if (k !== null && !isInt(k)) return problem(`how many a row keeps is a whole number, not ${describe(k)}`, 2)
  if (exact !== (k !== null)) return problem('a packing is exact when, and only when, how many a row keeps is given', 2)
  const inOrder = x.axes.filter((axis) => over.includes(axis))
  const refusal = axesProblem(x, over) ?? maskProblem(types[1], x.axes, 'what it is packed by', 1)
  return refusal ?? [{ ...x, packing: { format, over: inOrder, exact } }]
}

export const pack = defineOp({
  name: 'pack',
  summary: 'The elements for which a mask holds, stored in a format.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'm', 'k?'],
  attrs: { format: 'json', over: 'axes', exact: 'boolean' },
  traits: ['pure'],
  mixes: (attrs) => attrAxes(attrs, 'over'),
  infer,
  eval: (operands, node) => [evalPack(operands, node)],
  example: `entry example(%0 x: f16[row, column] input, %1 k: int param) axes(row, column) {
  %2 = keep(%0, %1, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
  %3 = pack(%0, %2, _) {exact = false, format = {"kind": "bitmap", "width": 64}, over = ["column"]} : bitmap(64) over [column] f16[row, column]
  return out = %3
}`,
})
