/** Actions of the grammar for expressions, loosest operators first, up to the atoms; selections have a file of their own. */
import type { Node } from 'ohm-js'
import { joinSpans } from '../../diagnostics/span.ts'
import type {
  AxisCallExpr,
  AxisPosition,
  BinaryExpr,
  BoolExpr,
  CallExpr,
  CompareExpr,
  Expr,
  IfExpr,
  Name,
  NameExpr,
  NumberExpr,
  PartExpr,
  RenameExpr,
  SliceExpr,
  UnaryExpr,
  WhereExpr,
} from '../ast.ts'
import { leaves, type Actions, type Reader } from './reader.ts'

/** `a op b op c` as `(a op b) op c`. */
function leftChain(reader: Reader, first: Node, operators: Node, rest: Node): Expr {
  const marks = leaves(operators)
  return reader.list<Expr>(rest).reduce<Expr>((left, right, index) => {
    const mark = marks[index]
    const op = (mark === undefined ? '+' : reader.written(mark)) as BinaryExpr['op']
    return { kind: 'binary', op, left, right, span: joinSpans(left.span, right.span) }
  }, reader.expr(first))
}

/** `a < b`. `a < b < c` is reported and read as its first comparison, so that what follows is still checked. */
function comparison(reader: Reader, first: Node, operators: Node, rest: Node): Expr {
  const left = reader.expr(first)
  const [right, ...more] = reader.list<Expr>(rest)
  const [mark, second] = leaves(operators)
  if (right === undefined || mark === undefined) return left
  const last = more.at(-1)
  if (second !== undefined && last !== undefined) {
    const span = joinSpans(left.span, last.span)
    reader.sink.report('ESP0111', span, { first: reader.written(mark), second: reader.written(second) })
  }
  return { kind: 'compare', op: reader.written(mark) as CompareExpr['op'], left, right, span: joinSpans(left.span, right.span) }
}

interface AxisArgument {
  readonly value: Expr
  readonly otherwise: Expr | null
}

/** At most one argument may say what an empty domain gives. */
function fallback(reader: Reader, args: readonly AxisArgument[]): Expr | null {
  const [first, second] = args.flatMap(({ otherwise }) => (otherwise === null ? [] : [otherwise]))
  if (first !== undefined && second !== undefined) {
    const related = [{ span: first.span, message: 'the first `else` is here' }]
    reader.sink.report('ESP0121', second.span, {}, { related })
  }
  return first ?? null
}

type Suffix = (value: Expr) => Expr

/** Positions along axes: what a slice of a state is set by, and a suffix of an expression. */
export interface Slice {
  readonly at: readonly AxisPosition[]
  readonly of: Suffix
}

export const operatorActions: Actions<
  | 'If'
  | 'Where'
  | 'Or'
  | 'And'
  | 'Prefixed'
  | 'Not'
  | 'Compare'
  | 'Sum'
  | 'Product'
  | 'Negate'
  | 'Power'
  | 'Postfix'
  | 'Part'
  | 'Rename'
  | 'Renaming'
  | 'Slice'
  | 'At'
