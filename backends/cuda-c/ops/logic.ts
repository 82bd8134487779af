/** Comparisons, truth values, bits. */
import type { Node } from '../../../compiler/ir/node.ts'
import type { ComparisonOp, LogicOp } from '../../core.ts'
import { machineNumber } from '../../machine-number.ts'
import { call, infix, literal, prefix, type Expr } from '../../source/text.ts'
import { argDType, resultDType, type Emit, type OpContext } from './context.ts'

const comparison =
  (symbol: string): Emit =>
  (c) => [known(c, symbol) ?? infix(c.arg(0), symbol, c.arg(1))]

/** No unsigned number is below zero, which compilers point out. */
function known(c: OpContext, symbol: string): Expr | null {
  if (argDType(c, 0) !== 'u32') return null
  const isZero = (index: number): boolean => constantOf(c.definition(index)) === 0
  if ((symbol === '>=' && isZero(1)) || (symbol === '<=' && isZero(0))) return literal('true')
  return (symbol === '<' && isZero(1)) || (symbol === '>' && isZero(0)) ? literal('false') : null
}

export const comparisons: Record<ComparisonOp, Emit> = {
  eq: comparison('=='),
  ne: comparison('!='),
  lt: comparison('<'),
  le: comparison('<='),
  gt: comparison('>'),
  ge: comparison('>='),
}

const bitwise =
  (symbol: '&' | '|' | '^'): Emit =>
  (c) => [infix(c.arg(0), symbol === '^' && resultDType(c) === 'bool' ? '!=' : symbol, c.arg(1))]

export const logic: Record<LogicOp, Emit> = {
  and: bitwise('&'),
  or: bitwise('|'),
  xor: bitwise('^'),
  not: (c) => [prefix(resultDType(c) === 'bool' ? '!' : '~', c.arg(0))],
  shl: shiftLeft,
  shr: (c) => [infix(c.arg(0), '>>', distance(c))],
  popcount: (c) => ofBits(c, (bits) => call('__popc', bits)),
  ctz: (c) => ofBits(c, (bits) => call('__clz', call('__brev', bits))),
}

function shiftLeft(c: OpContext): readonly Expr[] {
  const dtype = resultDType(c)
  if (dtype === 'u32' || c.isPlainIndex) return [infix(c.arg(0), '<<', distance(c))]
  const [signed, unsigned] = dtype === 'i64' ? ['i64', 'u64'] : ['int', 'u32']
  return [call(signed, infix(call(unsigned, c.arg(0)), '<<', distance(c)))]
}

/** Modulo the number of bits. */
function distance(c: OpContext): Expr {
  const most = resultDType(c) === 'i64' ? 63 : 31
  const constant = constantOf(c.definition(1))
  if (constant !== null) return literal(String(constant & most))
  return infix(c.arg(1), '&', literal(argDType(c, 1) === 'u32' ? `${most}u` : String(most)))
}

function ofBits(c: OpContext, counted: (bits: Expr) => Expr): readonly Expr[] {
  const count = counted(argDType(c, 0) === 'u32' ? c.arg(0) : call('u32', c.arg(0)))
  return [resultDType(c) === 'u32' ? call('u32', count) : count]
}

/** The number that a constant is; null when it is something else. */
export const constantOf = (definition: Node | null): number | null =>
  definition?.op === 'constant' ? machineNumber(definition.attrs.value ?? 0, 'emit cuda') : null
