/** Constants as written: defaults of parameters, initial values of states, numbers in tests. Exact, no arithmetic but a sign. */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { PolicyParam } from '../../ir/node.ts'
import type { Expr } from '../ast.ts'
import { guess } from '../types/suggestion.ts'

export type Constant =
  | { readonly kind: 'int' | 'real' | 'ratio'; readonly value: Rational }
  | { readonly kind: 'special'; readonly value: number } // inf, -inf, nan
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'name'; readonly value: string }

/** Null for anything that is not a constant. */
export function constantOf(expr: Expr): Constant | null {
  switch (expr.kind) {
    case 'bool':
      return { kind: 'bool', value: expr.value }
    case 'name':
      return expr.name === 'inf' || expr.name === 'nan'
        ? { kind: 'special', value: expr.name === 'inf' ? Infinity : NaN }
        : { kind: 'name', value: expr.name }
    case 'number': {
      const value = exact.parseRational(expr.text)
      if (value === null) return null
      if (expr.percent) return { kind: 'ratio', value: exact.div(value, exact.rational(100)) }
      return { kind: /^\d+$/.test(expr.text) ? 'int' : 'real', value }
    }
    case 'unary': {
      const inner = expr.op === '-' && expr.operand.kind !== 'unary' ? constantOf(expr.operand) : null
      if (inner?.kind === 'special') return { kind: 'special', value: -inner.value }
      return inner === null || inner.kind === 'bool' || inner.kind === 'name' ? null : { ...inner, value: exact.neg(inner.value) }
    }
    default:
      return null
  }
}

/** The constant as a double; truth values are 0 and 1. Null for names. */
export function constantNumber(constant: Constant): number | null {
  switch (constant.kind) {
    case 'bool':
      return constant.value ? 1 : 0
    case 'special':
      return constant.value
    case 'name':
      return null
    default:
      return exact.toNumber(constant.value)
  }
}

type ParamKind = PolicyParam['type']
type Refuse = (help?: string | null, fix?: string | null) => null

/** The exact text of a parameter's value; null, with a diagnostic, when it does not fit the type. */
export function paramText(sink: DiagnosticSink, name: string, type: ParamKind, expr: Expr): string | null {
  const constant = constantOf(expr)
  const refuse: Refuse = (help, fix = null) => {
    sink.report('ESP1211', expr.span, { name, type: typeText(type) }, help === undefined ? {} : { help, fix })
    return null
  }
  if (constant === null) return refuse()
  if (type.kind === 'choice') return choiceText(type.choices, constant, refuse)
  if (type.kind === 'bool') return constant.kind === 'bool' ? String(constant.value) : refuse('write `true` or `false`')
  if (constant.kind !== 'int' && constant.kind !== 'real' && constant.kind !== 'ratio') return refuse()
  if (type.kind === 'ratio') return ratioText(sink, expr, constant, refuse)
  const whole = constant.kind === 'int' && (type.kind !== 'count' || constant.value.n >= 0n)
  if (type.kind === 'real') return constant.kind === 'ratio' ? refuse('write it without the `%`') : exact.toText(constant.value)
  return whole
    ? exact.toText(constant.value)
    : refuse(type.kind === 'count' ? 'a count is a whole number, 0 or more' : 'write a whole number')
}

function guessed(word: string, choices: readonly string[]): [string | null, string | null] {
  const { help, fix } = guess(word, choices)
  return [help, fix]
}

const choiceText = (choices: readonly string[], constant: Constant, refuse: Refuse): string | null =>
  constant.kind === 'name' && choices.includes(constant.value)
    ? constant.value
    : refuse(...guessed(constant.kind === 'name' ? constant.value : '', choices))

function ratioText(
  sink: DiagnosticSink,
  expr: Expr,
  constant: { readonly kind: string; readonly value: Rational },
  refuse: Refuse,
): string | null {
  const percent = `${exact.toNumber(exact.mul(constant.value, exact.rational(100)))}%`
  const outside = constant.value.n < 0n || exact.compare(constant.value, exact.ONE) > 0
  if (constant.kind !== 'ratio')
    return refuse(outside ? 'a ratio is written in per cent, from 0% to 100%' : `write \`${percent}\``, outside ? null : percent)
  if (!outside) return exact.toText(constant.value)
  sink.report('ESP2003', expr.span, { amount: percent })
  return null
}

export function typeText(type: ParamKind): string {
  return type.kind === 'choice' ? type.choices.join(' | ') : type.kind
}
