/**
 * `pack`: the entries of x for which m holds, stored in a format. An entry is one position of the axes in `over` with all
 * positions of the axes `inside`; rows run over the other axes. `exact` promises that every row keeps `k` entries, so that
 * rows have constant size. `infer-sparsity` proves and sets it. `free`: the
 * format is a guess, and `choose-format` decides.
 */
import { evalPack } from '../../eval/packing.ts'
import { formats, readFormat } from '../../formats/formats.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import type { Format, TensorType, Type } from '../../types.ts'
import {
  axesProblem,
  denseTensor,
  describe,
  isInt,
  isTensor,
  isTypeProblem,
  listAxes,
  maskProblem,
  problem,
} from '../type-rules.ts'

const formatList = Object.values(formats)
  .map(({ form }) => form)
  .join(', ')

const insideOf = (attrs: Attrs): readonly string[] => (attrs['inside'] == null ? [] : attrAxes(attrs, 'inside'))

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const format = readFormat(attrs['format'])
  if (format === null) return problem(`what is given is no format: ${formatList}`)
  const over = attrAxes(attrs, 'over')
  if (over.length === 0) return problem('no axis is named to pack over')
  const inside = insideOf(attrs)
  const exact = attrs['exact'] === true
  const k = types[2] ?? null
  if (k !== null && !isInt(k)) return problem(`how many a row keeps is a whole number, not ${describe(k)}`, 2)
  if (exact !== (k !== null)) return problem('a packing is exact when, and only when, how many a row keeps is given', 2)
  if (exact && !formats[format.kind].constantRows) return problem(`rows of ${format.kind} always have offsets`)
  const refusal =
    axesProblem(x, [...over, ...inside]) ??
    maskProblem(types[1], x.axes, 'what it is packed by', 1) ??
    insideProblem(types[1], format, inside)
  if (refusal !== null) return refusal
  const inOrder = (axes: readonly string[]): readonly string[] => x.axes.filter((axis) => axes.includes(axis))
  const entries = inside.length > 0 && { inside: inOrder(inside) }
  return [{ ...x, packing: { format, over: inOrder(over), ...entries, exact } } satisfies TensorType]
}

/** Entries are kept or dropped whole. */
function insideProblem(mask: Type | null | undefined, format: Format, inside: readonly string[]): TypeProblem | null {
  const demand = formats[format.kind].demands(format)
  if (demand.kind === 'constant-on' && inside.length !== demand.extents.length)
    return problem(`${formats[format.kind].form} stores entries of ${demand.extents.length} axes`)
  const split = isTensor(mask) ? inside.filter((axis) => mask.axes.includes(axis)) : []
  return split.length === 0 ? null : problem(`what it is packed by decides along ${listAxes(split)}, inside an entry`, 1)
}

export const pack = defineOp({
  name: 'pack',
  summary: 'The elements for which a mask holds, stored in a format.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'm', 'k?'],
  attrs: { format: 'json', over: 'axes', 'inside?': 'axes', exact: 'boolean', 'free?': 'boolean' },
  traits: ['pure'],
  mixes: (attrs) => [...attrAxes(attrs, 'over'), ...insideOf(attrs)],
  infer,
  eval: (operands, node) => [evalPack(operands, node)],
  example: `entry example(%0 x: f16[row, column] input, %1 k: int param) axes(row, column) {
  %2 = keep(%0, %1, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
  %3 = pack(%0, %2, _) {exact = false, format = {"kind": "bitmap", "width": 64}, over = ["column"]} : bitmap(64) over [column] f16[row, column]
  return out = %3
}`,
})
