/** Actions of the grammar for declarations, items of policies, their types, and statements. */
import { nearMiss } from '../../../abi/near-miss.ts'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Span } from '../../diagnostics/span.ts'
import type {
  AxisDef,
  AxisFactor,
  EntryDecl,
  Expr,
  FnDecl,
  FormatExpr,
  IndexType,
  InputDecl,
  LetStmt,
  Name,
  OutputExpr,
  ParamDecl,
  ParamType,
  ReturnStmt,
  StateDecl,
  Stmt,
  TypeExpr,
  UpdateStmt,
  UseDecl,
} from '../ast.ts'
import { SCALAR_TYPES } from '../keywords.ts'
import type { Slice } from './expressions.ts'
import type { Actions } from './reader.ts'

/** What a policy's head declares; the outline supplies the items. */
export interface PolicyHead {
  readonly doc: string | null
  readonly name: Name
  readonly params: readonly ParamDecl[]
}

type FnBody = Pick<FnDecl, 'lets' | 'result'>
type EntryHead = Pick<EntryDecl, 'doc' | 'name' | 'inputs'>
type ScalarName = (typeof SCALAR_TYPES)[number]

const unquoted = (name: Name): Name => ({ ...name, text: name.text.slice(1, -1) })

/** One alternative alone is a misspelt type: nothing could ever be chosen. It is read as the type that was probably meant. */
function choiceType(choices: readonly Name[], span: Span, sink: DiagnosticSink): ParamType {
  const [only, second] = choices
  if (only === undefined || second !== undefined) return { kind: 'choice', choices, span }
  const meant = nearMiss(only.text, SCALAR_TYPES)
  sink.report('ESP0120', only.span, { found: only.text, meant })
  return { kind: 'scalar', scalar: SCALAR_TYPES.find((type) => type === meant) ?? 'real', span }
}

export const declarationActions: Actions<
  | 'Use'
  | 'Path'
  | 'FileName'
  | 'PolicyHead'
  | 'PolicyParams'
  | 'Param'
  | 'Default'
  | 'Scalar'
  | 'Choice'
  | 'Axes'
  | 'FactoredAxis'
  | 'PinnedAxis'
  | 'PlainAxis'
  | 'State'
  | 'Entry'
  | 'EntryHead'
  | 'InputGroup'
  | 'ScalarInput'
  | 'IndexInput'
  | 'ChoiceInput'
  | 'TensorType'
  | 'FormatPrefix'
  | 'PackedOver'
  | 'Format'
  | 'FormatArgs'
  | 'AxisNames'
  | 'Names'
  | 'Fn'
  | 'FnParams'
  | 'FnValue'
  | 'FnBlock'
