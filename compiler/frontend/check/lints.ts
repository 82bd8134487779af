/** Warnings about policies that are right by the rules and probably not what was meant. Each lint is a file of `lints/`. */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import { lintCannotPrune } from './lints/cannot-prune.ts'
import type { CheckedEntry } from './lints/checked-entry.ts'
import { lintMaskedOnly } from './lints/masked-only.ts'
import { lintProtectedByDefault } from './lints/protected-by-default.ts'
import { lintRevived } from './lints/revived.ts'
import { lintUnused } from './lints/unused.ts'
import type { PolicyInfo } from './scope.ts'

export function lintPolicy(sink: DiagnosticSink, policy: PolicyInfo, entries: readonly CheckedEntry[]): void {
  lintUnused(sink, policy, entries)
  // What the others say may only follow from an error.
  if (sink.hasErrors) return
  lintCannotPrune(sink, policy, entries)
  for (const checked of entries) {
    lintRevived(sink, policy, checked.entry)
    lintMaskedOnly(sink, checked)
    lintProtectedByDefault(sink, policy, checked.entry)
  }
}
