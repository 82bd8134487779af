/**
 * Evaluates the host scalars of a variant: exact on int and ratio, doubles on real. What depends on an extent that is not known
 * yet stays undefined and can be evaluated later. A scalar that has no answer (a division by zero) fails only when it is
 * used: `select` takes one branch, and the other may be undefined mathematics.
 */
import { evaluateBudget } from './budget.ts'
import { EspalierError, problem } from './espalier-error.ts'
import type { ParamSpec, ScalarExpr } from './manifest.ts'
import type { ParamValue } from './params.ts'
import { isInteger, parseRational, rational, toNumber, toText, trunc, fromNumber, type Rational } from './rational.ts'
import {
  joinKinds,
  scalarOps,
  toDouble,
  toExact,
  type ScalarKind,
  type ScalarOp,
  type ScalarResult,
  type ScalarSlot,
} from './scalar-ops.ts'

export type { ScalarSlot }

export interface ScalarScope {
  /** Throws when the parameter is not set. */
  readonly param: (name: string) => { readonly type: ParamSpec['type']; readonly value: ParamValue }
  /** Undefined: not known yet. */
  readonly extent: (axis: string) => number | undefined
  /** Kept elements per row of a packed input. Undefined: not known yet. Throws for ragged rows. */
  readonly kept: (input: string) => number | undefined
  /** Kept elements of a packed input's rows to have room for. Undefined: as the manifest says otherwise. */
  readonly room?: (input: string) => number | undefined
}

/** Slots of all expressions, in order. Slots that `previous` already has are kept. */
export function evaluateScalars(
  exprs: readonly ScalarExpr[],
  scope: ScalarScope,
  previous: readonly ScalarSlot[] = [],
): readonly ScalarSlot[] {
  const slots: ScalarSlot[] = []
  for (const [i, expr] of exprs.entries()) slots.push(previous[i] ?? attempt(() => evaluate(expr, slots, scope)))
  return slots
}

function attempt(run: () => ScalarSlot): ScalarSlot {
  try {
    return run()
  } catch (error) {
    if (error instanceof EspalierError) return { failure: error }
    throw error
  }
}

function evaluate(expr: ScalarExpr, slots: readonly ScalarSlot[], scope: ScalarScope): ScalarSlot {
  if ('args' in expr) return expr.op === 'select' ? select(expr.args, slots) : applyOp(expr.op, expr.args, slots)
  switch (expr.op) {
    case 'literal':
      return { kind: expr.type, value: literal(expr.type, expr.value) }
    case 'param':
      return paramSlot(scope.param(expr.name))
    case 'size':
      return intSlot(scope.extent(expr.axis))
    case 'kept':
      return intSlot(scope.kept(expr.input))
    case 'row_room': {
      const { input, otherwise } = expr as Extract<ScalarExpr, { readonly op: 'row_room' }>
      return intSlot(scope.room?.(input)) ?? slots[otherwise]
    }
    case 'budget':
      return evaluateBudget(expr, (ref) => slots[ref])
  }
  return undefinedOp(String((expr as { readonly op: unknown }).op))
}

const intSlot = (value: number | undefined): ScalarSlot =>
  value === undefined ? undefined : { kind: 'int', value: rational(value) }

function literal(type: ScalarKind, text: string): ScalarResult {
  if (type === 'bool') return text === 'true'
  if (type === 'real' && /^-?(inf|nan)$/.test(text)) return text === 'nan' ? NaN : text === 'inf' ? Infinity : -Infinity
  const value = parseRational(text)
  if (value === null) throw problem('ESP4001', { path: 'a literal', expected: `of type ${type}`, got: `'${text.slice(0, 40)}'` })
  return type === 'real' ? toNumber(value) : value
}

function paramSlot({ type, value }: ReturnType<ScalarScope['param']>): ScalarSlot {
  if (typeof value === 'string')
    throw problem('ESP4001', { path: 'a scalar', expected: 'a number', got: `the choice '${value}'` })
  return { kind: type === 'count' ? 'int' : type === 'choice' ? 'bool' : type, value }
}

