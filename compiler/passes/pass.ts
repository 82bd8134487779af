/**
 * The record of a pass: a value with a name, a summary, the levels it goes between and an example that is a test. A pass
 * is an immutable `Module -> Module` function; verifying, dumping, timing and wrapping exceptions is the manager's work.
 * A pass that needs parameters (a capability table) is returned by a function that takes them.
 */
import type { DiagnosticSink } from '../diagnostics/sink.ts'
import type { Span } from '../diagnostics/span.ts'
import type { InvariantName } from '../ir/invariants.ts'
import type { Level, Module } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'

/** Something a pass did, or did not do and why: what `explain` shows and `dev` traces. */
export interface Remark {
  readonly kind: 'fired' | 'missed'
  /** The rule or rewrite it is about, kebab-case. */
  readonly rule: string
  /** One sentence; for `missed` the reason, naming the obstacle. */
  readonly reason: string
  readonly func: string | null
  readonly span: Span | null
}

/** What a pass may use beside the module it is given. */
export interface PassContext {
  /** The op table; passes ask it for traits and never import ops by name. */
  readonly ops: Readonly<Record<string, OpDef>>
  /** For limits that are the user's business (ESP3xxx). A broken invariant is thrown instead. */
  readonly sink: DiagnosticSink
  /** Records that `rule` fired. */
  fired(rule: string, reason: string, where?: RemarkPlace): void
  /** Records that `rule` could have fired and did not, with the reason. */
  missed(rule: string, reason: string, where?: RemarkPlace): void
  /**
   * Asks for one unit of gas before an optional rewrite; false: leave it. Gas is unlimited unless somebody bisects, so
   * rewrites that later passes rely on must not ask.
   */
  spend(): boolean
}

export interface RemarkPlace {
  readonly func?: string | null
  readonly span?: Span | null
}

export interface PassDef {
  /** Kebab-case: the name in dumps, on the command line and in `; run: pass NAME`. */
  readonly name: string
  readonly summary: string
  /** Level or levels it accepts. */
  readonly from: Level | readonly Level[]
  /** Level of its result. */
  readonly to: Level | 'same'
  /** Named properties checked before and after by the manager. */
  readonly requires?: readonly InvariantName[]
  readonly establishes?: readonly InvariantName[]
  /** `.pir` text, a module or bare functions: running the pass on `before` gives `after` up to the numbering of values. */
  readonly example: { readonly before: string; readonly after: string }
  readonly run: (module: Module, ctx: PassContext) => Module
}

export type Pass = Readonly<PassDef>

export const definePass = (def: PassDef): Pass => def

/** Whether the pass takes modules of this level. */
export const accepts = (pass: Pass, level: Level): boolean =>
  Array.isArray(pass.from) ? pass.from.includes(level) : pass.from === level
