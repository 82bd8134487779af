/** What a selection ranks: the axes of its units, their scores, which of them are candidates and which are protected. */
import type { ValueId } from '../../ir/node.ts'
import type { Expr, SelectExpr } from '../ast.ts'
import { joinSpans } from '../../diagnostics/span.ts'
import type { TensorElab } from '../types/value.ts'
import { axesAtoms } from './positions.ts'
import { report, shownAxes, type Elaborate, type Scope } from './scope.ts'
import { intersect, maskTensor, numeric, unpacked } from './values.ts'

export type UnitExpr = Pick<SelectExpr, 'axes' | 'score' | 'within' | 'protect' | 'span'>

export interface Units {
  /** Flattened as the score has them. */
  readonly axes: readonly string[]
  readonly score: TensorElab
  readonly candidates: ValueId | null
  readonly protect: TensorElab | null
}

/** What of the units could be made out; `units` only when all of it could. */
export interface FoundUnits {
  readonly atoms: readonly string[] | null
  readonly score: TensorElab | null
  readonly units: Units | null
}

export function unitsOf(scope: Scope, expr: UnitExpr, elaborate: Elaborate): FoundUnits {
  const atoms = axesAtoms(scope, expr.axes)
  const score = scoreOf(scope, expr, atoms, elaborate)
  const within = expr.within && restriction(scope, expr, 'within', expr.within, score, elaborate)
  const protect = expr.protect && restriction(scope, expr, 'protect', expr.protect, score, elaborate)
  if (atoms === null || score === null || within === undefined || protect === undefined) return { atoms, score, units: null }
  const candidates = intersect(scope, expr.span, score.domain, within?.id ?? null)
  return { atoms, score, units: { axes: inScoreOrder(score, atoms), score, candidates, protect } }
}

/** Selected axes are flattened in the order in which the score has them, so that ties do not depend on how they are listed. */
export const inScoreOrder = (score: TensorElab, atoms: readonly string[]): readonly string[] =>
  score.type.axes.filter((axis) => atoms.includes(axis))

function scoreOf(scope: Scope, expr: UnitExpr, atoms: readonly string[] | null, elaborate: Elaborate): TensorElab | null {
  const value = numeric(scope, elaborate(scope, expr.score), 'a score')
  const dense = value === null ? null : unpacked(scope, value)
  if (dense === null) return null
  const own = dense.kind === 'tensor' ? dense.type.axes : []
  const missing = (atoms ?? []).filter((atom) => !own.includes(atom))
  if (dense.kind === 'tensor' && missing.length === 0) return dense
  const axesSpan = expr.axes.map((name) => name.span).reduce(joinSpans)
  report(
    scope,
    'ESP2001',
    axesSpan,
    { missing: shownAxes(scope, missing), found: shownAxes(scope, own) },
    { related: [{ span: expr.score.span, message: `the score has ${shownAxes(scope, own)}` }] },
  )
  return null
}

/** `within` and `protect`: a mask over axes of the score. Undefined, with a diagnostic, when it is not. */
function restriction(
  scope: Scope,
  expr: UnitExpr,
  use: 'within' | 'protect',
  source: Expr,
  score: TensorElab | null,
  elaborate: Elaborate,
): TensorElab | undefined {
  const value = maskTensor(scope, elaborate(scope, source), `\`${use}\``)
  if (value === null) return undefined
  const extra = score === null ? [] : value.type.axes.filter((axis) => !score.type.axes.includes(axis))
  if (extra.length === 0) return value
  report(
    scope,
    'ESP2008',
    value.span,
    { use, extra: shownAxes(scope, extra), found: shownAxes(scope, score?.type.axes ?? []) },
    { related: [{ span: expr.score.span, message: `the score has ${shownAxes(scope, score?.type.axes ?? [])}` }] },
  )
  return undefined
}