> = {
  If: (r, whole, _if, condition, _then, yes, _else, no): IfExpr => ({
    kind: 'if',
    condition: r.expr(condition),
    then: r.expr(yes),
    otherwise: r.expr(no),
    span: r.span(whole),
  }),
  Where: (r, _whole, first, _where, masks): Expr =>
    r
      .list<Expr>(masks)
      .reduce<Expr>(
        (value, mask): WhereExpr => ({ kind: 'where', value, mask, span: joinSpans(value.span, mask.span) }),
        r.expr(first),
      ),
  Or: (r, _whole, first, or, rest): Expr => leftChain(r, first, or, rest),
  And: (r, _whole, first, and, rest): Expr => leftChain(r, first, and, rest),
  Prefixed: (r, _whole, _prefix, form): Expr => r.expr(form),
  Not: (r, whole, _not, operand): UnaryExpr => ({ kind: 'unary', op: 'not', operand: r.expr(operand), span: r.span(whole) }),
  Compare: (r, _whole, first, operators, rest): Expr => comparison(r, first, operators, rest),
  Sum: (r, _whole, first, operators, rest): Expr => leftChain(r, first, operators, rest),
  Product: (r, _whole, first, operators, rest): Expr => leftChain(r, first, operators, rest),
  Negate: (r, whole, _minus, operand): UnaryExpr => ({ kind: 'unary', op: '-', operand: r.expr(operand), span: r.span(whole) }),
  Power: (r, _whole, base, power, exponent): Expr => leftChain(r, base, power, exponent),
  Postfix: (r, _whole, atom, suffixes): Expr =>
    r
      .list<Suffix | Slice>(suffixes)
      .reduce((value, suffix) => (typeof suffix === 'function' ? suffix(value) : suffix.of(value)), r.expr(atom)),
  Part: (r, whole, _dot, name): Suffix => {
    const part = r.name(name)
    const span = r.span(whole)
    return (value): PartExpr => ({ kind: 'part', value, part, span: joinSpans(value.span, span) })
  },
  Rename: (r, whole, _open, first, _commas, rest, _close): Suffix => {
    const renames = r.list<RenameExpr['renames'][number]>(first, rest)
    const span = r.span(whole)
    return (value): RenameExpr => ({ kind: 'rename', value, renames, span: joinSpans(value.span, span) })
  },
  Renaming: (r, _whole, from, _arrow, to): RenameExpr['renames'][number] => ({ from: r.name(from), to: r.name(to) }),
  Slice: (r, whole, _open, first, _commas, rest, _close): Slice => {
    const at = r.list<AxisPosition>(first, rest)
    const span = r.span(whole)
    return { at, of: (value): SliceExpr => ({ kind: 'slice', value, at, span: joinSpans(value.span, span) }) }
  },
  At: (r, _whole, axis, _equals, position): AxisPosition => ({ axis: r.name(axis), position: r.expr(position) }),
}

type CallAxes = Pick<AxisCallExpr, 'axes' | 'form' | 'into'>

export const atomActions: Actions<
  | 'AxisCall'
  | 'CallAxes'
  | 'JoinedAxes'
  | 'SegmentAxes'
  | 'AxisArgs'
  | 'AxisArg'
  | 'Otherwise'
  | 'Call'
  | 'Args'
  | 'Reference'
  | 'Paren'
  | 'Number'
  | 'Bool'
> = {
  AxisCall: (r, whole, callee, axes, _open, args, _close): AxisCallExpr => {
    const read = r.optional<AxisArgument[]>(args) ?? []
    return {
      kind: 'axis-call',
      callee: r.name(callee),
      ...r.read<CallAxes>(axes),
      args: read.map(({ value }) => value),
      otherwise: fallback(r, read),
      span: r.span(whole),
    }
  },
  CallAxes: (r, _whole, axes): CallAxes => {
    const read = r.read<CallAxes | Name[]>(axes)
    return 'form' in read ? read : { axes: read, form: 'axes', into: null }
  },
  JoinedAxes: (r, _whole, _open, first, _bars, rest, _close): CallAxes => ({
    axes: r.names(first, rest),
    form: 'joined',
    into: null,
  }),
  SegmentAxes: (r, _whole, _open, names, _arrow, into, _close): CallAxes => ({
    axes: r.read<Name[]>(names),
    form: 'segment',
    into: r.name(into),
  }),
  AxisArgs: (r, _whole, first, _commas, rest, _comma): AxisArgument[] => r.list<AxisArgument>(first, rest),
  AxisArg: (r, _whole, value, otherwise): AxisArgument => ({
    value: r.expr(value),
    otherwise: r.optional<Expr>(otherwise),
  }),
  Otherwise: (r, _whole, _else, value): Expr => r.expr(value),
  Call: (r, whole, callee, _open, args, _close): CallExpr => ({
    kind: 'call',
    callee: r.name(callee),
    args: r.optional<Expr[]>(args) ?? [],
    span: r.span(whole),
  }),
  Args: (r, _whole, first, _commas, rest, _comma): Expr[] => r.list<Expr>(first, rest),
  Reference: (r, whole, name): NameExpr => ({ kind: 'name', name: r.written(name), span: r.span(whole) }),
  // The parentheses belong to the node: a message about it underlines what the author wrote.
  Paren: (r, whole, _open, value, _close): Expr => ({ ...r.expr(value), span: r.span(whole) }),
  Number: (r, whole, literal): NumberExpr => {
    const text = r.written(literal)
    const percent = text.endsWith('%')
    return { kind: 'number', text: percent ? text.slice(0, -1) : text, percent, span: r.span(whole) }
  },
  Bool: (r, whole, word): BoolExpr => ({ kind: 'bool', value: r.written(word) === 'true', span: r.span(whole) }),
}
