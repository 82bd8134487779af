/**
 * A cascade that can take back what it dropped: a mask in a state that the entry computes with, updated by a selection that is
 * not confined to it. A mask that names its own opposite (`not alive`) means to bring something back.
 */
import type { DiagnosticSink } from '../../../diagnostics/sink.ts'
import type { EntryDecl, Expr, UpdateStmt } from '../../ast.ts'
import { statementExprs } from '../mentions.ts'
import type { PolicyInfo } from '../scope.ts'
import { definitionsOf, expressionsIn, resolved, type Definitions } from './entry-names.ts'

export function lintRevived(sink: DiagnosticSink, policy: PolicyInfo, entry: EntryDecl): void {
  const definitions = definitionsOf(entry)
  for (const update of entry.body) {
    if (update.kind !== 'update') continue
    const state = policy.states.get(update.name.text)
    if (state?.dtype !== 'bool') continue
    const mask = { state: update.name.text, definitions }
    const value = resolved(update.value, definitions)
    const revives = revival(value, mask)
    if (revives === null || isMeant(value, mask) || !isReadBefore(entry, update, mask)) continue
    const related = [{ span: state.span, message: `\`${mask.state}\` is what earlier calls left` }]
    sink.report('ESP2401', revives.span, { name: mask.state, form: revives.kind === 'select' ? revives.mode : 'or' }, { related })
  }
}

interface Mask {
  readonly state: string
  readonly definitions: Definitions
}

/** The part of a new mask that may hold where the old one does not; null when none is found. Comparisons are not judged. */
function revival(expr: Expr, mask: Mask): (Expr & { readonly kind: 'select' | 'binary' }) | null {
  const value = resolved(expr, mask.definitions)
  if (value.kind === 'select') return isConfined(value, mask) ? null : value
  if (value.kind !== 'binary') return null
  if (value.op === 'and')
    return holdsWithin(value.left, mask) || holdsWithin(value.right, mask) ? null : revival(value.left, mask)
  if (value.op !== 'or') return null
  return holdsWithin(value.left, mask) && holdsWithin(value.right, mask) ? null : value
}

const isConfined = (expr: Expr & { readonly kind: 'select' }, mask: Mask): boolean =>
  (expr.within !== null && holdsWithin(expr.within, mask)) || scoreIsConfined(expr.score, mask)

/** `by score where alive` has no score elsewhere. */
function scoreIsConfined(score: Expr, mask: Mask): boolean {
  const value = resolved(score, mask.definitions)
  if (value.kind === 'where') return holdsWithin(value.mask, mask) || scoreIsConfined(value.value, mask)
  if (value.kind === 'unary') return scoreIsConfined(value.operand, mask)
  if (value.kind === 'binary') return scoreIsConfined(value.left, mask) || scoreIsConfined(value.right, mask)
  return (value.kind === 'call' || value.kind === 'axis-call') && value.args.some((arg) => scoreIsConfined(arg, mask))
}

/** Whether a mask holds only where the state does. */
function holdsWithin(expr: Expr, mask: Mask): boolean {
  const value = resolved(expr, mask.definitions)
  if (value.kind === 'name') return value.name === mask.state
  if (value.kind === 'select') return isConfined(value, mask)
  if (value.kind === 'binary' && value.op === 'and') return holdsWithin(value.left, mask) || holdsWithin(value.right, mask)
  return value.kind === 'binary' && value.op === 'or' && holdsWithin(value.left, mask) && holdsWithin(value.right, mask)
}

/** Something computed before depends on what earlier calls left: it is a cascade and not a result that is stored. */
const isReadBefore = (entry: EntryDecl, update: UpdateStmt, { state }: Mask): boolean =>
  statementExprs(entry.body.slice(0, entry.body.indexOf(update))).some((expr) => mentions(expr, state))

const mentions = (root: Expr, name: string): boolean =>
  [...expressionsIn(root)].some((expr) => expr.kind === 'name' && expr.name === name)

const isMeant = (root: Expr, { state, definitions }: Mask): boolean =>
  [...expressionsIn(root)].some((expr) => {
    const value = expr.kind === 'name' && expr.name !== state ? resolved(expr, definitions) : expr
    const parts = value === expr ? [value] : [...expressionsIn(value)]
    return parts.some((part) => part.kind === 'unary' && part.op === 'not' && mentions(part.operand, state))
  })
