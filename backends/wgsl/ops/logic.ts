/** Comparisons, truth values, bits, and choosing between two values. */
import type { Node, ValueId } from '../../../compiler/ir/node.ts'
import type { ComparisonOp, LogicOp } from '../../core.ts'
import { call, infix, literal, prefix, type Expr } from '../../source/text.ts'
import { argDType, resultDType, type Emit, type OpContext } from './context.ts'
import { machineNumber } from '../../machine-number.ts'

const SYMBOLS: Readonly<Record<ComparisonOp, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' }

const comparison =
  (name: ComparisonOp): Emit =>
  (c) => {
    const dtype = argDType(c, 0)
    const [x, y] = [c.arg(0), c.arg(1)]
    if (name === 'eq' && dtype === 'f32' && isFiniteTest(c))
      return [call('is_finite', c.value(c.definition(0)?.operands[0] as ValueId))]
    if (dtype === 'f64') return [ordered((base) => `double_${base}`, name, x, y)]
    // A NaN is equal to nothing and in no order, which WGSL does not promise.
    return [dtype === 'f32' ? ordered((base) => `${base}_f32`, name, x, y) : infix(x, SYMBOLS[name], y)]
  }

/** `x - x == 0` */
function isFiniteTest(c: OpContext): boolean {
  const difference = c.definition(0)
  return difference?.op === 'sub' && difference.operands[0] === difference.operands[1] && constantOf(c.definition(1)) === 0
}

/** By the three functions that there are. */
function ordered(named: (base: string) => string, name: ComparisonOp, x: Expr, y: Expr): Expr {
  switch (name) {
    case 'ne':
      return prefix('!', call(named('eq'), x, y))
    case 'gt':
      return call(named('lt'), y, x)
    case 'ge':
      return call(named('le'), y, x)
    default:
      return call(named(name), x, y)
  }
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
  (symbol: '&' | '|' | '^'): Emit =>
  (c) => [infix(c.arg(0), symbol === '^' && resultDType(c) === 'bool' ? '!=' : symbol, c.arg(1))]

export const logic: Record<LogicOp, Emit> = {
  and: bitwise('&'),
  or: bitwise('|'),
  xor: bitwise('^'),
  not: (c) => [prefix(resultDType(c) === 'bool' ? '!' : '~', c.arg(0))],
  shl: (c) => [infix(c.arg(0), '<<', distance(c))],
  shr: (c) => [infix(c.arg(0), '>>', distance(c))],
  popcount: (c) => [call('countOneBits', c.arg(0))],
  ctz: (c) => [call('countTrailingZeros', c.arg(0))],
}

/** Modulo 32. */
function distance(c: OpContext): Expr {
  const constant = constantOf(c.definition(1))
  if (constant !== null) return literal(`${constant & 31}u`)
  return infix(argDType(c, 1) === 'u32' ? c.arg(1) : call('u32', c.arg(1)), '&', literal('31u'))
}

/** The number that a constant is; null when it is something else. */
export const constantOf = (definition: Node | null): number | null =>
  definition?.op === 'constant' ? machineNumber(definition.attrs.value ?? 0, 'emit wgsl') : null

export const emitSelect: Emit = (c) => [call('select', c.arg(2), c.arg(1), c.arg(0))]

export const emitIsNan: Emit = (c) => {
  const dtype = argDType(c, 0)
  if (dtype === 'f64') return [call('double_is_nan', c.arg(0))]
  return [dtype === 'f32' ? call('is_nan', c.arg(0)) : literal('false')]
}
