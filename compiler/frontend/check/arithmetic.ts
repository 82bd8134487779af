/** Numbers, names, operators, comparisons, `if` and `where`. Host scalars that are known are folded exactly as they appear. */
import * as exact from '../../../abi/rational.ts'
import type { Rational } from '../../../abi/rational.ts'
import type { BinaryExpr, CompareExpr, Expr, IfExpr, NameExpr, NumberExpr, UnaryExpr, WhereExpr } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import { isMask, type ChoiceElab, type Elab, type Operand, type ScalarElab, type Selection } from '../types/value.ts'
import { extentOf } from './positions.ts'
import { emit, errorAt, report, text, type Elaborate, type Scope } from './scope.ts'
import { at, domainOf, elementwise, intersect, literal, mask, numeric, plain, unpacked, valueOf } from './values.ts'

export function numberExpr(scope: Scope, expr: NumberExpr): Elab {
  const value = exact.parseRational(expr.text)
  if (value === null) return report(scope, 'ESP0118', expr.span, { text: expr.text, reason: 'size' })
  if (expr.percent) return literal(scope, exact.div(value, exact.rational(100)), 'ratio', expr.span)
  return literal(scope, value, /^\d+$/.test(expr.text) ? 'int' : 'real', expr.span)
}

export function nameExpr(scope: Scope, expr: NameExpr): Elab {
  const found = scope.vars.get(expr.name)?.value ?? scope.capture(expr.name)
  if (found !== null) return at(found, expr.span)
  if (!(CONSTANTS as readonly string[]).includes(expr.name)) return unknownName(scope, expr)
  return valueOf(scope, emit(scope, expr.span, 'literal', [], { value: expr.name, scalar: 'real' }), expr.span)
}

/** Real constants, unless a variable has the name. */
export const CONSTANTS = ['inf', 'nan'] as const

function unknownName(scope: Scope, expr: NameExpr): Elab {
  const { name, span } = expr
  const state = scope.policy.states.get(name)
  const { decl } = scope.frames.at(-1) ?? {}
  if (state !== undefined && decl !== undefined)
    return report(
      scope,
      'ESP1018',
      span,
      { name, fn: decl.name.text },
      { related: [{ span: state.span, message: 'the state is declared here' }] },
    )
  const param = scope.policy.params.get(name)
  if (param !== undefined && decl !== undefined)
    return report(
      scope,
      'ESP1018',
      span,
      { name, fn: decl.name.text },
      { related: [{ span: param.span, message: 'the parameter is declared here' }] },
    )
  if (scope.axes.all.has(name) || scope.axisArgs.has(name))
    return report(
      scope,
      'ESP1001',
      span,
      { name },
      { help: `\`${name}\` is an axis: its positions are \`index(${name})\`, its length is \`size(${name})\`` },
    )
  const names = [...scope.vars.keys(), ...(scope.frames.length === 0 ? scope.policy.params.keys() : [])]
  return report(scope, 'ESP1001', span, { name }, guess(name, names))
}

export function unaryExpr(scope: Scope, expr: UnaryExpr, elaborate: Elaborate): Elab {
  const value = elaborate(scope, expr.operand)
  return expr.op === 'not' ? negation(scope, expr, value) : negative(scope, expr, value)
}

function negative(scope: Scope, expr: UnaryExpr, value: Elab): Elab {
  const operand = numeric(scope, value, 'a minus sign')
  if (operand === null) return errorAt(expr.span)
  if (operand.kind === 'scalar' && exact.isRational(operand.known))
    return literal(scope, exact.neg(operand.known), operand.scalar, expr.span)
  return elementwise(scope, expr.span, 'neg', [operand])
}

function negation(scope: Scope, expr: UnaryExpr, value: Elab): Elab {
  const operand = mask(scope, value, '`not`')
  if (operand === null) return errorAt(expr.span)
  if (operand.kind === 'scalar' && typeof operand.known === 'boolean') return literal(scope, !operand.known, 'bool', expr.span)
  const selection = operand.kind === 'tensor' && operand.domain === null ? operand.selection : null
  return elementwise(scope, expr.span, 'not', [operand], selection && complement(scope, selection))
}

/** A mask that keeps k of n, negated, keeps n - k. */
function complement(scope: Scope, selection: Selection): Selection {
  const extent = extentOf(scope, selection.axes, selection.span)
  const count = selection.count === null || !exact.isRational(extent.known) ? null : exact.sub(extent.known, selection.count)
  return { ...selection, count }
}

