/**
 * The row type of the diagnostics catalogue. One row = one stable code = one object that holds everything said about it:
 * the message, how to fix it, why the rule exists, and an example that a test compiles.
 */

export type Severity = 'error' | 'warning'

/** Checked by a test: `wrong` reports this code, `right` reports nothing of it (and no error at all). */
export type DiagnosticExample =
  /** Two sources. `files` are what `use` finds beside them. */
  | { readonly kind: 'policy'; readonly wrong: string; readonly right: string; readonly files?: Readonly<Record<string, string>> }
  /** Two calls of an entry of one policy; each is `{ inputs, params }` or whatever the host's call takes. */
  | {
      readonly kind: 'call'
      readonly policy: string
      readonly entry: string
      readonly wrong: Readonly<Record<string, unknown>>
      readonly right: Readonly<Record<string, unknown>>
    }
  /** Two programs that load a policy with an entry `scale`, for WebGPU with a `device`, or for CUDA. */
  | { readonly kind: 'device' | 'cuda'; readonly wrong: string; readonly right: string }
  /** Two command lines, run in a folder that holds `files` (text, by relative path). */
  | {
      readonly kind: 'command'
      readonly wrong: string
      readonly right: string
      readonly files?: Readonly<Record<string, string>>
    }

export interface DiagnosticDef<P> {
  readonly severity: Severity
  /** Short, for lists: a noun phrase without a full stop. */
  readonly title: string
  /** One sentence with the names involved. */
  readonly message: (params: P) => string
  /** How to fix it, one sentence. */
  readonly help?: (params: P) => string
  /** What to write in place of the marked words, where the mistake alone says it. */
  readonly fix?: (params: P) => string | null
  /** Markdown paragraphs: why the rule exists. */
  readonly explain: string
  readonly example: DiagnosticExample
}

/** Types each row's parameters by its own `message`, so that `sink.report` is checked per code. */
export const defineDiagnostics = <P extends object>(rows: {
  readonly [Code in keyof P]: DiagnosticDef<P[Code]>
}): { readonly [Code in keyof P]: DiagnosticDef<P[Code]> } => rows