> = {
  Use: (r, whole, _use, target): UseDecl => ({
    kind: 'use',
    ...r.read<Pick<UseDecl, 'path' | 'file'>>(target),
    span: r.span(whole),
  }),
  Path: (r, _whole, first, _dots, rest): Pick<UseDecl, 'path' | 'file'> => ({ path: r.names(first, rest), file: null }),
  FileName: (r, _whole, text): Pick<UseDecl, 'path' | 'file'> => ({ path: [], file: unquoted(r.name(text)) }),

  PolicyHead: (r, whole, _policy, name, params, _brace): PolicyHead => ({
    doc: r.doc(whole),
    name: r.name(name),
    params: r.optional<ParamDecl[]>(params) ?? [],
  }),
  PolicyParams: (r, _whole, _open, first, _commas, rest, _comma, _close): ParamDecl[] => r.list<ParamDecl>(first, rest),
  Param: (r, whole, name, _colon, type, initial): ParamDecl => ({
    kind: 'param',
    doc: r.doc(whole),
    name: r.name(name),
    type: r.read<ParamType>(type),
    default: r.optional<Expr>(initial),
    span: r.span(whole),
  }),
  Default: (r, _whole, _equals, value): Expr => r.expr(value),
  Scalar: (r, whole, word): ParamType => ({ kind: 'scalar', scalar: r.written(word) as ScalarName, span: r.span(whole) }),
  Choice: (r, whole, first, _bars, rest): ParamType => choiceType(r.names(first, rest), r.span(whole), r.sink),

  Axes: (r, whole, _axes, first, _commas, rest) => ({
    kind: 'axes',
    definitions: r.list<AxisDef | AxisFactor>(first, rest).map((axis) => ({ factors: [], ...axis })),
    span: r.span(whole),
  }),
  FactoredAxis: (r, whole, name, _equals, first, _times, rest): AxisDef => ({
    name: r.name(name),
    pinned: null,
    factors: r.list<AxisFactor>(first, rest),
    span: r.span(whole),
  }),
  PinnedAxis: (r, whole, name, _open, size, _close): AxisFactor => ({
    name: r.name(name),
    pinned: r.expr(size),
    span: r.span(whole),
  }),
  PlainAxis: (r, whole, name): AxisFactor => ({ name: r.name(name), pinned: null, span: r.span(whole) }),

  State: (r, whole, _state, names, _colon, type, _equals, initial): StateDecl => ({
    kind: 'state',
    doc: r.doc(whole),
    names: r.read<Name[]>(names),
    type: r.read<TypeExpr>(type),
    initial: r.expr(initial),
    span: r.span(whole),
  }),
  Entry: (r, whole, head, body, _brace): EntryDecl => ({
    kind: 'entry',
    ...r.read<EntryHead>(head),
    body: r.list<Stmt>(body),
    span: r.span(whole),
  }),
  EntryHead: (r, whole, _entry, name, _open, first, _commas, rest, _comma, _close, _brace): EntryHead => ({
    doc: r.doc(whole),
    name: r.name(name),
    inputs: r.list<InputDecl[]>(first, rest).flat(),
  }),
  InputGroup: (r, _whole, names, _colon, type): InputDecl[] => {
    const shared = r.read<InputDecl['type']>(type)
    return r.read<Name[]>(names).map((name) => ({ kind: 'input', name, type: shared, span: name.span }))
  },
  ScalarInput: (r, whole, word): ParamType => ({ kind: 'scalar', scalar: r.written(word) as ScalarName, span: r.span(whole) }),
  IndexInput: (r, whole, _index, _of, axis): IndexType => ({ kind: 'index', axis: r.name(axis), span: r.span(whole) }),
  ChoiceInput: (r, whole, first, _bars, rest): ParamType => ({
    kind: 'choice',
    choices: r.names(first, rest),
    span: r.span(whole),
  }),

  TensorType: (r, whole, format, dtype, axes): TypeExpr => ({
    kind: 'tensor',
    format: r.optional<FormatExpr>(format),
    dtype: r.name(dtype),
    axes: r.optional<Name[]>(axes) ?? [],
    span: r.span(whole),
  }),
  FormatPrefix: (r, _whole, format, over, _name): FormatExpr => ({
    ...r.read<FormatExpr>(format),
    over: r.optional<Name[]>(over),
  }),
  PackedOver: (r, _whole, _over, axes): Name[] => r.read<Name[]>(axes),
  Format: (r, whole, name, args): FormatExpr => ({
    kind: 'format',
    name: r.name(name),
    args: r.optional<Expr[]>(args) ?? [],
    over: null,
    span: r.span(whole),
  }),
  FormatArgs: (r, _whole, _open, args, _close): Expr[] => r.read<Expr[]>(args),
  AxisNames: (r, _whole, _open, names, _close): Name[] => r.read<Name[]>(names),
  Names: (r, _whole, first, _commas, rest): Name[] => r.names(first, rest),

  Fn: (r, whole, _fn, name, axes, params, body): FnDecl => ({
    kind: 'fn',
    doc: r.doc(whole),
    name: r.name(name),
    axes: r.optional<Name[]>(axes) ?? [],
    params: r.read<Name[]>(params),
    ...r.read<FnBody>(body),
    span: r.span(whole),
  }),
  FnParams: (r, _whole, _open, names, _comma, _close): Name[] => r.optional<Name[]>(names) ?? [],
  FnValue: (r, _whole, _equals, value): FnBody => ({ lets: [], result: r.expr(value) }),
  FnBlock: (r, _whole, _open, lets, _return, value, _close): FnBody => ({ lets: r.list<LetStmt>(lets), result: r.expr(value) }),
}

export const statementActions: Actions<'Let' | 'Update' | 'Return' | 'NamedOutput' | 'PlainOutput'> = {
  Let: (r, whole, name, _equals, value): LetStmt => ({
    kind: 'let',
    name: r.name(name),
    value: r.expr(value),
    span: r.span(whole),
  }),
  Update: (r, whole, name, slice, _becomes, value): UpdateStmt => ({
    kind: 'update',
    name: r.name(name),
    at: r.optional<Slice>(slice)?.at ?? [],
    value: r.expr(value),
    span: r.span(whole),
  }),
  Return: (r, whole, _return, first, _commas, rest): ReturnStmt => ({
    kind: 'return',
    outputs: r.list<OutputExpr>(first, rest),
    span: r.span(whole),
  }),
  NamedOutput: (r, whole, name, _colon, value): OutputExpr => ({
    name: r.name(name),
    value: r.expr(value),
    span: r.span(whole),
  }),
  PlainOutput: (r, whole, value): OutputExpr => ({ name: null, value: r.expr(value), span: r.span(whole) }),
}