const ARITHMETIC = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '//': 'floordiv', '%': 'rem', '^': 'pow' } as const

export function binaryExpr(scope: Scope, expr: BinaryExpr, elaborate: Elaborate): Elab {
  if (expr.op === 'and' || expr.op === 'or') return logicExpr(scope, expr, expr.op, elaborate)
  const left = numeric(scope, elaborate(scope, expr.left), `\`${expr.op}\``)
  const right = numeric(scope, elaborate(scope, expr.right), `\`${expr.op}\``)
  if (left === null || right === null) return errorAt(expr.span)
  return arithmetic(scope, expr.span, ARITHMETIC[expr.op], left, right)
}

export function arithmetic(scope: Scope, span: Expr['span'], op: string, left: Operand, right: Operand): Elab {
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    if ((op === 'div' || op === 'rem' || op === 'floordiv') && isZero(right)) return report(scope, 'ESP1218', right.span, {})
    const folded = foldExact(op, left, right)
    if (folded !== null) return literal(scope, folded.value, folded.scalar, span)
  }
  return elementwise(scope, span, op, [left, right])
}

const isZero = (value: ScalarElab): boolean => value.scalar !== 'real' && exact.isRational(value.known) && value.known.n === 0n

/** Arithmetic on doubles is left to the host, which has the last word on its rounding. */
function foldExact(op: string, left: ScalarElab, right: ScalarElab): { value: Rational; scalar: 'int' | 'ratio' } | null {
  if (!exact.isRational(left.known) || !exact.isRational(right.known)) return null
  if (left.scalar === 'real' || right.scalar === 'real') return null
  const joined = left.scalar === 'int' && right.scalar === 'int' ? 'int' : 'ratio'
  switch (op) {
    case 'add':
      return { value: exact.add(left.known, right.known), scalar: joined }
    case 'sub':
      return { value: exact.sub(left.known, right.known), scalar: joined }
    case 'mul':
      return { value: exact.mul(left.known, right.known), scalar: joined }
    case 'div':
      return { value: exact.div(left.known, right.known), scalar: 'ratio' }
    default:
      return null
  }
}

function logicExpr(scope: Scope, expr: BinaryExpr, op: 'and' | 'or', elaborate: Elaborate): Elab {
  const left = mask(scope, elaborate(scope, expr.left), `\`${op}\``)
  const decides = left?.kind === 'scalar' && left.known === (op === 'or')
  if (left !== null && decides) return at(left, expr.span)
  const right = mask(scope, elaborate(scope, expr.right), `\`${op}\``)
  if (left === null || right === null) return errorAt(expr.span)
  if (left.kind === 'scalar' && typeof left.known === 'boolean') return at(right, expr.span)
  if (right.kind === 'scalar' && typeof right.known === 'boolean')
    return at(right.known === (op === 'or') ? right : left, expr.span)
  return elementwise(scope, expr.span, op, [left, right], sharedSelection(left, right))
}

/** Two masks over the same axes, combined, still decide along those axes; how many they keep is no longer known. */
function sharedSelection(left: Operand, right: Operand): Selection | null {
  if (left.kind !== 'tensor' || right.kind !== 'tensor') return null
  const [a, b] = [left.selection, right.selection]
  if (a === null || b === null || a.axes.join() !== b.axes.join()) return null
  return { axes: a.axes, count: null, span: a.span }
}

