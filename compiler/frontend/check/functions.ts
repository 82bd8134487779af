/**
 * Built-in functions of values: `sqrt(x)`, `max(a, b)`, `f32(x)`, and a few that stand for an expression. Functions over
 * axes are in `reductions.ts`.
 */
import * as exact from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { DType } from '../../ir/types.ts'
import type { Elab, Operand, ScalarElab } from '../types/value.ts'
import { arithmetic } from './arithmetic.ts'
import { bitFunctions, isBitFunction, wholeOperand } from './bits.ts'
import { emit, errorAt, report, type Scope } from './scope.ts'
import { domainOf, elementwise, literal, numeric, plain, unpacked, valueOf } from './values.ts'

interface BuiltinFunction {
  readonly params: readonly string[]
  readonly summary: string
  readonly build: (scope: Scope, span: Span, args: readonly Operand[]) => Elab
}

const op = (name: string, params: readonly string[], summary: string): BuiltinFunction => ({
  params,
  summary,
  build: (scope, span, args) => elementwise(scope, span, name, args),
})

const convert = (to: DType): BuiltinFunction => ({
  params: ['x'],
  summary: `x stored as ${to}`,
  build: (scope, span, args) => converted(scope, span, args, to),
})

const int = (scope: Scope, value: number, span: Span): ScalarElab => literal(scope, exact.rational(value), 'int', span)
const num = (value: Elab): Operand | null => (value.kind === 'tensor' || value.kind === 'scalar' ? value : null)

/** A chain of elementwise steps: each takes the result so far. */
function chain(scope: Scope, span: Span, start: Operand, steps: readonly ((value: Operand) => Elab)[]): Elab {
  let value: Operand = start
  for (const step of steps) {
    const next = num(step(value))
    if (next === null) return errorAt(span)
    value = next
  }
  return value
}

const stands = (
  params: readonly string[],
  summary: string,
  steps: (scope: Scope, span: Span, x: Operand) => readonly ((value: Operand) => Elab)[],
): BuiltinFunction => ({
  params,
  summary,
  build: (scope, span, args) => {
    const [x] = args
    return x === undefined ? errorAt(span) : chain(scope, span, x, steps(scope, span, x))
  },
})

const call = (scope: Scope, span: Span, name: string, ...args: Operand[]): Elab => elementwise(scope, span, name, args)

/** By name; the meaning of the plain ones is that of the op of the same name. */
export const builtinFunctions: Readonly<Record<string, BuiltinFunction>> = {
  abs: op('abs', ['x'], 'magnitude'),
  sqrt: op('sqrt', ['x'], 'square root'),
  exp: op('exp', ['x'], 'e to the power x'),
  log: op('log', ['x'], 'natural logarithm'),
  sign: op('sign', ['x'], '-1, 0 or 1'),
  floor: op('floor', ['x'], 'rounded down'),
  ceil: op('ceil', ['x'], 'rounded up'),
  round: op('round', ['x'], 'rounded to nearest, ties to even'),
  trunc: op('trunc', ['x'], 'rounded towards zero'),
  sin: op('sin', ['x'], 'sine'),
  cos: op('cos', ['x'], 'cosine'),
  tanh: op('tanh', ['x'], 'hyperbolic tangent'),
  isnan: op('isnan', ['x'], 'true where x is not a number'),
  min: op('min', ['a', 'b'], 'the smaller'),
  max: op('max', ['a', 'b'], 'the larger'),
  pow: op('pow', ['a', 'b'], 'a to the power b'),
  floordiv: op('floordiv', ['a', 'b'], 'quotient rounded down'),
  square: stands(['x'], 'x * x', (scope, span) => [(x) => call(scope, span, 'mul', x, x)]),
  relu: stands(['x'], 'max(x, 0)', (scope, span) => [(x) => call(scope, span, 'max', x, int(scope, 0, span))]),
  rsqrt: stands(['x'], '1 / sqrt(x)', (scope, span) => [
    (x) => call(scope, span, 'sqrt', x),
    (root) => arithmetic(scope, span, 'div', int(scope, 1, span), root),
  ]),
  exp2: stands(['x'], '2 to the power x', (scope, span) => [(x) => call(scope, span, 'pow', int(scope, 2, span), x)]),
  log2: stands(['x'], 'log(x) / log(2)', (scope, span) => [
    (x) => call(scope, span, 'log', x),
    (top) => {
      const bottom = num(call(scope, span, 'log', int(scope, 2, span)))
      return bottom === null ? errorAt(span) : call(scope, span, 'div', top, bottom)
    },
  ]),
  sigmoid: stands(['x'], '1 / (1 + exp(-x))', (scope, span) => [
    (x) => call(scope, span, 'neg', x),
    (x) => call(scope, span, 'exp', x),
    (x) => call(scope, span, 'add', x, int(scope, 1, span)),
    (x) => arithmetic(scope, span, 'div', int(scope, 1, span), x),
  ]),
  ...bitFunctions,
  f32: convert('f32'),
  f16: convert('f16'),
  bf16: convert('bf16'),
  i32: convert('i32'),
  u32: convert('u32'),
  i8: convert('i8'),
  u8: convert('u8'),
  bool: convert('bool'),
}

function converted(scope: Scope, span: Span, args: readonly Operand[], to: DType): Elab {
  const [value] = args
  const dense = value === undefined ? null : unpacked(scope, value)
  if (dense === null) return errorAt(span)
  return valueOf(scope, emit(scope, span, 'convert', [dense.id], { to }, [dense]), span, domainOf(dense))
}

export const isConversion = (name: string): boolean => ['f32', 'f16', 'bf16', 'i32', 'u32', 'i8', 'u8', 'bool'].includes(name)

export function callBuiltin(scope: Scope, name: string, span: Span, args: readonly Elab[]): Elab {
  const builtin = builtinFunctions[name]
  if (builtin === undefined) return errorAt(span)
  if (args.length !== builtin.params.length) {
    const form = `${name}(${builtin.params.join(', ')})`
    return report(scope, 'ESP1008', span, { name, form, wanted: builtin.params.length, found: args.length })
  }
  const operands = args.map((arg) => {
    if (isBitFunction(name)) return wholeOperand(scope, name, arg)
    return isConversion(name) ? plain(scope, arg) : numeric(scope, arg, `\`${name}\``)
  })
  if (operands.includes(null)) return errorAt(span)
  const present = operands.filter((operand) => operand !== null)
  return builtin.build(scope, span, present)
}
