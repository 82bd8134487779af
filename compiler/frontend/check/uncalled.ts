/**
 * Functions that nothing calls have no types to be checked for. Their names are checked all the same, so that a library
 * file without policies does not keep a misspelling to itself.
 */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Expr } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import { CONSTANTS } from './arithmetic.ts'
import { builtinNames } from './expr.ts'
import { childrenOf } from './mentions.ts'
import type { FnInfo } from './scope.ts'

/** `outer`: names visible from outside: parameters of the policy and their alternatives. */
export function checkUncalled(sink: DiagnosticSink, { decl, visible }: FnInfo, outer: readonly string[] = []): void {
  const known = new Set([...outer, ...CONSTANTS, ...decl.params.map((name) => name.text)])
  for (const { name, value } of decl.lets) {
    checkNames(sink, value, known, visible)
    known.add(name.text)
  }
  checkNames(sink, decl.result, known, visible)
}

function checkNames(sink: DiagnosticSink, root: Expr, known: ReadonlySet<string>, fns: ReadonlyMap<string, FnInfo>): void {
  const stack = [root]
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    if (expr.kind === 'name' && !known.has(expr.name))
      sink.report('ESP1001', expr.span, { name: expr.name }, guess(expr.name, [...known]))
    if (expr.kind === 'call' || expr.kind === 'axis-call') {
      const { text, span } = expr.callee
      const isKnown = fns.has(text) || builtinNames.has(text)
      if (!isKnown) sink.report('ESP1007', span, { name: text }, guess(text, [...fns.keys(), ...builtinNames]))
      if (expr.kind === 'call' && (text === 'index' || text === 'size')) continue
    }
    stack.push(...childrenOf(expr))
  }
}
