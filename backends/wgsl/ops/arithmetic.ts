/** Arithmetic and the mathematical functions. Doubles are calls of shared functions throughout. */
import type { Node, ValueId } from '../../../compiler/ir/node.ts'
import type { MachineDType } from '../../../compiler/ir/types.ts'
import type { ArithmeticOp, UnaryMathOp } from '../../core.ts'
import { constant } from '../constants.ts'
import { call, infix, prefix, type Expr } from '../../source/text.ts'
import { resultDType, unsupported, type Emit, type OpContext } from './context.ts'
import { constantOf } from './logic.ts'
import { machineNumber } from '../../machine-number.ts'

const args = (c: OpContext): readonly Expr[] => c.node.operands.map((_, i) => c.arg(i))

/** A function of WGSL that does what is meant, on floats; integers are whole already. */
const rounding =
  (name: string): Emit =>
  (c) => {
    const dtype = resultDType(c)
    if (dtype === 'f64') return [call(`double_${name}`, c.arg(0))]
    return [dtype === 'f32' ? call(name, c.arg(0)) : c.arg(0)]
  }

const transcendental =
  (name: string): Emit =>
  (c) => {
    if (resultDType(c) !== 'f32') throw unsupported(c, resultDType(c))
    return [call(`${name}_f32`, ...args(c))]
  }

export const unaryMath: Record<UnaryMathOp, Emit> = {
  sqrt: rounding('sqrt'),
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  round: rounding('round'),
  trunc: rounding('trunc'),
  exp: transcendental('exp'),
  log: transcendental('log'),
  sin: transcendental('sin'),
  cos: transcendental('cos'),
  tanh: transcendental('tanh'),
}

/** A symbol on what WGSL has, a function on doubles. */
const symbolic =
  (name: string, symbol: string): Emit =>
  (c) => [computed(resultDType(c), name, symbol, c.arg(0), c.arg(1))]

/**
 * Compilers that take it that there are no NaN and no infinities make 0 of `x - x`, of `x * 0` and of `0 / x`, y of `(x + y) - x` and
 * `x * (y + z)` of `x * y + x * z`. Where a kernel says that much, NaN is made on bits, or a term is subtracted with its sign on
 * bits, which they do not look through.
 */
const sub: Emit = (c) => {
  if (resultDType(c) !== 'f32') return symbolic('sub', '-')(c)
  if (c.node.operands[0] === c.node.operands[1]) return [call('minus_itself_f32', c.arg(0))]
  return [isTempting(c) ? infix(c.arg(0), '+', call('neg_f32', c.arg(1))) : infix(c.arg(0), '-', c.arg(1))]
}

const add: Emit = (c) => {
  const isPlain = resultDType(c) !== 'f32' || !isTempting(c)
  return isPlain ? symbolic('add', '+')(c) : [infix(c.arg(0), '-', call('neg_f32', c.arg(1)))]
}

/** Whether a term of a sum or difference is one that the other term cancels in, or both are products with a factor in common. */
function isTempting(c: OpContext): boolean {
  const [x, y] = [c.definition(0), c.definition(1)]
  const haveFactor = x?.op === 'mul' && y?.op === 'mul' && x.operands.some((id) => y.operands.includes(id))
  return haveFactor || cancels(c, x, c.node.operands[1]) || cancels(c, y, c.node.operands[0])
}

function cancels({ node }: OpContext, term: Node | null, other: ValueId | undefined): boolean {
  const terms = term?.operands ?? []
  if (node.op === 'add') return term?.op === 'sub' && terms[1] === other
  return term?.op === 'add' ? terms.some((id) => id === other) : term?.op === 'sub' && terms[0] === other
}

const mul: Emit = (c) => {
  if (resultDType(c) !== 'f32') return symbolic('mul', '*')(c)
  const zero = [0, 1].find((at) => constantOf(c.definition(at)) === 0)
  if (zero !== undefined) return [call('times_zero_f32', c.arg(1 - zero), c.arg(zero))]
  // A root times itself would be what it is the root of, also below zero.
  const isSquaredRoot = c.definition(0)?.op === 'sqrt' && c.node.operands[0] === c.node.operands[1]
  const [x, y] = [c.arg(0), c.arg(1)]
  return [isSquaredRoot ? infix(call('neg_f32', x), '*', call('neg_f32', y)) : infix(x, '*', y)]
}

