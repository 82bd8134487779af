/** `.pir` text from a user -> a module that passes can be given: read (ESP3901) and verified (ESP3902). */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Module } from '../node.ts'
import { problemText } from '../problem.ts'
import { verifyModule } from '../verify.ts'
import { parseModule, type ParseOptions } from './parse.ts'

/** Null when something was reported. */
export function loadModule(text: string, sink: DiagnosticSink, options: ParseOptions): Module | null {
  const module = parseModule(text, sink, options)
  if (module === null) return null
  const problems = verifyModule(module, options.ops)
  for (const problem of problems) sink.report('ESP3902', problem.span, { problem: problemText(problem) })
  return problems.length === 0 ? module : null
}
