/** Constants, changes of dtype, and choosing between two values. */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { MachineDType } from '../../../compiler/ir/types.ts'
import type { ConversionOp } from '../../core.ts'
import { machineNumber } from '../../machine-number.ts'
import { call, infix, literal, loose, wrapped, type Expr } from '../../source/text.ts'
import { constant } from '../constants.ts'
import { cudaType } from '../types.ts'
import { argDType, resultDType, type Emit } from './context.ts'

export const conversion: Record<ConversionOp, Emit> = {
  constant: (c) => [constant(resultDType(c), machineNumber(c.node.attrs.value ?? 0, 'emit cuda'))],
  select: (c) => [loose(`${wrapped(c.arg(0))} ? ${wrapped(c.arg(1))} : ${wrapped(c.arg(2))}`)],
  isnan: (c) => {
    const dtype = argDType(c, 0)
    return [dtype === 'f32' || dtype === 'f64' ? call('is_nan', c.arg(0)) : literal('false')]
  },
  convert: (c) => [converted(c.arg(0), argDType(c, 0), resultDType(c))],
  bitcast: (c) => [sameBits(c.arg(0), argDType(c, 0), resultDType(c))],
}

/** To integers by functions that saturate; what C++ has rounds to nearest, and integers wrap. */
function converted(x: Expr, from: MachineDType, to: MachineDType): Expr {
  if (from === to) return x
  if (to === 'bool') return infix(x, '!=', constant(from, 0))
  const toInteger = to === 'i32' || to === 'u32' || to === 'i64'
  if (from === 'f32' && to === 'i32') return call('__float2int_rz', x)
  if (from === 'f32' && to === 'u32') return call('__float2uint_rz', x)
  if ((from === 'f32' || from === 'f64') && toInteger) return call(`${from}_to_${to}`, x)
  return call(cudaType(to), x)
}

const BITS: Readonly<Record<string, string>> = {
  f32_i32: '__float_as_int',
  f32_u32: '__float_as_uint',
  i32_f32: '__int_as_float',
  u32_f32: '__uint_as_float',
  i32_u32: 'u32',
  u32_i32: 'int',
  f64_i64: '__double_as_longlong',
  i64_f64: '__longlong_as_double',
}

export function sameBits(x: Expr, from: MachineDType, to: MachineDType): Expr {
  if (from === to) return x
  const name = BITS[`${from}_${to}`]
  if (name === undefined) throw new CompilerBug(`the bits of ${from} are no ${to}`, { pass: 'emit cuda' })
  return call(name, x)
}
