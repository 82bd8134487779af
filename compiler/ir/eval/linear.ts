/** Evaluation of the linear algebra ops: in doubles, matrix by matrix. Constants that decide what is found are shared with kernels. */
import type { EvalValue, TensorValue } from '../eval-value.ts'
import { DEPENDENT, JACOBI_TOLERANCE, MAX_SWEEPS, SIGN_SHARE } from '../linear-constants.ts'
import type { Node } from '../node.ts'
import { attrAxes } from '../op.ts'
import type { TensorType } from '../types.ts'
import { EvalError } from './eval-error.ts'
import { allocate, elementCount, expectTensor, extentOf, rowMajor, shapeOver, stridesOver, tensorValue } from './tensor-value.ts'

type Operands = readonly (EvalValue | null)[]

/** Reads and writes one matrix, or one column, of a batch. */
interface View {
  readonly get: (i: number, j?: number) => number
  readonly set: (value: number, i: number, j?: number) => void
}

/** Calls `each` with one view per tensor, for every position along the axes that none of the inner ones is. */
function batches(
  tensors: readonly TensorValue[],
  inner: readonly (readonly string[])[],
  each: (views: readonly View[]) => void,
): void {
  const named = new Set(inner.flat())
  const axes = [...new Set(tensors.flatMap((value) => value.axes))].filter((axis) => !named.has(axis))
  const shape = shapeOver(axes, tensors)
  const outer = tensors.map((value) => stridesOver(axes, value))
  const steps = tensors.map((value, at) => stridesOver(inner[at] ?? [], value))
  const places = rowMajor(shape)
  for (let at = 0; at < elementCount(shape); at++) {
    const position = shape.map((extent, axis) => Math.floor(at / (places[axis] ?? 1)) % extent)
    each(
      tensors.map(({ data }, which) => {
        const start = position.reduce((sum, index, axis) => sum + index * (outer[which]?.[axis] ?? 0), 0)
        const [down = 0, right = 0] = steps[which] ?? []
        return {
          get: (i, j = 0) => data[start + i * down + j * right] ?? NaN,
          set: (value, i, j = 0) => {
            data[start + i * down + j * right] = value
          },
        }
      }),
    )
  }
}

interface Square {
  readonly matrix: TensorValue
  readonly axes: readonly [string, string]
  readonly n: number
}

function squareOf(operands: Operands, node: Node): Square {
  const matrix = expectTensor(operands[0])
  const [rows = '', columns = ''] = attrAxes(node.attrs)
  const n = extentOf(matrix, rows)
  if (extentOf(matrix, columns) !== n) throw new EvalError(`${node.op} needs \`${rows}\` and \`${columns}\` to be equally long`)
  return { matrix, axes: [rows, columns], n }
}

/** A result to be filled, its extents those of the operands. */
function blank(node: Node, values: readonly TensorValue[], at = 0): TensorValue {
  const { axes } = node.results[at]?.type as TensorType
  const shape = shapeOver(axes, values)
  return tensorValue('f32', axes, shape, allocate(shape))
}

export function evalCholesky(operands: Operands, node: Node): TensorValue {
  const { matrix, axes, n } = squareOf(operands, node)
  const out = blank(node, [matrix])
  batches([matrix, out], [axes, axes], ([a, l]) => {
    if (a === undefined || l === undefined) return
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        let rest = a.get(i, j)
        for (let k = 0; k < j; k++) rest -= l.get(i, k) * l.get(j, k)
        l.set(i > j ? rest / l.get(j, j) : rest > 0 ? Math.sqrt(rest) : NaN, i, j)
      }
  })
  return out
}

export function evalSolve(operands: Operands, node: Node): TensorValue {
  const { matrix, axes, n } = squareOf(operands, node)
  const right = expectTensor(operands[1])
  const out = blank(node, [matrix, right])
  const lower = node.attrs['triangle'] === 'lower'
  batches([matrix, right, out], [axes, [axes[0]], [axes[1]]], ([a, y, x]) => {
    if (a === undefined || y === undefined || x === undefined) return
    for (let step = 0; step < n; step++) {
      const i = lower ? step : n - 1 - step
      let rest = y.get(i)
      for (let k = lower ? 0 : i + 1; k < (lower ? i : n); k++) rest -= a.get(i, k) * x.get(k)
      x.set(rest / a.get(i, i), i)
    }
  })
  return out
}

export function evalLstsq(operands: Operands, node: Node): TensorValue {
  const matrix = expectTensor(operands[0])
  const right = expectTensor(operands[1])
  const [rows = '', columns = ''] = attrAxes(node.attrs)
  const [m, n] = [extentOf(matrix, rows), extentOf(matrix, columns)]
  const out = blank(node, [matrix, right])
  batches([matrix, right, out], [[rows, columns], [rows], [columns]], ([a, y, x]) => {
    if (a === undefined || y === undefined || x === undefined) return
    const basis = Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (__, i) => a.get(i, j)))
    const rest = Float64Array.from({ length: m }, (_, i) => y.get(i))
    leastSquares(basis, rest).forEach((value, j) => x.set(value, j))
  })
  return out
}

