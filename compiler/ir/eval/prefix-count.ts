/** Evaluation of `prefix_count`, by sorting all units of a row and summing their weights in that order: see the op. */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import { attrString } from '../op.ts'
import type { Attrs } from '../node.ts'
import { orderedPositions } from './row-order.ts'
import { offsetsOf } from './selection.ts'
import {
  allocate,
  asTensor,
  elementCount,
  expectScalar,
  expectTensor,
  scalarNumber,
  stridesOver,
  tensorValue,
} from './tensor-value.ts'

/** A tensor over rows and unit axes, looked up by row and unit. */
interface Lookup {
  readonly data: Float64Array
  readonly rows: Int32Array
  readonly units: Int32Array
}

interface Kind {
  readonly score: Lookup
  readonly cost: Lookup | null
  readonly within: Lookup | null
  readonly protect: Lookup | null
  readonly size: number
}

const at = (lookup: Lookup, row: number, unit: number): number =>
  lookup.data[(lookup.rows[row] as number) + (lookup.units[unit] as number)] as number
const holds = (mask: Lookup | null, row: number, unit: number): boolean => mask !== null && at(mask, row, unit) !== 0

function kindOf(operands: readonly (EvalValue | null)[], listed: readonly string[], rows: readonly string[]): Kind {
  const [scored, cost = null, within = null, protect = null] = operands
  const score = expectTensor(scored)
  const axes = score.axes.filter((axis) => listed.includes(axis))
  const extent = (axis: string): number => score.shape[score.axes.indexOf(axis)] ?? 1
  const shape = axes.map(extent)
  const lookup = (value: EvalValue | null, dtype: 'f32' | 'bool'): Lookup | null => {
    if (value === null) return null
    const tensor = asTensor(value, dtype)
    const rowShape = rows.map(extent)
    return {
      data: tensor.data,
      rows: offsetsOf(rowShape, stridesOver(rows, tensor)),
      units: offsetsOf(shape, stridesOver(axes, tensor)),
    }
  }
  return {
    score: lookup(score, 'f32') as Lookup,
    cost: lookup(cost, 'f32'),
    within: lookup(within, 'bool'),
    protect: lookup(protect, 'bool'),
    size: elementCount(shape),
  }
}

const PROTECTED = 0
const CANDIDATE = 1
const EXCLUDED = 2

/** The units of one row, all kinds one after the other. */
interface Units {
  readonly kinds: Uint8Array
  readonly scores: Float64Array
  readonly weights: Float64Array
  readonly classes: Uint8Array
}

function unitsOfRow(kinds: readonly Kind[], row: number): Units {
  const total = kinds.reduce((sum, kind) => sum + kind.size, 0)
  const units = {
    kinds: new Uint8Array(total),
    scores: new Float64Array(total),
    weights: new Float64Array(total),
    classes: new Uint8Array(total),
  }
  let next = 0
  for (const [which, kind] of kinds.entries())
    for (let unit = 0; unit < kind.size; unit++, next++) {
      const score = at(kind.score, row, unit)
      const candidate = kind.within === null || holds(kind.within, row, unit)
      const standing = !candidate ? EXCLUDED : holds(kind.protect, row, unit) ? PROTECTED : CANDIDATE
      units.kinds[next] = which
      units.classes[next] = standing
      // Only candidates are told apart by score.
      units.scores[next] = standing === CANDIDATE ? score : 0
      const weight = Math.fround(kind.cost === null ? (candidate ? score : 0) : at(kind.cost, row, unit))
      units.weights[next] = weight > 0 ? weight : 0
    }
  return units
}

function targetOf(attrs: Attrs, amount: number, total: number): number {
  const of = attrString(attrs, 'of')
  if (of === 'sum') return amount
  if (of === 'rest') return total - amount
  if (amount === 0) return 0
  const product = amount * total
  const whole = Math.round(product)
  return Math.min(Math.abs(product - whole) <= product * 2 ** -50 ? whole : product, total)
}

/** The length of the prefix that the budget pays for; `sums` are those of the candidates, in order. */
function prefixLength(round: string, sums: readonly number[], target: number): number {
  if (round === 'down') return sums.filter((sum) => sum <= target).length
  if (round === 'up') return target > 0 ? Math.min(sums.filter((sum) => sum < target).length + 1, sums.length) : 0
  let length = 0
  let nearest = Math.abs(target)
  for (const [i, sum] of sums.entries()) {
    const distance = Math.abs(sum - target)
    if (distance < nearest || (round === 'nearest_longer' && distance === nearest)) {
      nearest = distance
      length = i + 1
    }
  }
  return length
}

export function evalPrefixCount(operands: readonly (EvalValue | null)[], attrs: Attrs): TensorValue {
  const amount = scalarNumber(expectScalar(operands[0]))
  const axes = attrs['axes'] as readonly (readonly string[])[]
  const first = expectTensor(operands[1])
  const rows = first.axes.filter((axis) => axes[0]?.includes(axis) !== true)
  const shape = rows.map((axis) => first.shape[first.axes.indexOf(axis)] ?? 1)
  const kinds = axes.map((listed, kind) => kindOf(operands.slice(1 + kind * 4, 5 + kind * 4), listed, rows))
  const out = allocate(shape)
  for (let row = 0; row < out.length; row++) {
    const units = unitsOfRow(kinds, row)
    const order = orderedPositions(units.scores, units.classes)
    const sums: number[] = []
    let total = 0
    for (const unit of order) {
      total += units.weights[unit] as number
      if (units.classes[unit] !== EXCLUDED) sums.push(total)
    }
    const safe = units.classes.reduce((count, one) => count + Number(one === PROTECTED), 0)
    const length = Math.max(prefixLength(attrString(attrs, 'round'), sums, targetOf(attrs, amount, total)), safe)
    for (const unit of order.subarray(0, length)) if (units.kinds[unit] === Number(attrs['part'])) out[row]! += 1
  }
  return tensorValue('i32', rows, shape, out)
}
