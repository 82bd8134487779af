/** Actions of the grammar for what is repeated: `iterate n times` and `for position in axis`, with what is carried from step to step. */
import type { Carried, Expr, FoldExpr, IterateExpr, LetStmt, Name } from '../ast.ts'
import type { Actions } from './reader.ts'

type Loop = Pick<IterateExpr, 'carried' | 'lets' | 'next'>

export const loopActions: Actions<'Iterate' | 'StepName' | 'Fold' | 'Loop' | 'Carried'> = {
  Iterate: (r, whole, _iterate, times, _times, step, loop): IterateExpr => ({
    kind: 'iterate',
    times: r.expr(times),
    step: r.optional<Name>(step),
    ...r.read<Loop>(loop),
    span: r.span(whole),
  }),
  StepName: (r, _whole, _as, name): Name => r.name(name),
  Fold: (r, whole, _for, position, _in, axis, loop): FoldExpr => ({
    kind: 'fold',
    position: r.name(position),
    axis: r.name(axis),
    ...r.read<Loop>(loop),
    span: r.span(whole),
  }),
  Loop: (
    r,
    _whole,
    _with,
    _open,
    first,
    _commas,
    rest,
    _comma,
    _close,
    _brace,
    lets,
    _next,
    value,
    _more,
    values,
    _end,
  ): Loop => ({
    carried: r.list<Carried>(first, rest),
    lets: r.list<LetStmt>(lets),
    next: r.list<Carried>(value, values),
  }),
  Carried: (r, _whole, name, _equals, value): Carried => ({ name: r.name(name), value: r.read<Expr>(value) }),
}
