/** Comparisons, truth values, bits, and choosing between two values. */
import type { MachineType } from '../../../compiler/ir/types.ts'
import type { ComparisonOp, LogicOp } from '../../core.ts'
import { i32, laneOp, op, select, vectorI32, type Expr } from '../expr.ts'
import { isFloat, machineArg, perLane, prefixOf, resultType, signSuffix, type Emit, type OpContext } from './context.ts'

/** Integer order depends on the sign; equality, and all of it on floats, does not. */
const comparison =
  (name: ComparisonOp): Emit =>
  (c) => {
    const type = machineArg(c, 0)
    const ordered = name !== 'eq' && name !== 'ne' && !isFloat(type)
    return [op(`${prefixOf(type)}.${name}${ordered ? signSuffix(type) : ''}`, c.arg(0), c.arg(1))]
  }

export const comparisons: Record<ComparisonOp, Emit> = {
  eq: comparison('eq'),
  ne: comparison('ne'),
  lt: comparison('lt'),
  le: comparison('le'),
  gt: comparison('gt'),
  ge: comparison('ge'),
}

const bitwise =
  (name: 'and' | 'or' | 'xor'): Emit =>
  (c) => {
    const type = resultType(c)
    return [op(`${type.lanes === 1 ? prefixOf(type) : 'v128'}.${name}`, c.arg(0), c.arg(1))]
  }

export const logic: Record<LogicOp, Emit> = {
  and: bitwise('and'),
  or: bitwise('or'),
  xor: bitwise('xor'),
  not: (c) => [complement(resultType(c), c.arg(0))],
  shl: (c) => [shift(c, 'shl')],
  shr: (c) => [shift(c, `shr${signSuffix(resultType(c))}`)],
  popcount: (c) => [resultType(c).lanes === 1 ? op('i32.popcnt', c.arg(0)) : countOnes(c.arg(0))],
  ctz: (c) => [trailingZeros(c)],
}

function complement(type: MachineType, x: Expr): Expr {
  if (type.lanes > 1) return op('v128.not', x)
  if (type.dtype === 'bool') return op('i32.eqz', x)
  return type.dtype === 'i64' ? op('i64.xor', x, op('i64.extend_s', i32(-1))) : op('i32.xor', x, i32(-1))
}

/** Distances count modulo the width, as the instructions do. A vector shifts by one distance, unless the lanes say otherwise. */
function shift(c: OpContext, name: string): Expr {
  const type = resultType(c)
  const by = machineArg(c, 1)
  const scalar = (x: Expr, distance: Expr): Expr =>
    type.dtype === 'i64' ? op(`i64.${name}`, x, op('i64.extend_u', distance)) : op(`i32.${name}`, x, distance)
  if (type.lanes === 1) return scalar(c.arg(0), c.arg(1))
  const uniform = uniformDistance(c, by)
  if (uniform !== null) return op(`${prefixOf(type)}.${name}`, c.arg(0), uniform)
  const operands = [
    { type, value: c.arg(0) },
    { type: by, value: c.arg(1) },
  ]
  return perLane(c, type, operands, ([x, distance]) => scalar(x as Expr, distance as Expr))
}

function uniformDistance(c: OpContext, by: MachineType): Expr | null {
  if (by.lanes === 1) return c.arg(1)
  const made = c.definition(1)
  if (made?.op === 'constant') return i32(Number(made.attrs.value))
  return made?.op === 'splat' ? laneOp('i32x4.extract_lane', 0, c.arg(1)) : null
}

/** Ones per byte, added up over the four bytes of each lane. */
function countOnes(x: Expr): Expr {
  return op('i32x4.extadd_pairwise_i16x8_u', op('i16x8.extadd_pairwise_i8x16_u', op('i8x16.popcnt', x)))
}

function trailingZeros(c: OpContext): Expr {
  if (resultType(c).lanes === 1) return op('i32.ctz', c.arg(0))
  // The zeros below the lowest one are what x - 1 sets and x does not have.
  const x = c.writer.share(c.arg(0))
  return countOnes(op('v128.andnot', op('i32x4.sub', x, c.writer.share(vectorI32(1))), x))
}

export const emitSelect: Emit = (c) => {
  const [condition, x, y] = [c.arg(0), c.arg(1), c.arg(2)]
  return [machineArg(c, 0).lanes === 1 ? select(condition, x, y) : op('v128.bitselect', x, y, condition)]
}

export const emitIsNan: Emit = (c) => {
  const x = c.writer.share(c.arg(0))
  return [op(`${prefixOf(machineArg(c, 0))}.ne`, x, x)]
}
