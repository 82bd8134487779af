/** Names in expressions. Bodies of loops see what is carried; `.part` names an axis, a kind of unit, or what is carried. */
import type { Span } from '../../diagnostics/span.ts'
import type { AxisCallExpr, CallExpr, CompareExpr, Expr, FoldExpr, IterateExpr, JointExpr, Name, PartExpr } from '../ast.ts'
import { CONSTANTS } from '../check/arithmetic.ts'
import { builtinNames } from '../check/expr.ts'
import { childrenOf } from '../check/mentions.ts'
import type { SymbolId, SymbolKind } from './name-index.ts'
import type { Recorder } from './recorder.ts'

/** What names mean in one place. Made anew for bodies with names of their own. */
export interface Environment {
  readonly recorder: Recorder
  readonly values: Map<string, SymbolId>
  readonly axes: ReadonlyMap<string, SymbolId>
  readonly functions: ReadonlyMap<string, SymbolId>
  /** Alternatives by parameter. */
  readonly alternatives: ReadonlyMap<SymbolId, ReadonlyMap<string, SymbolId>>
  /** Parts that a value has by its definition, by the name of the part. */
  readonly parts: Map<SymbolId, ReadonlyMap<string, SymbolId>>
  /** Names of axes that mean nothing here: in a function of a file they are those of the policies that call it. */
  readonly unknownAxis: (name: Name) => void
}

export const insideOf = (env: Environment): Environment => ({ ...env, values: new Map(env.values) })

/** A name that is seen from the end of its definition to the end of `body`. */
export function declareValue(env: Environment, kind: SymbolKind, name: Name, definition: Span, body: Span): SymbolId {
  const scope = { source: definition.source, start: definition.end, end: body.end }
  const id = env.recorder.declare(kind, name, { whole: definition, scope })
  // The first of two declarations is the one that counts.
  if (!env.values.has(name.text)) env.values.set(name.text, id)
  return id
}

export function mentionAxis(env: Environment, name: Name): void {
  const id = env.axes.get(name.text)
  if (id === undefined) env.unknownAxis(name)
  else env.recorder.mention(id, name.span)
}

/** Binds an expression; gives the parts of its value, where its form says them. */
export function bindExpression(env: Environment, expr: Expr): ReadonlyMap<string, SymbolId> | null {
  switch (expr.kind) {
    case 'name':
      return bindName(env, { text: expr.name, span: expr.span })
    case 'compare':
      return bindComparison(env, expr)
    case 'call':
    case 'axis-call':
      return bindCall(env, expr)
    case 'part':
      return bindPart(env, expr)
    case 'joint':
      return bindJoint(env, expr)
    case 'iterate':
    case 'fold':
      return bindLoop(env, expr)
    case 'compact':
      mentionAxis(env, expr.as)
      break
    case 'rename':
      for (const { from, to } of expr.renames) for (const axis of [from, to]) mentionAxis(env, axis)
      break
    case 'slice':
      for (const { axis } of expr.at) mentionAxis(env, axis)
      break
    case 'select':
      for (const axis of expr.axes) mentionAxis(env, axis)
      break
    case 'merge':
      for (const axis of [...expr.axes, expr.into]) mentionAxis(env, axis)
      break
    case 'position':
      mentionAxis(env, expr.axis)
      break
  }
  return partsOfOperands(env, expr)
}

/** Arithmetic on a value of parts is arithmetic on each. */
function partsOfOperands(env: Environment, expr: Expr): ReadonlyMap<string, SymbolId> | null {
  const found = childrenOf(expr).map((child) => bindExpression(env, child))
  const keeps = ['unary', 'binary', 'if', 'where'].includes(expr.kind)
  return keeps ? (found.find((parts) => parts !== null) ?? null) : null
}

function bindName(env: Environment, name: Name): ReadonlyMap<string, SymbolId> | null {
  const id = env.values.get(name.text)
  if (id !== undefined) env.recorder.mention(id, name.span)
  else if ((CONSTANTS as readonly string[]).includes(name.text)) env.recorder.mention(env.recorder.builtin(name.text), name.span)
  return id === undefined ? null : (env.parts.get(id) ?? null)
}

/** `rule == exact`: one of the two is an alternative of the other. */
function bindComparison(env: Environment, { left, right }: CompareExpr): null {
  const choices = [left, right].map((side) => {
    const id = side.kind === 'name' ? env.values.get(side.name) : undefined
    return id === undefined ? undefined : env.alternatives.get(id)
  })
  for (const [side, others] of [
    [left, choices[1]],
    [right, choices[0]],
  ] as const) {
    // prettier-ignore
    const alternative = side.kind === 'name' ? others?.get(side.name) : undefined
    if (alternative === undefined) bindExpression(env, side)
    else env.recorder.mention(alternative, side.span)
  }
  return null
}

function bindCall(env: Environment, expr: CallExpr | AxisCallExpr): null {
  const { recorder } = env
  const name = expr.callee.text
  const known = env.functions.get(name)
  const isBuiltin = known === undefined && (builtinNames.has(name) || name === 'join' || name === 'histogram')
  recorder.mention(isBuiltin ? recorder.builtin(name) : known, expr.callee.span)
  if (expr.kind === 'axis-call') {
    for (const axis of expr.axes) mentionAxis(env, axis)
    if (expr.into !== null) mentionAxis(env, expr.into)
  }
  const [first] = expr.args
  if (isBuiltin && expr.kind === 'call' && (name === 'index' || name === 'size') && first?.kind === 'name')
    mentionAxis(env, { text: first.name, span: first.span })
  else for (const child of childrenOf(expr)) bindExpression(env, child)
  return null
}

function bindPart(env: Environment, { value, part }: PartExpr): null {
  const parts = bindExpression(env, value)
  env.recorder.mention(parts?.get(part.text) ?? env.axes.get(part.text), part.span)
  return null
}

function bindJoint(env: Environment, expr: JointExpr): ReadonlyMap<string, SymbolId> {
  for (const child of childrenOf(expr)) bindExpression(env, child)
  const units = new Map<string, SymbolId>()
  for (const { name, axes, span } of expr.units) {
    for (const axis of axes) mentionAxis(env, axis)
    const nowhere = { ...span, start: span.start, end: span.start }
    units.set(name.text, env.recorder.declare('unit', name, { whole: span, scope: nowhere }))
  }
  return units
}

function bindLoop(env: Environment, expr: IterateExpr | FoldExpr): ReadonlyMap<string, SymbolId> {
  if (expr.kind === 'fold') mentionAxis(env, expr.axis)
  else bindExpression(env, expr.times)
  for (const { value } of expr.carried) bindExpression(env, value)
  const body = insideOf(env)
  const step = expr.kind === 'fold' ? expr.position : expr.step
  if (step !== null) declareValue(body, 'variable', step, step.span, expr.span)
  const carried = new Map<string, SymbolId>()
  for (const { name } of expr.carried) carried.set(name.text, declareValue(body, 'variable', name, name.span, expr.span))
  for (const { name, value, span } of expr.lets) {
    const parts = bindExpression(body, value)
    const id = declareValue(body, 'variable', name, span, expr.span)
    if (parts !== null) body.parts.set(id, parts)
  }
  for (const { name, value } of expr.next) {
    env.recorder.mention(carried.get(name.text), name.span, 'write')
    bindExpression(body, value)
  }
  return carried
}
