/**
 * Quantiles as the field defines them: of n numbers in ascending order, counted from 0, the one at (n - 1) q, and between
 * two of them by the named method. Built from `kth`; a NaN in the row makes the result NaN.
 */
import * as exact from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import { NONE } from '../../ir/op.ts'
import { isFloat } from '../../ir/types.ts'
import type { Elab, Operand, ScalarElab, TensorElab } from '../types/value.ts'
import { extentOf } from './positions.ts'
import { presentCount } from './reductions.ts'
import { emit, errorAt, type Scope } from './scope.ts'
import { domainOf, elementwise, literal, valueOf } from './values.ts'

export const METHODS = ['linear', 'lower', 'higher', 'nearest', 'midpoint'] as const
export type Method = (typeof METHODS)[number]
export const isMethod = (word: string): word is Method => (METHODS as readonly string[]).includes(word)

/** The row that a quantile is taken of. */
export interface QuantileRow {
  readonly span: Span
  readonly axes: readonly string[]
  readonly x: TensorElab
  readonly otherwise: Operand | null
}

type Rounding = 'down' | 'up' | 'even' | 'fraction'

/** Arithmetic on operands that stops at the first error. */
class Terms {
  private readonly scope: Scope
  private readonly span: Span
  failed = false

  constructor(scope: Scope, span: Span) {
    this.scope = scope
    this.span = span
  }

  of(value: Elab): Operand {
    if (value.kind === 'tensor' || value.kind === 'scalar') return value
    this.failed = true
    return this.int(0)
  }

  op(name: string, ...operands: Operand[]): Operand {
    return this.failed ? this.int(0) : this.of(elementwise(this.scope, this.span, name, operands))
  }

  node(name: string, operands: readonly number[], attrs: Parameters<typeof emit>[4]): Operand {
    return this.of(
      this.failed ? errorAt(this.span) : valueOf(this.scope, emit(this.scope, this.span, name, operands, attrs), this.span),
    )
  }

  int(value: number): ScalarElab {
    return literal(this.scope, exact.rational(value), 'int', this.span)
  }

  half(): ScalarElab {
    return literal(this.scope, exact.rational(1, 2), 'ratio', this.span)
  }

  nan(): Operand {
    return this.of(valueOf(this.scope, emit(this.scope, this.span, 'literal', [], { value: 'nan', scalar: 'real' }), this.span))
  }

  done(value: Operand): Elab {
    return this.failed ? errorAt(this.span) : { ...value, span: this.span }
  }
}

export function quantileOf(scope: Scope, row: QuantileRow, q: ScalarElab, method: Method): Elab {
  const { span, axes, x } = row
  const terms = new Terms(scope, span)
  const n = domainOf(x) === null ? extentOf(scope, axes, span) : presentCount(scope, span, axes, x)
  if (n === null) return errorAt(span)
  const at = (round: Rounding): Operand => positionOf(terms, n, q, round)
  const element = (round: Rounding): Operand => {
    const k = terms.op('sub', n, at(round))
    return terms.node('kth', [x.id, domainOf(x) ?? NONE, k.id], { axes })
  }
  const value = between(terms, method, element, at)
  return terms.done(ofNothing(terms, row, n, anyNaN(terms, row, value)))
}

/** Where the quantile lies, ascending from 0, rounded; or the fraction that rounding down loses. */
function positionOf(terms: Terms, n: Operand, q: ScalarElab, round: Rounding): Operand {
  if (n.kind === 'tensor') return terms.node('quantile_index', [n.id, q.id], { round })
  const gaps = terms.op('max', terms.op('sub', n, terms.int(1)), terms.int(0))
  const product = terms.op('mul', gaps, q)
  if (round === 'fraction') return terms.op('sub', product, terms.op('floor', product))
  return terms.op({ down: 'floor', up: 'ceil', even: 'round' }[round], product)
}

function between(terms: Terms, method: Method, element: (round: Rounding) => Operand, at: (round: Rounding) => Operand): Operand {
  if (method === 'lower') return element('down')
  if (method === 'higher') return element('up')
  if (method === 'nearest') return element('even')
  const low = asReal(terms, element('down'))
  const high = asReal(terms, element('up'))
  const fraction = method === 'midpoint' ? terms.half() : at('fraction')
  const mixed = terms.op('add', low, terms.op('mul', terms.op('sub', high, low), fraction))
  // Also where both are the same infinity, of which there is no difference.
  const isLow = terms.op('or', terms.op('eq', low, high), terms.op('eq', fraction, terms.int(0)))
  return terms.op('select', isLow, low, mixed)
}

/** Differences of integers may not fit in one. */
const asReal = (terms: Terms, value: Operand): Operand => terms.node('convert', [value.id], { to: 'f32' })

function anyNaN(terms: Terms, { axes, x }: QuantileRow, value: Operand): Operand {
  if (!isFloat(x.type.dtype)) return value
  const test = terms.op('isnan', { ...x, domain: null })
  const found = terms.node('reduce', [test.id, domainOf(x) ?? NONE, NONE], { kind: 'any', axes })
  return terms.op('select', found, terms.nan(), value)
}

/** What is not there has no quantile: NaN, or what `else` says. Integers that stay integers give the least one. */
function ofNothing(terms: Terms, row: QuantileRow, n: Operand, value: Operand): Operand {
  const isInteger = value.kind === 'tensor' && !isFloat(value.type.dtype)
  if (row.otherwise === null && isInteger) return value
  return terms.op('select', terms.op('gt', n, terms.int(0)), value, row.otherwise ?? terms.nan())
}
