/** Constants and changes of dtype. */
import type { MachineDType } from '../../../compiler/ir/types.ts'
import type { ConversionOp } from '../../core.ts'
import { constant } from '../constants.ts'
import { call, infix, type Expr } from '../../source/text.ts'
import { argDType, resultDType, type Emit } from './context.ts'
import { emitIsNan, emitSelect } from './logic.ts'
import { machineNumber } from '../../machine-number.ts'

export const conversion: Record<ConversionOp, Emit> = {
  constant: (c) => [constant(resultDType(c), machineNumber(c.node.attrs.value ?? 0, 'emit wgsl'))],
  select: emitSelect,
  isnan: emitIsNan,
  convert: (c) => [converted(c.arg(0), argDType(c, 0), resultDType(c))],
  bitcast: (c) => [argDType(c, 0) === resultDType(c) ? c.arg(0) : call(`bitcast<${resultDType(c)}>`, c.arg(0))],
}

function converted(x: Expr, from: MachineDType, to: MachineDType): Expr {
  if (from === to) return x
  if (from === 'f64') return call(`double_to_${to}`, x)
  if (to === 'f64') return call(`${from}_to_double`, x)
  if (from === 'f32') return call(`f32_to_${to}`, x)
  return to === 'bool' ? infix(x, '!=', constant(from, 0)) : call(to, x)
}
