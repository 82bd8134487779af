/**
 * Evaluation of `keep`: exact, by sorting each row's scores. Sorting is slow and obviously right, which is what the oracle
 * of every faster selection has to be.
 */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrAxes } from '../op.ts'
import { walk } from './strided.ts'
import { allocate, asTensor, elementCount, expectTensor, rowMajor, stridesOver, tensorValue } from './tensor-value.ts'

type Ties = 'first' | 'all'

/** Offsets of all elements of a shape, in row-major order. */
export function offsetsOf(shape: readonly number[], strides: readonly number[]): Int32Array {
  const out = new Int32Array(elementCount(shape))
  const { length, steps, each } = walk(shape, [rowMajor(shape), strides])
  const [outStep = 0, step = 0] = steps
  each(([outAt = 0, at = 0]) => {
    for (let i = 0; i < length; i++) out[outAt + i * outStep] = at + i * step
  })
  return out
}

/** A mask over the score, or everything; looked up by row offset and position in the row. */
interface Flags {
  readonly data: Float64Array
  readonly rowStrides: readonly number[]
  readonly positions: Int32Array
}

interface Row {
  readonly scores: Float64Array
  /** 2 protected, 1 candidate, 0 neither. */
  readonly standing: Uint8Array
  readonly kept: Uint8Array
}

/**
 * Marks the kept elements of a row in `kept`: the protected ones, then the best candidates while the budget lasts. With
 * ties all, candidates equal to the last one kept go along; NaN equals NaN and nothing else.
 */
export function selectRow({ scores, standing, kept }: Row, k: number, ties: Ties): void {
  const n = scores.length
  const numbers = new Float64Array(n)
  let count = 0
  let budget = k
  for (let i = 0; i < n; i++) {
    kept[i] = Number(standing[i] === 2)
    budget -= kept[i] as number
    if (standing[i] === 1 && !Number.isNaN(scores[i])) numbers[count++] = scores[i] as number
  }
  if (budget <= 0) return
  const sorted = numbers.subarray(0, count).sort()
  const worst = budget < count ? (sorted[count - budget] as number) : -Infinity
  const above = budget < count ? countAbove(sorted, worst) : 0
  let equals = budget < count ? budget - above : Infinity
  let nans = budget - count
  for (let i = 0; i < n; i++) {
    if (standing[i] !== 1) continue
    const score = scores[i] as number
    if (Number.isNaN(score)) kept[i] = Number(ties === 'all' ? budget > count : nans-- > 0)
    else if (score === worst) kept[i] = Number(ties === 'all' || equals-- > 0)
    else kept[i] = Number(score > worst)
  }
}

/** How many of the ascending values are greater than one of them. */
function countAbove(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) > value) high = middle
    else low = middle + 1
  }
  return sorted.length - low
}

function flagsOf(
  mask: EvalValue | null | undefined,
  rows: readonly string[],
  over: readonly string[],
  shape: readonly number[],
): Flags | null {
  if (mask == null) return null
  const value = asTensor(mask, 'bool')
  return { data: value.data, rowStrides: stridesOver(rows, value), positions: offsetsOf(shape, stridesOver(over, value)) }
}

const holds = (flags: Flags | null, row: number, at: number): boolean =>
  flags !== null && flags.data[row + (flags.positions[at] as number)] !== 0

export function evalKeep(operands: readonly (EvalValue | null)[], node: Node): TensorValue {
  const score = expectTensor(operands[0])
  const listed = attrAxes(node.attrs)
  const ties: Ties = node.attrs['ties'] === 'all' ? 'all' : 'first'
  const over = score.axes.filter((axis) => listed.includes(axis))
  const rows = score.axes.filter((axis) => !listed.includes(axis))
  const extent = (axis: string): number => score.shape[score.axes.indexOf(axis)] ?? 1
  const overShape = over.map(extent)
  const positions = offsetsOf(overShape, stridesOver(over, score))
  const budget = asTensor(operands[1] as EvalValue, 'i32')
  const within = flagsOf(operands[2], rows, over, overShape)
  const protect = flagsOf(operands[3], rows, over, overShape)
  const out = allocate(score.shape)
  const n = positions.length
  const row = { scores: new Float64Array(n), standing: new Uint8Array(n), kept: new Uint8Array(n) }
  const none = rows.map(() => 0)
  const { length, steps, each } = walk(rows.map(extent), [
    stridesOver(rows, score),
    stridesOver(rows, budget),
    within?.rowStrides ?? none,
    protect?.rowStrides ?? none,
  ])
  const [scoreStep = 0, budgetStep = 0, withinStep = 0, protectStep = 0] = steps
  each(([scoreAt = 0, budgetAt = 0, withinAt = 0, protectAt = 0]) => {
    for (let r = 0; r < length; r++) {
      const base = scoreAt + r * scoreStep
      for (let i = 0; i < n; i++) {
        row.scores[i] = score.data[base + (positions[i] as number)] as number
        const candidate = within === null || holds(within, withinAt + r * withinStep, i)
        row.standing[i] = !candidate ? 0 : holds(protect, protectAt + r * protectStep, i) ? 2 : 1
      }
      selectRow(row, budget.data[budgetAt + r * budgetStep] as number, ties)
      for (let i = 0; i < n; i++) out[base + (positions[i] as number)] = row.kept[i] as number
    }
  })
  return tensorValue('bool', score.axes, score.shape, out)
}
