/** Evaluation of `order`, `kth` and `quantile_index`: see the ops for their meaning. */
import * as rational from '../../../abi/rational.ts'
import type { EvalValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { attrString } from '../op.ts'
import { computeDType, type DType } from '../types.ts'
import { domainValues, stridesFor, type DomainValues } from './domain.ts'
import { EvalError } from './eval-error.ts'
import { orderedPositions } from './row-order.ts'
import { offsetsOf } from './selection.ts'
import { walk } from './strided.ts'
import {
  allocate,
  asTensor,
  expectScalar,
  expectTensor,
  rowMajor,
  scalarNumber,
  stridesOver,
  tensorValue,
} from './tensor-value.ts'

type Operands = readonly (EvalValue | null)[]

/** One row of a domain: its elements by position, 0 in `absent` for those that take part, and where it lies. */
interface Row {
  readonly values: Float64Array
  readonly absent: Uint8Array
  readonly present: number
  /** Offset of the row's first element in a tensor over the domain, and of its entry in one over the kept axes. */
  readonly start: number
  readonly result: number
}

/** Calls `visit` with every row, in the order of the kept axes. The row's arrays are reused. */
function eachRow(domain: DomainValues, visit: (row: Row) => void): void {
  const over = domain.axes.filter((axis) => domain.reduced.includes(axis))
  const shape = over.map((axis) => domain.shape[domain.axes.indexOf(axis)] ?? 1)
  const at = offsetsOf(shape, stridesOver(over, domain.x))
  const whereAt = domain.where === null ? at : offsetsOf(shape, stridesOver(over, domain.where))
  const values = new Float64Array(at.length)
  const absent = new Uint8Array(at.length)
  const own = domain.kept.map((axis) => rowMajor(domain.shape)[domain.axes.indexOf(axis)] ?? 0)
  const { length, steps, each } = walk(domain.keptShape, [
    stridesOver(domain.kept, domain.x),
    domain.where === null ? domain.kept.map(() => 0) : stridesOver(domain.kept, domain.where),
    own,
    rowMajor(domain.keptShape),
  ])
  const [xStep = 0, whereStep = 0, startStep = 0, resultStep = 0] = steps
  each(([x0 = 0, where0 = 0, start0 = 0, result0 = 0]) => {
    for (let r = 0; r < length; r++) {
      let present = 0
      for (let i = 0; i < values.length; i++) {
        values[i] = domain.x.data[x0 + r * xStep + (at[i] as number)] as number
        const holds = domain.where === null || domain.where.data[where0 + r * whereStep + (whereAt[i] as number)] !== 0
        absent[i] = holds ? 0 : 1
        present += Number(holds)
      }
      visit({ values, absent, present, start: start0 + r * startStep, result: result0 + r * resultStep })
    }
  })
}

export function evalOrder(operands: Operands, node: Node): TensorValue {
  const domain = domainValues(operands, node)
  const give = attrString(node.attrs, 'give')
  const over = domain.axes.filter((axis) => domain.reduced.includes(axis))
  const shape = over.map((axis) => domain.shape[domain.axes.indexOf(axis)] ?? 1)
  const places = offsetsOf(shape, stridesFor(over, domain.axes, domain.shape))
  const out = allocate(domain.shape)
  eachRow(domain, ({ values, absent, start }) => {
    orderedPositions(values, absent).forEach((position, rank) => {
      if (give === 'rank') out[start + (places[position] as number)] = rank
      else out[start + (places[rank] as number)] = give === 'position' ? position : (values[position] as number)
    })
  })
  return tensorValue(give === 'value' ? domain.x.dtype : 'i32', domain.axes, domain.shape, out)
}

/** What no element beats, and what every element beats. */
const EXTREMES: Readonly<Record<ReturnType<typeof computeDType>, readonly [number, number]>> = {
  f32: [Infinity, -Infinity],
  i32: [0x7fffffff, -0x80000000],
  u32: [0xffffffff, 0],
  bool: [1, 0],
}

export function evalKth(operands: Operands, node: Node): TensorValue {
  const domain = domainValues(operands, node)
  const dtype = computeDType(domain.x.dtype)
  const [above, below] = EXTREMES[dtype]
  const k = asTensor(operands[2] as EvalValue, 'i32')
  const wanted = offsetsOf(domain.keptShape, stridesOver(domain.kept, k))
  const out = allocate(domain.keptShape)
  eachRow(domain, ({ values, absent, present, result }) => {
    const nth = k.data[wanted[result] as number] as number
    if (nth <= 0) out[result] = above
    else out[result] = nth > present ? below : (values[orderedPositions(values, absent)[nth - 1] as number] as number)
  })
  return tensorValue(dtype as DType, domain.kept, domain.keptShape, out)
}

const ROUNDING: Readonly<Record<string, readonly [(x: rational.Rational) => rational.Rational, (x: number) => number]>> = {
  down: [rational.floor, Math.floor],
  up: [rational.ceil, Math.ceil],
  even: [rational.roundHalfEven, roundEven],
  fraction: [(x) => rational.sub(x, rational.floor(x)), (x) => x - Math.floor(x)],
}

function roundEven(x: number): number {
  const rounded = Math.round(x)
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

export function evalQuantileIndex(operands: Operands, node: Node): TensorValue {
  const count = expectTensor(operands[0])
  const q = expectScalar(operands[1])
  const round = attrString(node.attrs, 'round')
  const rule = ROUNDING[round]
  if (rule === undefined) throw new EvalError(`no rounding ${round}`)
  const [exact, double] = rule
  const data = count.data.map((n) => {
    const gaps = Math.max(n - 1, 0)
    if (typeof q.value !== 'object') return double(gaps * scalarNumber(q))
    return rational.toNumber(exact(rational.mul(q.value, rational.rational(gaps))))
  })
  return tensorValue(round === 'fraction' ? 'f32' : 'i32', count.axes, count.shape, data)
}
