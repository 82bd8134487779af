/** `protect last window of token` where the default of `window` is the whole budget: the score decides nothing by default. */
import * as exact from '../../../../abi/rational.ts'
import type { Rational } from '../../../../abi/rational.ts'
import type { RelatedSpan } from '../../../diagnostics/diagnostic.ts'
import type { DiagnosticSink } from '../../../diagnostics/sink.ts'
import type { EntryDecl, Expr } from '../../ast.ts'
import { statementExprs } from '../mentions.ts'
import type { PolicyInfo } from '../scope.ts'
import { definitionsOf, expressionsIn, resolved } from './entry-names.ts'

export function lintProtectedByDefault(sink: DiagnosticSink, policy: PolicyInfo, entry: EntryDecl): void {
  const definitions = definitionsOf(entry)
  for (const expr of statementExprs(entry.body).flatMap((root) => [...expressionsIn(root)])) {
    if (expr.kind !== 'select' || expr.mode !== 'keep' || expr.measure !== 'count' || expr.protect === null) continue
    const protect = resolved(expr.protect, definitions)
    const [axis, ...others] = expr.axes
    if (protect.kind !== 'position' || protect.which === 'every' || others.length > 0 || protect.axis.text !== axis?.text)
      continue
    const [kept, spared] = [countOf(expr.amount, policy), countOf(protect.amount, policy)]
    // Two literals are judged where the selection is checked.
    if (kept === null || spared === null || (kept.declared === null && spared.declared === null)) continue
    if (kept.value.n === 0n || exact.compare(spared.value, kept.value) < 0 || expr.atLeast !== null) continue
    const related = [
      { span: expr.amount.span, message: `the budget is ${exact.toText(kept.value)}` },
      declared(kept),
      declared(spared),
    ]
    const params = { protected: exact.toText(spared.value), kept: exact.toText(kept.value) }
    sink.report('ESP2403', expr.protect.span, params, { related: related.filter((one) => one !== null) })
  }
}

interface Count {
  readonly value: Rational
  readonly declared: { readonly name: string; readonly span: RelatedSpan['span'] } | null
}

function countOf(amount: Expr, policy: PolicyInfo): Count | null {
  if (amount.kind === 'number' && !amount.percent) {
    const value = exact.parseRational(amount.text)
    return value === null ? null : { value, declared: null }
  }
  const info = amount.kind === 'name' ? policy.params.get(amount.name) : undefined
  if (info === undefined || (info.param.type.kind !== 'count' && info.param.type.kind !== 'ratio')) return null
  const value = info.param.default === null ? null : exact.parseRational(info.param.default)
  if (value === null || info.param.type.kind === 'ratio') return null
  return { value, declared: { name: info.param.name, span: info.span } }
}

const declared = ({ value, declared: place }: Count): RelatedSpan | null =>
  place === null ? null : { span: place.span, message: `\`${place.name}\` is ${exact.toText(value)} by default` }