const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0)

function leastSquares(basis: readonly Float64Array[], rest: Float64Array): readonly number[] {
  const lengths = basis.map((column) => Math.sqrt(dot(column, column)))
  const factors = basis.map(() => new Float64Array(basis.length))
  const shares: number[] = []
  basis.forEach((column, j) => {
    const left = Math.sqrt(dot(column, column))
    const dependent = left <= DEPENDENT * (lengths[j] as number)
    factors[j]![j] = dependent ? 0 : left
    column.forEach((value, i) => (column[i] = dependent ? 0 : value / left))
    for (let k = j + 1; k < basis.length; k++) factors[j]![k] = takeOut(column, basis[k] as Float64Array)
    shares.push(takeOut(column, rest))
  })
  const solution = new Array<number>(basis.length).fill(0)
  for (let j = basis.length - 1; j >= 0; j--) {
    const row = factors[j] as Float64Array
    const above = solution.reduce((sum, value, k) => (k > j ? sum + (row[k] as number) * value : sum), 0)
    solution[j] = row[j] === 0 ? 0 : ((shares[j] as number) - above) / (row[j] as number)
  }
  return solution
}

/** Removes from `other` its part along the unit vector; how much that was. */
function takeOut(unit: Float64Array, other: Float64Array): number {
  const share = dot(unit, other)
  unit.forEach((value, i) => (other[i] = (other[i] as number) - share * value))
  return share
}

export function evalEigh(operands: Operands, node: Node): readonly TensorValue[] {
  const { matrix, axes, n } = squareOf(operands, node)
  const values = blank(node, [matrix], 0)
  const vectors = blank(node, [matrix], 1)
  batches([matrix, values, vectors], [axes, [axes[1]], axes], ([a, lambda, v]) => {
    if (a === undefined || lambda === undefined || v === undefined) return
    const rows = Array.from({ length: n }, (_, i) =>
      Float64Array.from({ length: n }, (__, j) => a.get(Math.max(i, j), Math.min(i, j))),
    )
    const found = diagonalize(rows)
    const order = rows.map((row, i) => ({ i, value: row[i] as number })).sort((x, y) => x.value - y.value || x.i - y.i)
    order.forEach(({ i, value }, place) => {
      const column = found.map((row) => row[i] as number)
      const sign = signOf(column)
      lambda.set(value, place)
      column.forEach((component, k) => v.set(sign * component, k, place))
    })
  })
  return [values, vectors]
}

function signOf(column: readonly number[]): number {
  const largest = column.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const lead = column.find((x) => Math.abs(x) >= SIGN_SHARE * largest)
  return lead !== undefined && lead < 0 ? -1 : 1
}

/** Turns a symmetric matrix into a diagonal one in place; the rotations together, one eigenvector per column. */
function diagonalize(a: readonly Float64Array[]): readonly Float64Array[] {
  const n = a.length
  const v = a.map((_, i) => Float64Array.from({ length: n }, (__, j) => Number(i === j)))
  const total = a.reduce((sum, row) => sum + dot(row, row), 0)
  if (!Number.isFinite(total)) {
    for (const row of [...a, ...v]) row.fill(NaN)
    return v
  }
  const off = (): number => a.reduce((sum, row, i) => sum + dot(row, row) - (row[i] as number) ** 2, 0)
  const pairs = tournament(n)
  for (let sweep = 0; sweep < MAX_SWEEPS && off() > JACOBI_TOLERANCE * total; sweep++)
    for (const [p, q] of pairs) rotate(a, v, p, q)
  return v
}

/** All pairs below n in rounds in which nobody meets two others, as kernels take them: the last stays, the others go around. */
function tournament(n: number): readonly (readonly [number, number])[] {
  const rounds = n - 1 + (n % 2)
  const pairs: (readonly [number, number])[] = []
  for (let round = 0; round < rounds; round++)
    for (let pair = 0; pair <= (rounds - 1) / 2; pair++) {
      const x = (round + pair) % rounds
      const y = pair === 0 ? rounds : (round - pair + rounds) % rounds
      if (Math.max(x, y) < n) pairs.push([Math.min(x, y), Math.max(x, y)])
    }
  return pairs
}

function rotate(a: readonly Float64Array[], v: readonly Float64Array[], p: number, q: number): void {
  const at = (i: number, j: number): number => a[i]?.[j] as number
  const apq = at(p, q)
  if (apq === 0) return
  const theta = (at(q, q) - at(p, p)) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  const turn = (row: Float64Array): void => {
    const [x, y] = [row[p] as number, row[q] as number]
    row[p] = c * x - s * y
    row[q] = s * x + c * y
  }
  for (const row of [...a, ...v]) turn(row)
  const [upper, lower] = [a[p] as Float64Array, a[q] as Float64Array]
  upper.forEach((x, k) => {
    const y = lower[k] as number
    upper[k] = c * x - s * y
    lower[k] = s * x + c * y
  })
  upper[q] = 0
  lower[p] = 0
}