/** What makes the quotient 0 unless it is NaN, and what makes it 1. */
const isSettled = (c: OpContext): boolean => constantOf(c.definition(0)) === 0 || c.node.operands[0] === c.node.operands[1]

const computed = (dtype: MachineDType, name: string, symbol: string, x: Expr, y: Expr): Expr =>
  dtype === 'f64' ? call(`double_${name}`, x, y) : infix(x, symbol, y)

/** The name of a shared function that exists for every dtype it is asked for. */
const shared = (dtype: MachineDType, name: string): string => (dtype === 'f64' ? `double_${name}` : `${name}_${dtype}`)

export const mulAdd: Emit = (c) => [call('fma', ...args(c))]

export const arithmetic: Record<ArithmeticOp, Emit> = {
  add,
  sub,
  mul,
  div: (c) => {
    const dtype = resultDType(c)
    const plain = dtype !== 'f64' && dividesSafely(c, dtype)
    if (dtype === 'f32' && isSettled(c)) return [call('settled_div_f32', ...args(c))]
    return [plain ? infix(c.arg(0), '/', c.arg(1)) : call(shared(dtype, 'div'), ...args(c))]
  },
  floordiv: (c) => {
    const dtype = resultDType(c)
    if (dtype !== 'u32') return [call(shared(dtype, 'floordiv'), ...args(c))]
    return [dividesSafely(c, dtype) ? infix(c.arg(0), '/', c.arg(1)) : call('div_u32', ...args(c))]
  },
  rem: (c) => {
    const dtype = resultDType(c)
    const plain = (dtype === 'i32' || dtype === 'u32') && dividesSafely(c, dtype)
    return [plain ? infix(c.arg(0), '%', c.arg(1)) : call(shared(dtype, 'rem'), ...args(c))]
  },
  pow: transcendental('pow'),
  min: (c) => [extreme(resultDType(c), 'min', c.arg(0), c.arg(1))],
  max: (c) => [extreme(resultDType(c), 'max', c.arg(0), c.arg(1))],
  neg: (c) => {
    const dtype = resultDType(c)
    if (dtype === 'u32') return [infix(constant('u32', 0), '-', c.arg(0))]
    return [dtype === 'i32' ? prefix('-', c.arg(0)) : call(shared(dtype, 'neg'), c.arg(0))]
  },
  abs: (c) => {
    const dtype = resultDType(c)
    if (dtype === 'u32') return [c.arg(0)]
    return [call(dtype === 'i32' ? 'abs' : shared(dtype, 'abs'), c.arg(0))]
  },
  sign: (c) => {
    const dtype = resultDType(c)
    if (dtype === 'u32') return [call('min', c.arg(0), constant('u32', 1))]
    return [call(dtype === 'i32' ? 'sign' : shared(dtype, 'sign'), c.arg(0))]
  },
}

function extreme(dtype: MachineDType, kind: 'min' | 'max', x: Expr, y: Expr): Expr {
  if (dtype === 'bool') return infix(x, kind === 'min' ? '&' : '|', y)
  return call(dtype === 'i32' || dtype === 'u32' ? kind : shared(dtype, kind), x, y)
}

/** Two values of a reduction into one. */
export function combine(dtype: MachineDType, kind: string, x: Expr, y: Expr): Expr {
  if (kind === 'sum') return computed(dtype, 'add', '+', x, y)
  if (kind === 'max' || kind === 'min') return extreme(dtype, kind, x, y)
  return infix(x, kind === 'and' ? '&' : '|', y)
}

/** Division by a constant that has a quotient for every number, and a reciprocal that devices can do with. */
function dividesSafely(c: OpContext, dtype: MachineDType): boolean {
  const divisor = c.definition(1)
  if (divisor?.op !== 'constant') return false
  const value = machineNumber(divisor.attrs.value ?? 0, 'emit wgsl')
  return dtype === 'f32' ? Math.abs(Math.log2(Math.abs(value))) < 126 : value !== 0 && value !== -1
}
