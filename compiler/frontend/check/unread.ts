/**
 * Policies of which a part did not parse: what is left is checked, but reports that only the missing part may have caused
 * are held back. A second message about the same slip helps nobody.
 */
import { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'

/** Unknown names, axes and functions: what is left out may declare them. */
const UNKNOWN: ReadonlySet<string> = new Set(['ESP1001', 'ESP1005', 'ESP1007', 'ESP1101'])
/** Nothing uses it, changes it or chooses by it: what is left out may. */
const ABSENT: ReadonlySet<string> = new Set(['ESP1401', 'ESP1402', 'ESP2401', 'ESP2402', 'ESP2404'])

/** Runs `check` with a sink whose reports go to `sink`, but for those. */
export function checkAround<T>(sink: DiagnosticSink, unread: readonly string[], check: (sink: DiagnosticSink) => T): T {
  const own = new DiagnosticSink()
  const result = check(own)
  const names = new Set(unread)
  for (const diagnostic of own.list()) if (!mayFollow(diagnostic, names)) sink.add(diagnostic)
  return result
}

function mayFollow({ code, message }: Diagnostic, names: ReadonlySet<string>): boolean {
  if (ABSENT.has(code)) return true
  return UNKNOWN.has(code) && [...message.matchAll(/`([^`]+)`/g)].some(([, name]) => name !== undefined && names.has(name))
}
