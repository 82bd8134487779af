/** Arithmetic and the mathematical functions. */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { MachineType } from '../../../compiler/ir/types.ts'
import type { ArithmeticOp, UnaryMathOp } from '../../core.ts'
import { i32, i64, op, select, type Expr } from '../expr.ts'
import { wasmCaps } from '../caps.ts'
import type { Lanes } from '../lanes.ts'
import { exp } from '../math/exp.ts'
import type { MathOp } from '../math/functions.ts'
import { log } from '../math/log.ts'
import {
  floatLanes,
  isFloat,
  isUnsigned,
  machineArg,
  perLane,
  prefixOf,
  resultType,
  signSuffix,
  type Emit,
  type OpContext,
} from './context.ts'

/** An instruction that exists for every type, floats and integers, scalars and vectors. */
const everywhere =
  (name: string): Emit =>
  (c) => [op(`${prefixOf(resultType(c))}.${name}`, c.arg(0), c.arg(1))]

/** Rounding: an instruction on floats, nothing on integers. */
const rounding =
  (name: string): Emit =>
  (c) => {
    const type = resultType(c)
    return [isFloat(type) ? op(`${prefixOf(type)}.${name}`, c.arg(0)) : c.arg(0)]
  }

/** The transcendental functions exist for what `caps.ts` lists. */
function transcendental(c: OpContext): MachineType {
  const type = resultType(c)
  if (wasmCaps.transcendental.includes(type.dtype)) return type
  throw new CompilerBug(`${c.node.op} of ${type.dtype} is beyond the capabilities of wasm`, { pass: 'emit wasm' })
}

/** Written out where it is used: half the time of a call, which would set up its constants again each time. */
const inlined =
  (body: (lanes: Lanes, x: Expr) => Expr): Emit =>
  (c) => [body(floatLanes(c, transcendental(c)), c.arg(0))]

const library =
  (name: MathOp): Emit =>
  (c) => {
    const type = transcendental(c)
    return [
      c.library.call(
        name,
        type.lanes === 1 ? 'f32' : 'f32x4',
        c.node.operands.map((_, i) => c.arg(i)),
      ),
    ]
  }

export const unaryMath: Record<UnaryMathOp, Emit> = {
  sqrt: rounding('sqrt'),
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  round: rounding('nearest'),
  trunc: rounding('trunc'),
  exp: inlined(exp),
  log: inlined(log),
  sin: library('sin'),
  cos: library('cos'),
  tanh: library('tanh'),
}

export const arithmetic: Record<ArithmeticOp, Emit> = {
  add: everywhere('add'),
  sub: everywhere('sub'),
  mul: everywhere('mul'),
  div: (c) => [quotient(c)],
  floordiv: (c) => [floorQuotient(c)],
  rem: (c) => [remainder(c)],
  pow: library('pow'),
  min: (c) => [extreme(c, 'min', 'lt')],
  max: (c) => [extreme(c, 'max', 'gt')],
  neg: (c) => [negate(c)],
  abs: (c) => [magnitude(c)],
  sign: (c) => [signOf(c)],
}

const zero = (type: MachineType): Expr => (type.dtype === 'i64' ? i64(0n) : i32(0))
const one = (type: MachineType): Expr => (type.dtype === 'i64' ? i64(1n) : i32(1))
const operands = (c: OpContext) => c.node.operands.map((_, i) => ({ type: machineArg(c, i), value: c.arg(i) }))
const isConstant = (y: Expr): boolean => y.kind === 'const' && Number(y.value) !== 0 && Number(y.value) !== -1

function quotient(c: OpContext): Expr {
  const type = resultType(c)
  if (isFloat(type)) return op(`${prefixOf(type)}.div`, c.arg(0), c.arg(1))
  return perLane(c, type, operands(c), ([x, y]) => divide(c, type, c.writer.share(x as Expr), c.writer.share(y as Expr)))
}

/** Rounded down: a quotient that is not whole and has operands of different signs is one less than the truncated one. */
function floorQuotient(c: OpContext): Expr {
  const type = resultType(c)
  const prefix = prefixOf({ ...type, lanes: 1 })
  if (isFloat(type)) return op(`${prefixOf(type)}.floor`, quotient(c))
  if (isUnsigned(type)) return quotient(c)
  return perLane(c, type, operands(c), ([a, b]) => {
    const [x, y] = [c.writer.share(a as Expr), c.writer.share(b as Expr)]
    const truncated = c.writer.bind(divide(c, type, x, y))
    const rest = c.writer.bind(op(`${prefix}.sub`, x, op(`${prefix}.mul`, truncated, y)))
    const differ = op(`${prefix}.lt_s`, op(`${prefix}.xor`, rest, y), zero(type))
    const divides = op('i32.and', op(`${prefix}.ne`, rest, zero(type)), op(`${prefix}.ne`, y, zero(type)))
    const down = op('i32.and', divides, differ)
    return op(`${prefix}.sub`, truncated, type.dtype === 'i64' ? op('i64.extend_u', down) : down)
  })
}

