/** Actions of the grammar for `test` blocks and the literal tensors in them. */
import type { Expr, ListExpr, Name, TestArg, TestDecl, TestStep, UnaryExpr } from '../ast.ts'
import type { Actions } from './reader.ts'

type TestHead = Pick<TestDecl, 'title' | 'policy'>

export const testActions: Actions<
  | 'Test'
  | 'TestHead'
  | 'TestFor'
  | 'Set'
  | 'Size'
  | 'Expect'
  | 'ExpectError'
  | 'ExpectValue'
  | 'TestCall'
  | 'TypedArg'
  | 'PlainArg'
  | 'List'
  | 'Signed'
  | 'Infinite'
> = {
  Test: (r, whole, head, steps, _brace): TestDecl => ({
    kind: 'test',
    ...r.read<TestHead>(head),
    steps: r.list<TestStep>(steps),
    span: r.span(whole),
  }),
  TestHead: (r, _whole, _test, title, policy, _brace): TestHead => {
    const quoted = r.name(title)
    return { title: { ...quoted, text: quoted.text.slice(1, -1) }, policy: r.optional<Name>(policy) }
  },
  TestFor: (r, _whole, _for, name): Name => r.name(name),
  Set: (r, whole, _set, name, _equals, value): TestStep => ({
    kind: 'set',
    name: r.name(name),
    value: r.expr(value),
    span: r.span(whole),
  }),
  Size: (r, whole, _size, axis, _equals, value): TestStep => ({
    kind: 'size',
    axis: r.name(axis),
    value: r.expr(value),
    span: r.span(whole),
  }),
  Expect: (r, whole, _expect, expectation): TestStep => ({ ...r.read<TestStep>(expectation), span: r.span(whole) }),
  ExpectError: (r, whole, _error, code): TestStep => ({ kind: 'expect-error', code: r.name(code), span: r.span(whole) }),
  ExpectValue: (r, whole, name, _equals, value): TestStep => ({
    kind: 'expect',
    name: r.name(name),
    value: r.expr(value),
    span: r.span(whole),
  }),
  TestCall: (r, whole, entry, _open, first, _commas, rest, _comma, _close): TestStep => ({
    kind: 'call',
    entry: r.name(entry),
    args: r.list<TestArg>(first, rest),
    span: r.span(whole),
  }),
  TypedArg: (r, whole, name, _equals, dtype, value): TestArg => ({
    name: r.name(name),
    dtype: r.name(dtype),
    value: r.expr(value),
    span: r.span(whole),
  }),
  PlainArg: (r, whole, name, _equals, value): TestArg => ({
    name: r.name(name),
    dtype: null,
    value: r.expr(value),
    span: r.span(whole),
  }),
  List: (r, whole, _open, first, _commas, rest, _comma, _close): ListExpr => ({
    kind: 'list',
    items: r.list<Expr>(first, rest),
    span: r.span(whole),
  }),
  Signed: (r, whole, _minus, value): UnaryExpr => ({ kind: 'unary', op: '-', operand: r.expr(value), span: r.span(whole) }),
  Infinite: (r, whole, word): Expr => ({ kind: 'name', name: r.written(word), span: r.span(whole) }),
}