const COMPARISON = { '==': 'eq', '!=': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' } as const

export function compareExpr(scope: Scope, expr: CompareExpr, elaborate: Elaborate): Elab {
  const choice = choiceOf(scope, expr.left) ?? choiceOf(scope, expr.right)
  if (choice !== null) return compareChoice(scope, expr, choice)
  const left = plain(scope, elaborate(scope, expr.left))
  const right = plain(scope, elaborate(scope, expr.right))
  if (left === null || right === null) return errorAt(expr.span)
  const ordered = expr.op !== '==' && expr.op !== '!='
  if (ordered || isMask(left) !== isMask(right)) {
    const operands = [numeric(scope, left, `\`${expr.op}\``), numeric(scope, right, `\`${expr.op}\``)]
    if (operands.includes(null)) return errorAt(expr.span)
  }
  return elementwise(scope, expr.span, COMPARISON[expr.op], [left, right])
}

function choiceOf(scope: Scope, expr: Expr): ChoiceElab | null {
  if (expr.kind !== 'name') return null
  const value = scope.vars.get(expr.name)?.value ?? scope.capture(expr.name)
  return value?.kind === 'choice' ? value : null
}

function compareChoice(scope: Scope, expr: CompareExpr, choice: ChoiceElab): Elab {
  const other = choiceOf(scope, expr.left) === null ? expr.left : expr.right
  if (other.kind !== 'name' || (expr.op !== '==' && expr.op !== '!='))
    return report(scope, 'ESP1208', expr.span, { name: choice.name, first: choice.choices[0] ?? '' })
  if (!choice.choices.includes(other.name))
    return report(scope, 'ESP1209', other.span, { name: other.name, param: choice.name }, guess(other.name, choice.choices))
  return literal(scope, (choice.value === other.name) === (expr.op === '=='), 'bool', expr.span)
}

export function ifExpr(scope: Scope, expr: IfExpr, elaborate: Elaborate): Elab {
  const condition = mask(scope, elaborate(scope, expr.condition), '`if`')
  if (condition?.kind === 'scalar' && typeof condition.known === 'boolean')
    return at(elaborate(scope, condition.known ? expr.then : expr.otherwise), expr.span)
  const yes = plain(scope, elaborate(scope, expr.then))
  const no = plain(scope, elaborate(scope, expr.otherwise))
  if (condition === null || yes === null || no === null) return errorAt(expr.span)
  if (isMask(yes) !== isMask(no))
    return report(
      scope,
      'ESP1203',
      expr.span,
      { then: text(scope, yes), otherwise: text(scope, no) },
      {
        related: [
          { span: yes.span, message: `this is ${text(scope, yes)}` },
          { span: no.span, message: `this is ${text(scope, no)}` },
        ],
      },
    )
  return choose(scope, expr, condition, yes, no)
}

function choose(scope: Scope, expr: IfExpr, condition: Operand, yes: Operand, no: Operand): Elab {
  const branches = [unpacked(scope, yes), unpacked(scope, no)]
  const [a, b] = branches
  if (a === null || b === null || a === undefined || b === undefined) return errorAt(expr.span)
  const id = emit(scope, expr.span, 'select', [condition.id, a.id, b.id], {}, [condition, a, b])
  const domain = intersect(scope, expr.span, domainOf(condition), eitherDomain(scope, expr, condition, a, b))
  return valueOf(scope, id, expr.span, domain, sharedSelection(a, b))
}

/** Present where the branch that is taken is present. */
function eitherDomain(scope: Scope, expr: IfExpr, condition: Operand, yes: Operand, no: Operand): number | null {
  const [a, b] = [domainOf(yes), domainOf(no)]
  if (a === b) return a
  const always = literal(scope, true, 'bool', expr.span).id
  return emit(scope, expr.span, 'select', [condition.id, a ?? always, b ?? always])
}

export function whereExpr(scope: Scope, expr: WhereExpr, elaborate: Elaborate): Elab {
  const value = plain(scope, elaborate(scope, expr.value))
  const condition = mask(scope, elaborate(scope, expr.mask), '`where`')
  if (value === null || condition === null) return errorAt(expr.span)
  if (condition.kind === 'scalar')
    return report(scope, 'ESP1202', condition.span, { use: '`where`', found: text(scope, condition) })
  const present = unpacked(scope, value)
  if (present === null) return errorAt(expr.span)
  const wide = widened(scope, expr, present, condition.type.axes)
  if (wide.kind !== 'tensor') return wide
  const domain = intersect(scope, expr.span, wide.domain, condition.domain, condition.id)
  return { ...wide, domain, selection: null, span: expr.span }
}

/** The value over all axes of the mask too: a domain never has an axis that its value lacks. */
function widened(scope: Scope, expr: WhereExpr, value: Operand, axes: readonly string[]): Elab {
  const own = value.kind === 'tensor' ? value.type.axes : []
  const extra = axes.filter((axis) => !own.includes(axis))
  if (value.kind === 'tensor' && extra.length === 0) return value
  const dtype =
    value.kind === 'tensor' ? value.type.dtype : value.scalar === 'int' ? 'i32' : value.scalar === 'bool' ? 'bool' : 'f32'
  const id = emit(scope, expr.span, 'broadcast', [value.id], { axes: own.length === 0 ? axes : [...own, ...extra], dtype }, [
    value,
  ])
  return valueOf(scope, id, expr.span, domainOf(value))
}