/** Integers divided by zero give 0; the lowest number divided by -1 wraps to itself. */
function divide(c: OpContext, type: MachineType, x: Expr, y: Expr): Expr {
  const prefix = prefixOf({ ...type, lanes: 1 })
  const name = `${prefix}.div${signSuffix(type)}`
  if (isConstant(y)) return op(name, x, y)
  if (isUnsigned(type)) {
    const isZero = c.writer.bind(op('i32.eqz', y))
    return select(isZero, i32(0), op(name, x, op('i32.or', y, isZero)))
  }
  // For y = 0 and y = -1 alike the answer is x · y.
  const trivial = c.writer.bind(op(`${prefix}.lt_u`, op(`${prefix}.add`, y, one(type)), type.dtype === 'i64' ? i64(2n) : i32(2)))
  return select(trivial, op(`${prefix}.mul`, x, y), op(name, x, select(trivial, one(type), y)))
}

/** With the sign of x; integers modulo zero give 0. */
function remainder(c: OpContext): Expr {
  const type = resultType(c)
  return perLane(c, type, operands(c), ([a, b]) => {
    const [x, y] = [a as Expr, b as Expr]
    if (type.dtype === 'f64') return c.library.remainder(x, y)
    if (type.dtype === 'f32') return op('f32.demote', c.library.remainder(op('f64.promote', x), op('f64.promote', y)))
    const prefix = prefixOf({ ...type, lanes: 1 })
    const name = `${prefix}.rem${signSuffix(type)}`
    if (isConstant(y)) return op(name, x, y)
    const divisor = c.writer.share(y)
    const isZero = c.writer.bind(op(`${prefix}.eqz`, divisor))
    return select(isZero, zero(type), op(name, x, select(isZero, one(type), divisor)))
  })
}

function extreme(c: OpContext, name: 'min' | 'max', order: 'lt' | 'gt'): Expr {
  const type = resultType(c)
  const prefix = prefixOf(type)
  if (isFloat(type)) return op(`${prefix}.${name}`, c.arg(0), c.arg(1))
  if (prefix === 'i32x4') return op(`${prefix}.${name}${signSuffix(type)}`, c.arg(0), c.arg(1))
  const [x, y] = [c.writer.share(c.arg(0)), c.writer.share(c.arg(1))]
  const first = op(`${prefix}.${order}${signSuffix(type)}`, x, y)
  return type.lanes === 1 ? select(first, x, y) : op('v128.bitselect', x, y, first)
}

function negate(c: OpContext): Expr {
  const type = resultType(c)
  const prefix = prefixOf(type)
  return isFloat(type) || type.lanes > 1 ? op(`${prefix}.neg`, c.arg(0)) : op(`${prefix}.sub`, zero(type), c.arg(0))
}

function magnitude(c: OpContext): Expr {
  const type = resultType(c)
  const prefix = prefixOf(type)
  if (isUnsigned(type)) return c.arg(0)
  if (isFloat(type) || type.lanes > 1) return op(`${prefix}.abs`, c.arg(0))
  const x = c.writer.share(c.arg(0))
  const sign = c.writer.bind(op(`${prefix}.shr_s`, x, type.dtype === 'i64' ? i64(63n) : i32(31)))
  return op(`${prefix}.sub`, op(`${prefix}.xor`, x, sign), sign)
}

/** Zeros and NaN are their own sign. */
function signOf(c: OpContext): Expr {
  const type = resultType(c)
  if (isFloat(type)) {
    const l = floatLanes(c, type)
    const x = l.share(c.arg(0))
    const [lowest, ones] =
      type.dtype === 'f32' ? [l.i(0x80000000 | 0), l.i(0x3f800000)] : [l.i(-(1n << 63n)), l.i(0x3ff0000000000000n)]
    return l.pick(l.gt(l.abs(x), l.f(0)), l.float(l.or(l.and(l.bits(x), lowest), ones)), x)
  }
  return perLane(c, type, operands(c), ([value]) => {
    const prefix = prefixOf({ ...type, lanes: 1 })
    const x = c.writer.share(value as Expr)
    const sign = isUnsigned(type)
      ? op('i32.ne', x, i32(0))
      : op('i32.sub', op(`${prefix}.gt_s`, x, zero(type)), op(`${prefix}.lt_s`, x, zero(type)))
    return type.dtype === 'i64' ? op('i64.extend_s', sign) : sign
  })
}
