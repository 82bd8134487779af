/**
 * What a piece of syntax mentions, through the functions it calls: names, axes, and which kinds of expression. Works with
 * an explicit stack, so that deep expressions are no problem here.
 */
import type { Expr, FoldExpr, IterateExpr, Name, Stmt } from '../ast.ts'
import type { FnInfo, FnTable } from './scope.ts'

export interface Mentions {
  /** Names read as values, parameters of functions excepted. */
  readonly names: Set<string>
  readonly axes: Set<string>
  readonly kinds: Set<Expr['kind']>
  readonly fns: Set<FnInfo>
}

export const noMentions = (): Mentions => ({ names: new Set(), axes: new Set(), kinds: new Set(), fns: new Set() })

const present = (exprs: readonly (Expr | null)[]): readonly Expr[] => exprs.filter((expr) => expr !== null)

const loopParts = ({ carried, lets, next }: IterateExpr | FoldExpr): readonly Expr[] =>
  [...carried, ...lets, ...next].map(({ value }) => value)

export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'bool':
    case 'name':
      return []
    case 'unary':
      return [expr.operand]
    case 'binary':
    case 'compare':
      return [expr.left, expr.right]
    case 'if':
      return [expr.condition, expr.then, expr.otherwise]
    case 'slice':
      return [expr.value, ...expr.at.map(({ position }) => position)]
    case 'merge':
      return expr.weight === null ? [expr.value, expr.by] : [expr.value, expr.by, expr.weight]
    case 'iterate':
      return [expr.times, ...loopParts(expr)]
    case 'fold':
      return loopParts(expr)
    case 'where':
    case 'pack':
    case 'compact':
      return [expr.value, expr.mask]
    case 'call':
      return expr.args
    case 'axis-call':
      return expr.otherwise === null ? expr.args : [...expr.args, expr.otherwise]
    case 'rename':
    case 'part':
    case 'unpack':
      return [expr.value]
    case 'position':
      return [expr.amount]
    case 'select':
      return present([expr.amount, expr.score, expr.costing, expr.within, expr.protect, expr.atLeast, expr.multipleOf])
    case 'joint':
      return present([
        expr.amount,
        ...expr.units.flatMap((unit) => [unit.score, unit.costing, unit.within, unit.protect]),
        expr.atLeast,
        expr.multipleOf,
      ])
    case 'list':
      return expr.items
  }
}

/** Names that stand for axes in this expression itself. */
function axesIn(expr: Expr): readonly Name[] {
  switch (expr.kind) {
    case 'axis-call':
      return expr.into === null ? expr.axes : [...expr.axes, expr.into]
    case 'select':
      return expr.axes
    case 'joint':
      return expr.units.flatMap((unit) => unit.axes)
    case 'merge':
      return [...expr.axes, expr.into]
    case 'slice':
      return expr.at.map(({ axis }) => axis)
    case 'fold':
      return [expr.axis]
    case 'position':
      return [expr.axis]
    case 'rename':
      return expr.renames.flatMap(({ from, to }) => [from, to])
    case 'compact':
      return [expr.as]
    default:
      return []
  }
}

const isAxisFunction = (expr: Expr): boolean =>
  expr.kind === 'call' && (expr.callee.text === 'index' || expr.callee.text === 'size')

interface Work {
  readonly expr: Expr
  readonly fns: FnTable
  /** Names that mean something local: parameters, axes and variables of a function. */
  readonly own: ReadonlySet<string>
}

/** Adds what the expressions mention, and what the functions they call mention; each function is entered once. */
export function addMentions(into: Mentions, exprs: readonly Expr[], fns: FnTable): void {
  run(
    into,
    exprs.map((expr) => ({ expr, fns, own: new Set() })),
  )
}

function run(into: Mentions, work: Work[]): void {
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { expr, fns, own } = next
    into.kinds.add(expr.kind)
    if (expr.kind === 'name' && !own.has(expr.name)) into.names.add(expr.name)
    for (const axis of axesIn(expr)) if (!own.has(axis.text)) into.axes.add(axis.text)
    if (expr.kind === 'call' && isAxisFunction(expr)) {
      for (const arg of expr.args) if (arg.kind === 'name' && !own.has(arg.name)) into.axes.add(arg.name)
      continue
    }
    const called = expr.kind === 'call' || expr.kind === 'axis-call' ? fns.get(expr.callee.text) : undefined
    if (called !== undefined && !into.fns.has(called)) work.push(...enter(into, called))
    for (const child of childrenOf(expr)) work.push({ expr: child, fns, own })
  }
}

function enter(into: Mentions, info: FnInfo): readonly Work[] {
  into.fns.add(info)
  const { decl } = info
  const own = new Set([...decl.axes, ...decl.params, ...decl.lets.map((statement) => statement.name)].map((name) => name.text))
  return [...decl.lets.map((statement) => statement.value), decl.result].map((expr) => ({ expr, fns: info.visible, own }))
}

export function functionMentions(info: FnInfo): Mentions {
  const mentions = noMentions()
  run(mentions, [...enter(mentions, info)])
  return mentions
}

export const statementExprs = (body: readonly Stmt[]): readonly Expr[] =>
  body.flatMap((statement) => {
    if (statement.kind === 'return') return statement.outputs.map((output) => output.value)
    return statement.kind === 'let' ? [statement.value] : [statement.value, ...statement.at.map(({ position }) => position)]
  })
