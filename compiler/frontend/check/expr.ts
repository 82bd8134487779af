/** Elaboration of expressions: one case per kind of syntax. The depth guard keeps hostile texts off the stack. */
import type { CallExpr, AxisCallExpr, Expr } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import type { Elab } from '../types/value.ts'
import { binaryExpr, compareExpr, ifExpr, nameExpr, numberExpr, unaryExpr, whereExpr } from './arithmetic.ts'
import { callUser } from './fns.ts'
import { builtinFunctions, callBuiltin } from './functions.ts'
import { joinedCall, overParts } from './joined.ts'
import { jointExpr } from './joint.ts'
import { callOrderFunction, orderFunctions } from './order-statistics.ts'
import { foldExpr, iterateExpr } from './loops.ts'
import { partExpr } from './parts.ts'
import { callLinear, linearFunctions } from './linear.ts'
import { axisFunction, positionExpr } from './positions.ts'
import { callRandom, randomFunctions } from './random.ts'
import { axisFunctions, callAxisFunction } from './reductions.ts'
import { renameExpr } from './rename.ts'
import { errorAt, report, type Elaborate, type Scope } from './scope.ts'
import { mergeExpr, segmentExpr } from './segments.ts'
import { selectExpr } from './selection.ts'
import { compactExpr } from './compact.ts'
import { packExpr, unpackExpr } from './pack.ts'
import { sliceExpr } from './slices.ts'
import { literal } from './values.ts'

/** Operators in a chain nest to the left, so long sums are deep; nobody writes one of this length. */
const MAX_DEPTH = 400

/** Reports what is wrong and returns an error value, which silences everything built on it. */
export function elaborate(scope: Scope, expr: Expr): Elab {
  if (scope.load.depth >= MAX_DEPTH) return report(scope, 'ESP1012', expr.span, {})
  scope.load.depth += 1
  scope.load.work += 1
  const value = dispatch(scope, expr)
  scope.load.depth -= 1
  scope.observe?.(expr.span, value, scope)
  return value
}

function dispatch(scope: Scope, expr: Expr): Elab {
  switch (expr.kind) {
    case 'number':
      return numberExpr(scope, expr)
    case 'bool':
      return literal(scope, expr.value, 'bool', expr.span)
    case 'name':
      return nameExpr(scope, expr)
    case 'unary':
      return overParts(scope, expr, elaborate, (operand) => unaryExpr(scope, expr, operand))
    case 'binary':
      return overParts(scope, expr, elaborate, (operand) => binaryExpr(scope, expr, operand))
    case 'compare':
      return overParts(scope, expr, elaborate, (operand) => compareExpr(scope, expr, operand))
    case 'if':
      return overParts(scope, expr, elaborate, (operand) => ifExpr(scope, expr, operand))
    case 'where':
      return overParts(scope, expr, elaborate, (operand) => whereExpr(scope, expr, operand))
    case 'call':
      return overParts(scope, expr, elaborate, (operand) => callExpr(scope, expr, operand))
    case 'axis-call':
      return axisCallExpr(scope, expr)
    case 'rename':
      return renameExpr(scope, expr, elaborate)
    case 'part':
      return partExpr(scope, expr, elaborate)
    case 'slice':
      return sliceExpr(scope, expr, elaborate)
    case 'merge':
      return mergeExpr(scope, expr, elaborate)
    case 'joint':
      return jointExpr(scope, expr, elaborate)
    case 'iterate':
      return iterateExpr(scope, expr, elaborate)
    case 'fold':
      return foldExpr(scope, expr, elaborate)
    case 'select':
      return selectExpr(scope, expr, elaborate)
    case 'position':
      return positionExpr(scope, expr, elaborate)
    case 'pack':
      return packExpr(scope, expr, elaborate)
    case 'compact':
      return compactExpr(scope, expr, elaborate)
    case 'unpack':
      return unpackExpr(scope, expr, elaborate)
    case 'list':
      return report(scope, 'ESP1302', expr.span, {}) // the grammar allows lists in tests only
  }
}

/** Names of functions that take a value, and of those that take axes too. */
export const builtinNames: ReadonlySet<string> = new Set([
  ...Object.keys(builtinFunctions),
  ...Object.keys(axisFunctions),
  ...randomFunctions,
  ...Object.keys(linearFunctions),
  ...Object.keys(orderFunctions),
  'index',
  'size',
])

const hasAxesForm = (name: string): boolean =>
  Object.hasOwn(axisFunctions, name) || randomFunctions.includes(name) || Object.hasOwn(linearFunctions, name)
const takesAxes = (name: string): boolean =>
  Object.hasOwn(axisFunctions, name) || Object.hasOwn(orderFunctions, name) || randomFunctions.includes(name)

function callExpr(scope: Scope, expr: CallExpr, operand: Elaborate): Elab {
  const name = expr.callee.text
  if (name === 'index' || name === 'size') return axisFunction(scope, name, expr.args, expr.span)
  const fn = scope.fns.get(name)
  if (fn !== undefined) return callUser(scope, fn, expr, [], expr.args, elaborate)
  const isBuiltin = Object.hasOwn(builtinFunctions, name)
  if (!isBuiltin && hasAxesForm(name)) return report(scope, 'ESP1009', expr.callee.span, { name, form: `${name}[axis](…)` })
  if (!isBuiltin && takesAxes(name)) return report(scope, 'ESP1009', expr.callee.span, { name, form: `${name}[axis](…)` })
  const args = expr.args.map((arg) => operand(scope, arg))
  return isBuiltin ? callBuiltin(scope, name, expr.span, args) : unknownFunction(scope, expr)
}

function axisCallExpr(scope: Scope, expr: AxisCallExpr): Elab {
  const name = expr.callee.text
  const fn = scope.fns.get(name)
  if (expr.form === 'segment') return segmentExpr(scope, expr, elaborate)
  if (expr.form === 'joined') return joinedCall(scope, expr, elaborate)
  if (fn !== undefined && expr.otherwise !== null) return report(scope, 'ESP1215', expr.otherwise.span, { name })
  if (fn !== undefined) return callUser(scope, fn, expr, expr.axes, expr.args, elaborate)
  if (Object.hasOwn(axisFunctions, name)) return callAxisFunction(scope, expr, elaborate)
  if (randomFunctions.includes(name)) return callRandom(scope, expr, elaborate)
  if (Object.hasOwn(linearFunctions, name)) return callLinear(scope, expr, elaborate)
  if (Object.hasOwn(orderFunctions, name)) return callOrderFunction(scope, expr, elaborate)
  if (Object.hasOwn(builtinFunctions, name) || name === 'index' || name === 'size')
    return report(scope, 'ESP1009', expr.callee.span, {
      name,
      form: name === 'index' || name === 'size' ? `${name}(axis)` : `${name}(…)`,
    })
  for (const arg of expr.args) elaborate(scope, arg)
  return unknownFunction(scope, expr)
}

function unknownFunction(scope: Scope, expr: CallExpr | AxisCallExpr): Elab {
  const name = expr.callee.text
  const known = [...scope.fns.keys(), ...builtinNames]
  report(scope, 'ESP1007', expr.callee.span, { name }, guess(name, known))
  return errorAt(expr.span)
}
