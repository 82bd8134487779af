/**
 * A policy in which nothing is ever chosen: it has parameters for amounts and makes no mask at all, or none of its selections
 * can drop anything. A policy without amounts may measure for another one, and is left alone.
 */
import type { DiagnosticSink } from '../../../diagnostics/sink.ts'
import type { Expr } from '../../ast.ts'
import type { PolicyInfo } from '../scope.ts'
import type { CheckedEntry } from './checked-entry.ts'
import { expressionsIn } from './entry-names.ts'
import { statementExprs } from '../mentions.ts'

/** What may leave something out: selections, masks, and whatever reads positions. */
const CHOOSING: readonly Expr['kind'][] = ['joint', 'position', 'compare', 'slice', 'merge', 'unpack', 'iterate', 'fold']

export function lintCannotPrune(sink: DiagnosticSink, policy: PolicyInfo, entries: readonly CheckedEntry[]): void {
  const { name } = policy.decl
  if (entries.length === 0 || entries.some(({ entry }) => entry.unread !== undefined)) return
  if (entries.some(({ inputs, mentions }) => CHOOSING.some((kind) => mentions.kinds.has(kind)) || inputs.some(isPacked))) return
  const fns = new Set(entries.flatMap(({ mentions }) => [...mentions.fns]))
  const inFunctions = [...fns].flatMap(({ decl }) => [...decl.lets.map(({ value }) => value), decl.result])
  const all = [...entries.flatMap(({ entry }) => statementExprs(entry.body)), ...inFunctions].flatMap((root) => [
    ...expressionsIn(root),
  ])
  const selections = all.filter((expr) => expr.kind === 'select')
  if (selections.some((expr) => expr.kind === 'select' && !keepsAll(expr))) return
  // One that nothing uses is reported itself.
  const used = (ratio: string): boolean => entries.some(({ mentions }) => mentions.names.has(ratio))
  const ratio = [...policy.params.values()].find(({ param }) => param.type.kind === 'ratio' && used(param.name))
  const [first, ...others] = selections
  // One alone is reported itself.
  if (first !== undefined && others.length > 0) {
    const related = [{ span: first.span, message: 'this keeps everything' }]
    sink.report('ESP2404', name.span, { name: name.text, why: 'every selection in it keeps everything' }, { related })
  } else if (first === undefined && ratio !== undefined && !all.some(isMask)) {
    const related = [{ span: ratio.span, message: 'this says that something is to be pruned' }]
    sink.report('ESP2404', name.span, { name: name.text, why: 'it makes no selection' }, { related })
  }
}

const isPacked = (input: CheckedEntry['inputs'][number]): boolean => input.kind === 'tensor' && input.format !== null

const isMask = (expr: Expr): boolean => expr.kind === 'where' || expr.kind === 'pack' || expr.kind === 'compact'

function keepsAll({ amount, mode, measure }: Expr & { readonly kind: 'select' }): boolean {
  if (measure !== 'count' || amount.kind !== 'number') return false
  const value = Number(amount.text)
  return mode === 'keep' ? amount.percent && value === 100 : value === 0
}
