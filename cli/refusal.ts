/**
 * How a command stops: a diagnostic of the catalogue, thrown from wherever the work cannot go on and reported by `main`.
 * (Diagnostics about a policy's text are collected in a sink; this is for files and command lines, where the first
 * obstacle ends the work.)
 */
import { catalogue, type DiagnosticCode, type DiagnosticParams } from '../compiler/diagnostics/catalogue.ts'
import type { DiagnosticDef } from '../compiler/diagnostics/define.ts'
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'

export const exitStatus = { ok: 0, failed: 1, usage: 2, unavailable: 3, bug: 70 } as const
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

export class Refusal extends Error {
  readonly diagnostic: Diagnostic

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.name = 'Refusal'
    this.diagnostic = diagnostic
  }

  get exit(): ExitStatus {
    const { code } = this.diagnostic
    if (code.startsWith('ESP50')) return exitStatus.usage
    return code === 'ESP5301' ? exitStatus.unavailable : exitStatus.failed
  }
}

export function diagnose<C extends DiagnosticCode>(code: C, params: DiagnosticParams<C>): Diagnostic {
  const row = catalogue[code] as unknown as DiagnosticDef<DiagnosticParams<C>>
  const { severity } = row
  return { code, severity, message: row.message(params), span: null, related: [], help: row.help?.(params) ?? null }
}

export function refuse<C extends DiagnosticCode>(code: C, params: DiagnosticParams<C>): never {
  throw new Refusal(diagnose(code, params))
}
