/** Between scalars and vectors. */
import type { MachineType } from '../../../compiler/ir/types.ts'
import type { VectorOp } from '../../core.ts'
import { i32, op, select, shuffle, vector, bytesOf, type Expr } from '../expr.ts'
import {
  extractLane,
  isFloat,
  isUnsigned,
  machineArg,
  prefixOf,
  resultType,
  signSuffix,
  splatLanes,
  type Emit,
  type OpContext,
} from './context.ts'

export const vectors: Record<VectorOp, Emit> = {
  splat: (c) => [resultType(c).lanes === 1 ? c.arg(0) : splatLanes(resultType(c), c.arg(0))],
  iota: (c) => [resultType(c).lanes === 1 ? i32(0) : vector(bytesOf(new Int32Array([0, 1, 2, 3])))],
  extract: (c) => [machineArg(c, 0).lanes === 1 ? c.arg(0) : extractLane(machineArg(c, 0), c.arg(0), Number(c.node.attrs.lane))],
  lane_reduce: (c) => [reduce(c, machineArg(c, 0), String(c.node.attrs.kind))],
  bitmask: (c) => [machineArg(c, 0).lanes === 1 ? c.arg(0) : op(`${prefixOf(machineArg(c, 0))}.bitmask`, c.arg(0))],
}

/** The order is (lane 0 with lane 2) with (lane 1 with lane 3): halves are combined until one lane is left. */
function reduce(c: OpContext, type: MachineType, kind: string): Expr {
  if (type.lanes === 1) return c.arg(0)
  if (type.dtype === 'bool') {
    if (kind === 'and' || kind === 'min') return op(`${prefixOf(type)}.all_true`, c.arg(0))
    return op('v128.any_true', c.arg(0))
  }
  let value = c.writer.share(c.arg(0))
  for (let half = type.lanes / 2; half > 1; half /= 2) value = c.writer.bind(combine(type, kind, value, swapped(value)))
  const [x, y] = [c.writer.bind(extractLane(type, value, 0)), c.writer.bind(extractLane(type, value, 1))]
  return combine({ ...type, lanes: 1 }, kind, x, y)
}

/** Bytes 8–15 and 0–7 of a vector. */
const swapped = (x: Expr): Expr => shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7])

function combine(type: MachineType, kind: string, x: Expr, y: Expr): Expr {
  const prefix = prefixOf(type)
  if (kind === 'sum') return op(`${prefix}.add`, x, y)
  if (kind === 'and' || kind === 'or') return op(`${type.lanes === 1 ? prefix : 'v128'}.${kind}`, x, y)
  if (isFloat(type)) return op(`${prefix}.${kind}`, x, y)
  if (type.lanes > 1) return op(`${prefix}.${kind}${signSuffix(type)}`, x, y)
  return select(op(`${prefix}.${kind === 'min' ? 'lt' : 'gt'}${isUnsigned(type) ? '_u' : '_s'}`, x, y), x, y)
}
