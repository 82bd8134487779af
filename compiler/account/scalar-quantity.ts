/** Host scalars of a manifest as quantities: products and sums of names, budgets as the arithmetic they stand for. */
import type { BudgetExpr, ScalarExpr } from '../../abi/manifest.ts'
import { parseRational, toNumber } from '../../abi/rational.ts'
import { add, constant, constantOf, factorText, formulaText, multiply, subtract, symbol, type Quantity } from './quantity.ts'

/** The scalars of a variant, and what each is for the sizes that are assumed (NaN: not known). */
export interface Scalars {
  readonly exprs: readonly ScalarExpr[]
  readonly values: readonly number[]
}

export function scalarQuantity(scalars: Scalars, index: number): Quantity {
  const expr = scalars.exprs[index]
  const value = scalars.values[index] ?? NaN
  if (expr === undefined) return symbol('?', NaN)
  if ('args' in expr) return { ...operation(scalars, expr.op, expr.args), value }
  switch (expr.op) {
    case 'literal':
      return { ...literal(expr.value), value }
    case 'param':
      return symbol(expr.name, value)
    case 'size':
      return symbol(expr.axis, value)
    case 'kept':
      return symbol(`kept(${expr.input})`, value)
    case 'row_room':
      return symbol(`room(${expr.input})`, value)
    case 'budget':
      return { ...budget(scalars, expr), value }
  }
  return symbol('?', value)
}

function literal(text: string): Quantity {
  const exact = parseRational(text)
  return exact === null ? symbol(text, NaN) : constant(toNumber(exact))
}

function operation(scalars: Scalars, op: string, args: readonly number[]): Quantity {
  return apply(
    op,
    args.map((at) => scalarQuantity(scalars, at)),
  )
}

/** Arithmetic of host and kernel on quantities; what is no sum of products is taken as a whole. */
export function apply(op: string, operands: readonly Quantity[]): Quantity {
  const [x = constant(0), y = constant(0)] = operands
  switch (op) {
    case 'add':
      return add(x, y)
    case 'sub':
      return subtract(x, y)
    case 'mul':
      return multiply(x, y)
    case 'convert_int':
    case 'steps':
    case 'convert':
      return x
    case 'floordiv':
      return quotient(x, y)
    case 'shr':
      return quotient(x, constant(2 ** (constantOf(y) ?? NaN)))
    case 'floor':
    case 'ceil':
    case 'round':
      return call(op, [x])
    default:
      return call(op, operands)
  }
}

const call = (op: string, operands: readonly Quantity[]): Quantity => {
  const known = operands.map(({ value }) => value)
  const text = `${op}(${operands.map(formulaText).join(', ')})`
  return symbol(text, FUNCTIONS[op]?.(...known) ?? NaN)
}

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  min: Math.min,
  max: Math.max,
  floor: Math.floor,
  ceil: Math.ceil,
  round: Math.round,
}

/** `floor((n + 63) / 64)` is `ceil(n/64)`, which says what is meant. */
function quotient(x: Quantity, y: Quantity): Quantity {
  const by = constantOf(y)
  const value = Math.floor(x.value / y.value)
  const whole = constantOf(x)
  if (by !== null && whole !== null) return constant(Math.floor(whole / by))
  const extra = x.terms.find(({ factors }) => factors.length === 0)?.coefficient ?? 0
  if (by !== null && by > 1 && extra === by - 1) return symbol(`ceil(${factorText(subtract(x, constant(extra)))}/${by})`, value)
  return by === 1 ? x : symbol(`floor(${factorText(x)}/${factorText(y)})`, value)
}

/** How many are kept: `n - floor(r·n)` for a ratio that is dropped. */
function budget(scalars: Scalars, expr: BudgetExpr): Quantity {
  const of = (at: number): Quantity => scalarQuantity(scalars, at)
  const optional = (at: number | null): Quantity | null => (at === null ? null : of(at))
  const { amount, extent, atLeast, multipleOf } = expr
  const parts = { amount: of(amount), extent: of(extent), atLeast: optional(atLeast), multipleOf: optional(multipleOf) }
  return budgetQuantity(expr, parts)
}

interface BudgetParts {
  readonly amount: Quantity
  readonly extent: Quantity
  readonly atLeast: Quantity | null
  readonly multipleOf: Quantity | null
}

export function budgetQuantity(
  { mode, round, amountIs }: Pick<BudgetExpr, 'mode' | 'round' | 'amountIs'>,
  { amount, extent, atLeast, multipleOf }: BudgetParts,
): Quantity {
  const isRatio = amountIs === 'ratio'
  const rounding = { down: 'floor', up: 'ceil', nearest: 'round', even: 'round' }[round]
  const named = isRatio ? call(rounding, [multiply(amount, extent)]) : amount
  const kept = mode === 'keep' ? named : subtract(extent, named)
  const raised = atLeast === null ? kept : call('max', [kept, atLeast])
  const whole = multipleOf === null ? raised : symbol(`up(${formulaText(raised)}, ${formulaText(multipleOf)})`, NaN)
  const inRange = isRatio && atLeast === null && multipleOf === null
  if (inRange) return asFactor(whole)
  return mode === 'keep' ? call('min', [whole, extent]) : call('max', [whole, constant(0)])
}

const asFactor = (x: Quantity): Quantity => (x.terms.length === 1 ? x : symbol(factorText(x), x.value))
