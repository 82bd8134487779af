/**
 * `prefix_count`: how many units the best of several kinds a budget of mass or cost pays for, per row; `part` says of which
 * kind the number is. Operands after the amount are (score, cost?, within?, protect?) of each kind; `axes` lists the unit
 * axes of each, and the rows are all other axes, the same for every kind.
 *
 * All units form one order: protected candidates by kind and position, then candidates by score descending, NaN last, then
 * kind, then position. A unit weighs its cost, or without a cost its score (mass); negative and NaN weights are 0, others
 * are rounded to f32 and summed in f64 in that order. What is not a candidate is never counted; its cost is part of the
 * total (summed last, by kind and position), its mass is not.
 *
 * The target is `amount` of the total (of = ratio), `amount` itself (of = sum), or the total less it (of = rest). A target
 * that is a ratio of the total and within 2^-50 of a whole number, relatively, is that number. round = down: the longest
 * prefix with a sum of at most the target; up: the shortest that reaches it, or everything; nearest: the one whose sum is
 * nearest, the shorter of two, or with nearest_longer the longer. Protected candidates always count.
 */
import { evalPrefixCount } from '../../eval/prefix-count.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs, ValueId } from '../../node.ts'
import { computeDType, tensor, type TensorType, type Type } from '../../types.ts'
import {
  axesProblem,
  denseTensor,
  describe,
  isScalar,
  isTypeProblem,
  listAxes,
  maskProblem,
  missingFrom,
  problem,
} from '../type-rules.ts'

/** The operands of one kind of unit. */
export interface UnitOperands {
  readonly score: ValueId
  readonly cost: ValueId
  readonly within: ValueId
  readonly protect: ValueId
  readonly axes: readonly string[]
}

const PER_KIND = 4

export const unitAxes = (attrs: Attrs): readonly (readonly string[])[] => attrs['axes'] as readonly (readonly string[])[]

/** The kinds of a `prefix_count`, from its operands and attributes. */
export function unitsOf(operands: readonly ValueId[], attrs: Attrs): readonly UnitOperands[] {
  return unitAxes(attrs).map((axes, kind) => {
    const [score, cost, within, protect] = operands.slice(1 + kind * PER_KIND, 1 + (kind + 1) * PER_KIND)
    return { score: score!, cost: cost!, within: within!, protect: protect!, axes }
  })
}

function amountProblem(type: Type | null | undefined): TypeProblem | null {
  return isScalar(type) && type.scalar !== 'bool'
    ? null
    : problem(`a budget is a number known to the host, and this is ${describe(type)}`, 0)
}

function costProblem(cost: Type | null | undefined, score: TensorType, operand: number): TypeProblem | null {
  if (cost === null || cost === undefined) return null
  if (isScalar(cost) && cost.scalar !== 'bool') return null
  const dense = denseTensor(cost, operand)
  if (isTypeProblem(dense)) return dense
  if (dense.dtype === 'bool') return problem('a cost is a number, and this is a mask', operand)
  const extra = missingFrom(dense.axes, score.axes)
  return extra.length === 0 ? null : problem(`the cost varies along ${listAxes(extra)}, which the score does not have`, operand)
}

/** The score of a kind, with everything about it checked. */
function unitProblem(types: readonly (Type | null)[], axes: readonly string[], first: number): TensorType | TypeProblem {
  const score = denseTensor(types[first], first)
  if (isTypeProblem(score)) return score
  if (axes.length === 0) return problem('no axis is named to select from', first)
  if (score.dtype === 'bool') return problem('a score is a number, and this is a mask', first)
  return (
    axesProblem(score, axes, first) ??
    costProblem(types[first + 1], score, first + 1) ??
    maskProblem(types[first + 2], score.axes, 'what is kept `within`', first + 2) ??
    maskProblem(types[first + 3], score.axes, 'what is protected', first + 3) ??
    score
  )
}

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const kinds = unitAxes(attrs)
  const part = Number(attrs['part'])
  if (kinds.length === 0 || types.length !== 1 + kinds.length * PER_KIND)
    return problem(`${kinds.length} kinds of units take ${1 + kinds.length * PER_KIND} operands, not ${types.length}`)
  if (!(Number.isInteger(part) && part >= 0 && part < kinds.length)) return problem(`there is no kind of units ${part}`)
  const refused = amountProblem(types[0])
  if (refused !== null) return refused
  const scores = kinds.map((axes, kind) => unitProblem(types, axes, 1 + kind * PER_KIND))
  const rows: (readonly string[])[] = []
  const dtypes = new Set<string>()
  for (const [kind, score] of scores.entries()) {
    if (isTypeProblem(score)) return score
    rows.push(missingFrom(score.axes, kinds[kind]!))
    dtypes.add(computeDType(score.dtype))
  }
  const [own = []] = rows
  for (const [kind, others] of rows.entries())
    if (others.length !== own.length || missingFrom(others, own).length > 0)
      return problem(`the units have rows over ${listAxes(own)}, and these over ${listAxes(others)}`, 1 + kind * PER_KIND)
  if (dtypes.size > 1) return problem('scores of one order have one dtype: convert them')
  return [tensor('i32', own)]
}

export const prefixCount = defineOp({
  name: 'prefix_count',
  summary: 'How many of the best units a budget of mass or cost pays for, over one or several kinds of units.',
  levels: ['policy', 'sparse'],
  operands: ['amount', 'units?*'],
  attrs: { axes: 'json', of: ['ratio', 'sum', 'rest'], round: ['down', 'up', 'nearest', 'nearest_longer'], part: 'number' },
  traits: ['pure', 'costly'],
  zero: 'unknown',
  mixes: (attrs) => unitAxes(attrs).flat(),
  infer,
  eval: (operands, node) => [evalPrefixCount(operands, node.attrs)],
  example: `entry example(%0 score: f32[row, column] input, %1 cost: f32[column] input, %2 r: ratio param) axes(row, column) {
  %3 = prefix_count(%2, %0, %1, _, _) {axes = [["column"]], of = "ratio", part = 0, round = "down"} : i32[row]
  %4 = keep(%0, %3, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
  return out = %4
}`,
})
