/** Constants and changes of dtype. */
import type { Attr } from '../../../compiler/ir/node.ts'
import type { MachineType } from '../../../compiler/ir/types.ts'
import type { ConversionOp } from '../../core.ts'
import { f32, f64, i32, i64, op, vector, vectorF32, vectorF64, vectorI32, vectorI64, type Expr } from '../expr.ts'
import { machineArg, perLane, resultType, SCALARS, type Emit, type OpContext } from './context.ts'
import { emitIsNan, emitSelect } from './logic.ts'
import { machineNumber } from '../../machine-number.ts'

export const conversion: Record<ConversionOp, Emit> = {
  constant: (c) => [constant(resultType(c), c.node.attrs.value ?? 0)],
  select: emitSelect,
  isnan: emitIsNan,
  convert: (c) => [convert(c, machineArg(c, 0), resultType(c))],
  bitcast: (c) => [bitcast(c.arg(0), machineArg(c, 0), resultType(c))],
}

export function constant(type: MachineType, value: Attr): Expr {
  const vectors = type.lanes > 1
  const number = machineNumber(value, 'emit wasm')
  switch (type.dtype) {
    case 'f32':
      return vectors ? vectorF32(number) : f32(number)
    case 'f64':
      return vectors ? vectorF64(number) : f64(number)
    case 'i64': {
      const whole = BigInt(typeof value === 'string' ? value : Math.trunc(number))
      return vectors ? vectorI64(whole) : i64(whole)
    }
    case 'bool':
      return vectors ? vector([number === 0 ? 0 : 255]) : i32(number === 0 ? 0 : 1)
    default:
      return vectors ? vectorI32(number) : i32(number)
  }
}

function convert(c: OpContext, from: MachineType, to: MachineType): Expr {
  const x = c.arg(0)
  if (from.dtype === to.dtype) return x
  if (to.lanes === 1) return scalar(x, from, to)
  const vectorForm = to.lanes === 4 ? fourLanes(c, x, from, to) : null
  if (vectorForm !== null) return vectorForm
  return perLane(c, to, [{ type: from, value: x }], ([value]) => scalar(value as Expr, from, to))
}

function scalar(x: Expr, from: MachineType, to: MachineType): Expr {
  const [source, target] = [SCALARS[from.dtype], SCALARS[to.dtype]]
  const sign = from.dtype === 'u32' || from.dtype === 'bool' ? 'u' : 's'
  if (to.dtype === 'bool') return op(`${source}.ne`, x, constant({ ...from, lanes: 1 }, 0))
  if (source === target) return x
  if (target === 'f32' && source === 'f64') return op('f32.demote', x)
  if (target === 'f64' && source === 'f32') return op('f64.promote', x)
  if (target === 'f32' || target === 'f64') return op(`${target}.convert_${sign}.${source}`, x)
  if (source === 'f32' || source === 'f64') return op(`${target}.trunc_${to.dtype === 'u32' ? 'u' : 's'}_sat.${source}`, x)
  return target === 'i64' ? op(`i64.extend_${sign}`, x) : op('i32.wrap', x)
}

/** Null where there is no instruction for it. */
function fourLanes(c: OpContext, x: Expr, from: MachineType, to: MachineType): Expr | null {
  const masked = (bits: Expr): Expr => op('v128.and', x, c.writer.share(bits))
  if (from.dtype === 'bool') return to.dtype === 'f32' ? masked(vectorF32(1)) : masked(vectorI32(1))
  if (to.dtype === 'bool') return op(`${from.dtype === 'f32' ? 'f32x4' : 'i32x4'}.ne`, x, c.writer.share(constant(from, 0)))
  if (to.dtype === 'f32') return op(`f32x4.convert_i32x4_${from.dtype === 'u32' ? 'u' : 's'}`, x)
  if (from.dtype === 'f32') return op(`i32x4.trunc_sat_f32x4_${to.dtype === 'u32' ? 'u' : 's'}`, x)
  return x
}

function bitcast(x: Expr, from: MachineType, to: MachineType): Expr {
  const [source, target] = [SCALARS[from.dtype], SCALARS[to.dtype]]
  return to.lanes > 1 || source === target ? x : op(`${target}.reinterpret`, x)
}