function select(args: readonly number[], slots: readonly ScalarSlot[]): ScalarSlot {
  const [cond, then, otherwise] = args.map((ref) => slots[ref])
  if (cond === undefined || 'failure' in cond) return cond
  const taken = toDouble(cond.value) !== 0 ? then : otherwise
  const other = taken === then ? otherwise : then
  if (taken === undefined || 'failure' in taken || other === undefined || 'failure' in other || taken.kind === 'bool')
    return taken
  const kind = joinKinds([taken.kind, other.kind])
  return { kind, value: kind === 'real' ? toDouble(taken.value) : taken.value }
}

function applyOp(name: string, args: readonly number[], slots: readonly ScalarSlot[]): ScalarSlot {
  const op = Object.hasOwn(scalarOps, name) ? scalarOps[name] : undefined
  if (op === undefined || args.length !== op.arity) return undefinedOp(name)
  const values: { readonly kind: ScalarKind; readonly value: ScalarResult }[] = []
  for (const ref of args) {
    const slot = slots[ref]
    if (slot === undefined || 'failure' in slot) return slot
    values.push(slot)
  }
  const kind = op.kind(values.map((slot) => slot.kind))
  return {
    kind,
    value: compute(
      name,
      op,
      kind,
      values.map((slot) => slot.value),
    ),
  }
}

function compute(name: string, op: ScalarOp, kind: ScalarKind, values: readonly ScalarResult[]): ScalarResult {
  const operands = values.map(toExact)
  const call = (): string =>
    `${name}(${values.map((value) => (typeof value === 'object' ? toText(value) : String(value))).join(', ')})`
  if (kind === 'real' || op.exact === undefined || operands.includes(null)) {
    const number = op.number(...values.map(toDouble))
    return kind === 'real' ? number : kind === 'bool' ? number !== 0 : wholeOf(fromNumber(number), call())
  }
  let result: Rational | boolean
  try {
    result = op.exact(...(operands as Rational[]))
  } catch (error) {
    if (error instanceof RangeError) throw problem('ESP4401', { operation: call(), reason: `has no value (${error.message})` })
    throw error
  }
  if (typeof result === 'boolean' || kind === 'bool') return typeof result === 'boolean' ? result : result.n !== 0n
  return kind === 'int' ? wholeOf(result, call()) : result
}

function wholeOf(value: Rational | null, operation: string): Rational {
  if (value === null || !isInteger(value)) throw problem('ESP4401', { operation, reason: 'is not a whole number' })
  return value
}

function undefinedOp(op: string): never {
  throw problem('ESP4001', { path: 'a scalar', expected: 'an operation of this ABI', got: `'${op}'` })
}

/** The value of a slot that must be known by now. Throws the slot's own failure. */
export function scalarValue(slots: readonly ScalarSlot[], index: number): ScalarResult {
  const slot = slots[index]
  if (slot === undefined)
    throw problem('ESP4001', { path: `scalar ${index}`, expected: 'known before it is used', got: 'one of a later count' })
  if ('failure' in slot) throw slot.failure
  return slot.value
}

/** A slot as a kernel argument: integers saturate at the ends of their type, as integer arithmetic on tensors does. */
export function kernelNumber(value: ScalarResult, as: 'i32' | 'u32' | 'f32' | 'f64'): number {
  const number = toDouble(value)
  if (as === 'f64') return number
  if (as === 'f32') return Math.fround(number)
  const whole = typeof value === 'object' ? toNumber(trunc(value)) : number
  if (!Number.isFinite(number) || whole !== number)
    throw problem('ESP4402', {
      expected: `a whole number (${as})`,
      got: typeof value === 'object' ? toText(value) : String(value),
    })
  return as === 'u32' ? Math.min(Math.max(whole, 0), 0xffffffff) : Math.min(Math.max(whole, -0x80000000), 0x7fffffff)
}
