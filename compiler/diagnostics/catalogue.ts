/**
 * Every diagnostic Espalier can report, by code. The areas own the ranges ESP0 (syntax) to ESP5 (files and command line);
 * codes are stable: one that is withdrawn is never given to something else.
 */
import { call } from './catalogue/call.ts'
import { command } from './catalogue/command.ts'
import { ir } from './catalogue/ir.ts'
import { selection } from './catalogue/selection.ts'
import { syntax } from './catalogue/syntax.ts'
import { target } from './catalogue/target.ts'
import { types } from './catalogue/types.ts'
import type { DiagnosticDef } from './define.ts'

export const catalogue = { ...syntax, ...types, ...selection, ...target, ...ir, ...call, ...command }

export type DiagnosticCode = keyof typeof catalogue & string

/** What `message` of this code needs to know; `unknown` (pass `{}`) for rows whose message needs nothing. */
export type DiagnosticParams<C extends DiagnosticCode> = (typeof catalogue)[C] extends {
  readonly message: (params: infer P) => string
}
  ? P
  : never

/** The same rows without their parameter types, for code that walks all of them. */
export type DiagnosticRow = DiagnosticDef<never>

export const diagnosticCodes = (): readonly DiagnosticCode[] => (Object.keys(catalogue) as DiagnosticCode[]).sort()

export const isDiagnosticCode = (text: string): text is DiagnosticCode => Object.hasOwn(catalogue, text)

export const diagnosticRow = (code: DiagnosticCode): DiagnosticRow => catalogue[code] as DiagnosticRow
