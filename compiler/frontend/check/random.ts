/**
 * `uniform[axes](seed, stream)` and `normal[axes](seed, stream)`: one random number per position of the axes, the same ones on
 * every target. Uniform: 24 bits of `random_bits`, a multiple of 2^-24 from 0 up to but not including 1. Normal: from the two
 * words of one position, `sqrt(-2 log(1 - u)) cos(2 pi v)`.
 */
import * as exact from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { AxisCallExpr } from '../ast.ts'
import type { Elab, Operand } from '../types/value.ts'
import { wholeOperand } from './bits.ts'
import { axesAtoms } from './positions.ts'
import { emit, errorAt, report, type Elaborate, type Scope } from './scope.ts'
import { elementwise, filled, literal, valueOf } from './values.ts'

export const randomFunctions: readonly string[] = ['uniform', 'normal']

export function callRandom(scope: Scope, expr: AxisCallExpr, elaborate: Elaborate): Elab {
  const name = expr.callee.text
  const axes = axesAtoms(scope, expr.axes)
  const args = expr.args.map((arg) => elaborate(scope, arg))
  if (args.length !== 1 && args.length !== 2)
    return report(scope, 'ESP1008', expr.callee.span, {
      name,
      form: `${name}[axis](seed, stream)`,
      wanted: 2,
      found: args.length,
    })
  if (expr.otherwise !== null) return report(scope, 'ESP1215', expr.otherwise.span, { name })
  const seeds = args.map((arg) => seedOf(scope, name, arg))
  const [seed, stream = literal(scope, exact.ZERO, 'int', expr.span)] = seeds
  if (axes === null || seed === undefined || seed === null || stream === null) return errorAt(expr.span)
  const draw: Draw = { scope, span: expr.span, axes, seed, stream }
  return name === 'uniform' ? uniform(draw, 0) : normal(draw)
}

/** Host numbers are reduced modulo 2^32 here: passed to a kernel as they are, they would be limited to its range. */
function seedOf(scope: Scope, name: string, arg: Elab): Operand | null {
  const value = wholeOperand(scope, name, arg)
  if (value === null || value.kind === 'tensor') return value === null ? null : filled(scope, value)
  const low = literal(scope, exact.rational(0xffffffffn), 'int', value.span)
  const id = emit(scope, value.span, 'and', [value.id, low.id], {}, [value])
  return id === null ? null : { ...value, id, known: null }
}

interface Draw {
  readonly scope: Scope
  readonly span: Span
  readonly axes: readonly string[]
  readonly seed: Operand
  readonly stream: Operand
}

const number = (value: Elab): Operand | null => (value.kind === 'tensor' || value.kind === 'scalar' ? value : null)

/** The op of values that may have been refused. */
function apply(draw: Draw, op: string, ...operands: readonly Elab[]): Elab {
  const present = operands.map(number)
  return present.includes(null)
    ? errorAt(draw.span)
    : elementwise(
        draw.scope,
        draw.span,
        op,
        present.filter((operand) => operand !== null),
      )
}

function uniform(draw: Draw, word: 0 | 1): Elab {
  const { scope, span, axes, seed, stream } = draw
  const attrs = { axes, word }
  const bits = valueOf(scope, emit(scope, span, 'random_bits', [seed.id, stream.id], attrs, [seed, stream]), span)
  const top = apply(draw, 'shr', bits, whole(draw, 8))
  if (top.kind !== 'tensor') return errorAt(span)
  const numbers = valueOf(scope, emit(scope, span, 'convert', [top.id], { to: 'f32' }), span)
  return apply(draw, 'mul', numbers, literal(scope, exact.div(exact.ONE, exact.rational(2n ** 24n)), 'ratio', span))
}

function normal(draw: Draw): Elab {
  const { scope, span } = draw
  const left = apply(draw, 'sub', whole(draw, 1), uniform(draw, 0))
  const radius = apply(draw, 'sqrt', apply(draw, 'mul', whole(draw, -2), apply(draw, 'log', left)))
  const turn = exact.parseRational('6.283185307179586') ?? exact.ONE
  const angle = apply(draw, 'mul', uniform(draw, 1), literal(scope, turn, 'real', span))
  return apply(draw, 'mul', radius, apply(draw, 'cos', angle))
}

const whole = (draw: Draw, value: number): Elab => literal(draw.scope, exact.rational(value), 'int', draw.span)
