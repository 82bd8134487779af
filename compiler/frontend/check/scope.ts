/**
 * What elaboration works in: the policy, the function under construction, the names and axes visible. `emit` is the one
 * place that makes IR nodes; a refusal of an op's type rule becomes a diagnostic there and null comes back.
 */
import type { Rational } from '../../../abi/rational.ts'
import type { DiagnosticCode, DiagnosticParams } from '../../diagnostics/catalogue.ts'
import type { DiagnosticSink, ReportOptions } from '../../diagnostics/sink.ts'
import type { Span } from '../../diagnostics/span.ts'
import { TypeRuleError, type FuncBuilder } from '../../ir/builder.ts'
import type { Attrs, AxisExtent, Func, PolicyParam, ValueId } from '../../ir/node.ts'
import type { DType, Type } from '../../ir/types.ts'
import type { Expr, FnDecl, Name, PolicyDecl } from '../ast.ts'
import type { EntryAxes, PolicyAxes } from '../types/axes.ts'
import { describe, type Elab, type ErrorElab } from '../types/value.ts'

export interface ParamInfo {
  readonly param: PolicyParam
  readonly span: Span
}

export interface StateInfo {
  readonly name: Name
  readonly doc: string | null
  readonly dtype: DType
  readonly axes: readonly string[] // as declared
  readonly axisNames: readonly Name[]
  readonly initial: number
  readonly span: Span
}

/** A function of the user with the functions that its body can see. */
export interface FnInfo {
  readonly decl: FnDecl
  /** A function inside a policy sees the policy's parameters. */
  readonly home: 'policy' | 'file'
  readonly visible: FnTable
}
export type FnTable = ReadonlyMap<string, FnInfo>

export interface PolicyInfo {
  readonly decl: PolicyDecl
  readonly params: ReadonlyMap<string, ParamInfo>
  readonly states: ReadonlyMap<string, StateInfo>
  readonly axes: PolicyAxes
  readonly fns: FnTable
}

export interface Variable {
  readonly kind: 'variable' | 'input' | 'state' | 'argument' | 'parameter'
  readonly value: Elab
  /** Where it was declared or assigned. */
  readonly span: Span
}

/** Functions made for calls in one entry variant, by signature. */
export interface Instances {
  readonly made: Map<string, Instance>
  readonly funcs: Func[]
  readonly name: (wanted: string) => string
}
export type Instance =
  | {
      readonly kind: 'made'
      readonly func: Func
      readonly results: readonly Type[]
      /** Policy parameters that the body reads: the last parameters of the function. */
      readonly captured: readonly string[]
      /** Number of expressions in it, calls expanded. */
      readonly weight: number
    }
  | { readonly kind: 'constant'; readonly value: Elab }
  | { readonly kind: 'failed' }

export interface Scope {
  readonly policy: PolicyInfo
  readonly sink: DiagnosticSink
  readonly builder: FuncBuilder
  readonly axes: EntryAxes
  /** Atomic axes whose size is known in this function. */
  readonly extents: Map<string, AxisExtent>
  /** Those whose size is a number in the source. */
  readonly pinned: ReadonlyMap<string, Rational>
  /** Where an axis made by this entry comes from: the value it was made of. */
  readonly made: Map<string, { readonly from: string; readonly span: Span }>
  /** Axes whose entries fill the first places of a row only, with the masks that say which: rows of different length. */
  readonly ragged: Map<string, ValueId[]>
  /** Values that need not be computed twice, by what computes them. */
  readonly numbering: Map<string, ValueId>
  readonly vars: Map<string, Variable>
  /** What the axis parameters of the function under expansion stand for. */
  readonly axisArgs: ReadonlyMap<string, readonly string[]>
  readonly fns: FnTable
  /** Policy parameters, where they are visible. */
  readonly capture: (name: string) => Elab | null
  /** Functions of the user that are being expanded, outermost first. */
  readonly frames: readonly { readonly decl: FnDecl; readonly call: Span }[]
  readonly instances: Instances
  /** The innermost loop around. */
  readonly loop: Span | null
  /** Expressions elaborated so far in this entry, calls expanded; and how deep they nest at present. */
  readonly load: { work: number; depth: number }
  readonly observe: Observe | null
}

/**
 * Told what an expression, or a name where it gets its value, turned out to be; ids belong to the builder of the scope.
 * A place is seen once for every variant, call and trial that elaborates it.
 */
export type Observe = (span: Span, value: Elab, scope: Scope) => void

/** Elaborates one expression. Passed to the modules of the parts, so that they do not import each other in a circle. */
export type Elaborate = (scope: Scope, expr: Expr) => Elab

export const errorAt = (span: Span): ErrorElab => ({ kind: 'error', span })

export function report<C extends DiagnosticCode>(
  scope: Scope,
  code: C,
  span: Span,
  params: DiagnosticParams<C>,
  options: ReportOptions = {},
): ErrorElab {
  const calls = scope.frames.map(({ decl, call }) => ({ span: call, message: `in this call of \`${decl.name.text}\`` }))
  scope.sink.report(code, span, params, { ...options, related: [...(options.related ?? []), ...calls.slice(-3)] })
  return errorAt(span)
}

export const text = (scope: Scope, value: Elab): string => describe(value, scope.axes.names)

export const axisList = (names: readonly string[]): string =>
  names.length === 0 ? 'no axes' : names.map((name) => `\`${name}\``).join(', ')

/** The axes of a set of atoms as a person wrote them: `head`, or `kv`, `group`. */
export const shownAxes = (scope: Scope, atoms: readonly string[]): string => axisList(scope.axes.names(atoms))

const NUMBERED = new Set(['literal', 'size', 'budget', 'index', 'position', 'kept_indices'])

/**
 * Appends a node, or finds the equal one for host scalars and positions. Null, with a diagnostic at the operand to blame
 * (`blame` runs parallel to the operands), when the type rule refuses.
 */
export function emit(
  scope: Scope,
  span: Span,
  op: string,
  operands: readonly ValueId[],
  attrs: Attrs = {},
  blame: readonly Elab[] = [],
): ValueId | null {
  const allScalars = operands.every((id) => id >= 0 && scope.builder.typeOf(id).kind === 'scalar')
  const key = allScalars || NUMBERED.has(op) ? JSON.stringify([op, operands, attrs]) : null
  const known = key === null ? undefined : scope.numbering.get(key)
  if (known !== undefined) return known
  const id = emitAll(scope, span, op, operands, attrs, blame)?.[0] ?? null
  if (key !== null && id !== null) scope.numbering.set(key, id)
  return id
}

/** All results of a node that is appended. */
export function emitAll(
  scope: Scope,
  span: Span,
  op: string,
  operands: readonly ValueId[],
  attrs: Attrs = {},
  blame: readonly Elab[] = [],
): readonly ValueId[] | null {
  scope.builder.at(span)
  try {
    return scope.builder.emitAll(op, operands, attrs)
  } catch (error) {
    if (!(error instanceof TypeRuleError)) throw error
    const culprit = error.operand === null ? undefined : blame[error.operand]
    const problem = error.message.slice(op.length + 2)
    report(
      scope,
      'ESP1204',
      culprit?.span ?? span,
      { problem },
      { related: culprit === undefined ? [] : [{ span, message: 'needed here' }] },
    )
    return null
  }
}
