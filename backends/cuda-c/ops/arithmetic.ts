/** Arithmetic and the mathematical functions. */
import type { MachineDType } from '../../../compiler/ir/types.ts'
import type { ArithmeticOp, UnaryMathOp } from '../../core.ts'
import { machineNumber } from '../../machine-number.ts'
import { call, infix, literal, prefix, type Expr } from '../../source/text.ts'
import { resultDType, unsupported, type Emit, type OpContext } from './context.ts'

const args = (c: OpContext): readonly Expr[] => c.node.operands.map((_, i) => c.arg(i))

/** CUDA's names of a function on floats and on doubles. */
const mathName = (name: string, dtype: MachineDType): string => (dtype === 'f32' ? `${name}f` : name)

const isFloating = (dtype: MachineDType): boolean => dtype === 'f32' || dtype === 'f64'

const rounding =
  (name: string): Emit =>
  (c) => [isFloating(resultDType(c)) ? call(mathName(name, resultDType(c)), c.arg(0)) : c.arg(0)]

const transcendental =
  (name: string): Emit =>
  (c) => {
    if (!isFloating(resultDType(c))) throw unsupported(c, resultDType(c))
    return [call(mathName(name, resultDType(c)), ...args(c))]
  }

export const unaryMath: Record<UnaryMathOp, Emit> = {
  sqrt: transcendental('sqrt'),
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  round: rounding('rint'),
  trunc: rounding('trunc'),
  exp: transcendental('exp'),
  log: transcendental('log'),
  sin: transcendental('sin'),
  cos: transcendental('cos'),
  tanh: transcendental('tanh'),
}

/** Signed numbers of C++ must not wrap around, so those that may do are added and multiplied as unsigned ones. */
export function wrapping(dtype: MachineDType, isPlain: boolean, x: Expr, symbol: string, y: Expr): Expr {
  if (dtype === 'i64') return call('i64', infix(call('u64', x), symbol, call('u64', y)))
  if (dtype !== 'i32' || isPlain) return infix(x, symbol, y)
  return call('int', infix(call('u32', x), symbol, call('u32', y)))
}

const symbolic =
  (symbol: string): Emit =>
  (c) => [wrapping(resultDType(c), c.isPlainIndex, c.arg(0), symbol, c.arg(1))]

export const mulAdd: Emit = (c) => [call('__fmaf_rn', c.arg(0), c.arg(1), c.arg(2))]

export const arithmetic: Record<ArithmeticOp, Emit> = {
  add: symbolic('+'),
  sub: symbolic('-'),
  mul: symbolic('*'),
  div: (c) => {
    const dtype = resultDType(c)
    if (isFloating(dtype) || dividesSafely(c)) return [infix(c.arg(0), '/', c.arg(1))]
    return [call(`div_${dtype}`, ...args(c))]
  },
  floordiv: (c) => {
    const dtype = resultDType(c)
    if (dtype === 'f64') return [call('floor', infix(c.arg(0), '/', c.arg(1)))]
    if (dtype !== 'u32') return [call(`floordiv_${dtype}`, ...args(c))]
    return [dividesSafely(c) ? infix(c.arg(0), '/', c.arg(1)) : call('div_u32', ...args(c))]
  },
  rem: (c) => {
    const dtype = resultDType(c)
    if (isFloating(dtype)) return [call(mathName('fmod', dtype), ...args(c))]
    return [dividesSafely(c) ? infix(c.arg(0), '%', c.arg(1)) : call(`rem_${dtype}`, ...args(c))]
  },
  pow: (c) => {
    const dtype = resultDType(c)
    if (!isFloating(dtype)) throw unsupported(c, dtype)
    return [call(`pow_${dtype}`, ...args(c))]
  },
  min: (c) => [extreme(resultDType(c), 'min', c.arg(0), c.arg(1))],
  max: (c) => [extreme(resultDType(c), 'max', c.arg(0), c.arg(1))],
  neg: (c) => {
    const dtype = resultDType(c)
    return [isFloating(dtype) ? prefix('-', c.arg(0)) : wrapping(dtype, c.isPlainIndex, literal('0'), '-', c.arg(0))]
  },
  abs: (c) => {
    const dtype = resultDType(c)
    if (isFloating(dtype)) return [call(mathName('fabs', dtype), c.arg(0))]
    return [dtype === 'u32' ? c.arg(0) : call(`abs_${dtype}`, c.arg(0))]
  },
  sign: (c) => {
    const dtype = resultDType(c)
    return [dtype === 'u32' ? call('min', c.arg(0), literal('1u')) : call(`sign_${dtype}`, c.arg(0))]
  },
}

function extreme(dtype: MachineDType, kind: 'min' | 'max', x: Expr, y: Expr): Expr {
  if (dtype === 'bool') return infix(x, kind === 'min' ? '&' : '|', y)
  return call(isFloating(dtype) ? `${kind}_${dtype}` : kind, x, y)
}

/** Two values of a reduction into one. */
export function combined(dtype: MachineDType, kind: string, x: Expr, y: Expr): Expr {
  if (kind === 'sum') return wrapping(dtype, false, x, '+', y)
  if (kind === 'max' || kind === 'min') return extreme(dtype, kind, x, y)
  return infix(x, kind === 'and' ? '&' : '|', y)
}

/** Division by a constant that has a quotient for every number. */
function dividesSafely(c: OpContext): boolean {
  const divisor = c.definition(1)
  if (divisor?.op !== 'constant') return false
  const value = machineNumber(divisor.attrs.value ?? 0, 'emit cuda')
  return value !== 0 && value !== -1
}
