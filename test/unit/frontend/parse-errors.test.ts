/** Mistakes: what is said about each, where it points, how many are found in one file, and what still parses around them. */
import { describe, expect, test } from 'vitest'
import { syntax } from '../../../compiler/diagnostics/catalogue/syntax.ts'
import type { PolicyDecl } from '../../../compiler/frontend/ast.ts'
import { codes, inEntry, messages, parse, under } from './parsed.ts'

/** The only diagnostic of a text, as code, message and the text it points at. */
function only(text: string): { code: string; message: string; at: string; help: string | null } {
  const { diagnostics } = parse(text)
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toHaveLength(1)
  const [{ code, message, span, help }] = diagnostics as [(typeof diagnostics)[number]]
  return { code, message, at: under(text, span), help }
}

describe('what was expected', () => {
  test.each([
    ['m = keep 2 lane by s', 'expected `of` after `2`, but found `lane`', 'lane'],
    ['m = keep 2 of lane s = 3', 'expected `:` or `by` after `lane`, but found `s`', 's'],
    ['m = keep 2 of lane by', 'expected an expression after `by`, but found `}`', '}'],
    ['m = keep of lane by s', 'expected an expression after `keep`, but found `of`', 'of'],
    ['x = a *\n y = b', 'expected an expression after `*`, but found `y`', 'y'],
    ['x = a b', 'expected an operator or the next statement after `a`, but found `b`', 'b'],
    ['x = f(a b)', 'expected `,` or `)` after `a`, but found `b`', 'b'],
    ['x = if a then b', 'expected `else` after `b`, but found `}`', '}'],
    ['x = if a else b', 'expected `then` after `a`, but found `else`', 'else'],
    ['x = pack K by m as', 'expected a name or `compact` after `as`, but found `}`', '}'],
    ['x = K[a -> ]', 'expected a name after `->`, but found `]`', ']'],
    ['x 3', 'expected `=`, `[` or `:=` after `x`, but found `3`', '3'],
    ['return a: , b', 'expected an expression after `:`, but found `,`', ','],
    ['m = keep 2 of lane by s ties some', 'expected `first` or `all` after `ties`, but found `some`', 'some'],
    ['m = keep 2 of lane by s at most 3', 'expected `least` after `at`, but found `most`', 'most'],
  ])('%s', (body, message, at) => {
    expect(only(inEntry(body))).toMatchObject({ code: 'ESP0101', message, at })
  })

  test.each([
    ['policy p(k: ratio = ) { }', 'expected an expression after `=`, but found `)`', ')'],
    ['policy p(k ratio) { }', 'expected `:` after `k`, but found `ratio`', 'ratio'],
    ['policy p(k: ratio', 'this `(` has no `)`', '('],
    ['policy 3 { }', 'expected a name after `policy`, but found `3`', '3'],
    ['policy p { state x f32[in] = 0 }', 'expected `,` or `:` after `x`, but found `f32`', 'f32'],
    ['policy p { state x: f32[in] }', 'expected `=` after `]`, but found `}`', '}'],
    ['policy p { axes head }', 'expected `=` or `(` after `head`, but found `}`', '}'],
    ['policy p { entry e(K: f16[t] }', 'this `(` has no `)`', '('],
    ['policy p { entry e(K f16[t]) { } }', 'expected `,` or `:` after `K`, but found `f16`', 'f16'],
    ['use', 'expected a name or a text in quotes after `use`, but the file ends', ''],
    ['fn f(x)', 'expected `=` or `{` after `)`, but the file ends', ''],
    ['fn f(x) { s = x }', 'expected `return` after `x`, but found `}`', '}'],
    ['test "t" { set a 3 }', 'expected `=` after `a`, but found `3`', '3'],
    ['test "t" { expect c = [[1, x]] }', 'expected a number or `]` after `,`, but found `x`', 'x'],
    ['test t { }', 'expected a text in quotes after `test`, but found `t`', 't'],
  ])('%s', (text, message, at) => {
    expect(only(text)).toMatchObject({ message, at })
  })
})

describe('slips', () => {
  test.each([
    ['polcy p { }', 'polcy', 'policy'],
    ['function f(x) = x', 'function', 'fn'],
    ['import std.math', 'import', 'use'],
    ['policy p { axis head = kv * group }', 'axis', 'axes'],
    ['policy p { statee s: f32 = 0 }', 'statee', 'state'],
    ['policy p { state s: f32 = 0 entyr e() { return x: 1 } }', 'entyr', 'entry'],
    [inEntry('a = K\n retrun a'), 'retrun', 'return'],
    [inEntry('m = kep 2 of lane by s'), 'kep', 'keep'],
    [inEntry('m = keep 2 of lane bye s'), 'bye', 'by'],
    [inEntry('m = keep 2 of lane by s wihtin m'), 'wihtin', 'within'],
    [inEntry('m = K wher m'), 'wher', 'where'],
    [inEntry('m = pack K by m is indices'), 'is', 'as'],
    ['test "t" fro p { }', 'fro', 'for'],
  ])('%s', (text, found, meant) => {
    expect(only(text)).toMatchObject({ code: 'ESP0102', at: found, help: `Write \`${meant}\`.` })
  })

  test('a corrected keyword lets the rest be read', () => {
    const { file, diagnostics } = parse('polcy p { statee s: f32 = 0\n entry e() { retrun s } }')
    expect(diagnostics.map(({ code }) => code)).toEqual(['ESP0102', 'ESP0102', 'ESP0102'])
    expect((file.declarations[0] as PolicyDecl).items.map(({ kind }) => kind)).toEqual(['state', 'entry'])
  })

  test('names that resemble keywords are left alone', () => {
    expect(
      codes('policy polcy(entri: ratio = 1) { state stat, axis: f32 = 0\nentry polici(K: f16[fro]) { retur = K return retur } }'),
    ).toEqual([])
    expect(codes('test "t" { set stat = 3 expect stat = 3 entri(policies = 3) }')).toEqual([])
  })

  test('a keyword as a name', () => {
    expect(only('policy p { state keep: f32 = 0 }')).toMatchObject({ code: 'ESP0106', at: 'keep' })
    expect(only(inEntry('of = 3'))).toMatchObject({ code: 'ESP0106', at: 'of' })
    expect(only('policy within { }')).toMatchObject({ code: 'ESP0106', at: 'within' })
  })

  test('= for ==', () => {
    expect(only(inEntry('x = if a = b then c else d'))).toMatchObject({ code: 'ESP0116', at: '=' })
    expect(only(inEntry('x = f(a = 1)'))).toMatchObject({ code: 'ESP0116', at: '=' })
  })

  test.each([
    ['x = a && b', '&&'],
    ['x = a || b', '||'],
    ['x = a ** b', '**'],
    ['x = !a', '!'],
    ['x = a <> b', '<>'],
    ['x = a \u2212 b', '\u2212'],
    ['x = a ? b : c', '?'],
    ['# comment', '#'],
  ])('another language: %s', (body, at) => {
    expect(only(inEntry(body))).toMatchObject({ code: 'ESP0117', at })
  })

  test.each(['.5', '5.', '1.2.3', '12abc', '0x10', '1e', '1e999999999', `1${'0'.repeat(2000)}`])('not a number: %s', (text) => {
    expect(only(inEntry(`x = ${text} * a`))).toMatchObject({ code: 'ESP0118', at: text })
  })
})

describe('brackets', () => {
  test('an opening bracket without its counterpart, and where that was noticed', () => {
    const text = inEntry('q = sum[t(x)')
    const [diagnostic, ...more] = parse(text).diagnostics
    expect(more).toEqual([])
    expect(diagnostic).toMatchObject({ code: 'ESP0107', message: 'this `[` has no `]`' })
    expect(under(text, diagnostic?.related[0]?.span ?? null)).toBe('}')
  })

  test('an entry that is not closed does not swallow the next', () => {
    const { file, diagnostics } = parse('policy p {\n entry a() { return x: 1\n entry b() { return x: 1 }\n}')
    expect(diagnostics.map(({ code }) => code)).toEqual(['ESP0107'])
    expect((file.declarations[0] as PolicyDecl).items.map((item) => item.kind === 'entry' && item.name.text)).toEqual(['a', 'b'])
  })

  test('a policy that is not closed does not swallow the next', () => {
    const { file, diagnostics } = parse('policy p { state s: f32 = 0\npolicy q { }')
    expect(diagnostics.map(({ code }) => code)).toEqual(['ESP0107'])
    expect(file.declarations).toHaveLength(2)
  })

  test('a brace too many: the items after it are read, and the place is shown', () => {
    const text = 'policy p {\n entry a() { return x: 1 }}\n state s: f32 = 0\n entry b() { return x: 1 }\n}\nuse std.m'
    const { file, diagnostics } = parse(text)
    expect(diagnostics.map(({ code }) => code)).toEqual(['ESP0105'])
    expect(diagnostics[0]?.related[0]?.span.start).toBe(text.indexOf('}}') + 1)
    expect(file.declarations.map(({ kind }) => kind)).toEqual(['policy', 'use'])
    expect((file.declarations[0] as PolicyDecl).items).toHaveLength(3)
  })

  test('brackets that close nothing', () => {
    expect(only(inEntry('x = f(a))'))).toMatchObject({ code: 'ESP0108', at: ')' })
    expect(only('policy p { } }')).toMatchObject({ code: 'ESP0108', at: '}' })
    expect(only(inEntry('x = f(a]'))).toMatchObject({ code: 'ESP0108', at: ']' })
  })

  test('braces in texts and comments do not count', () => {
    expect(codes('policy p { // }\n state s: f32 = 0\n}\ntest "}{" { }')).toEqual([])
  })
})

describe('places', () => {
  test('items outside of a policy are one mistake, and are read', () => {
    expect(codes('axes a = b * c\nstate s: f32 = \nentry e() { return 1 }')).toEqual(['ESP0105', 'ESP0101'])
  })

  test('use inside a policy', () => {
    expect(only('policy p { use std.m\n state s: f32 = 0 }')).toMatchObject({ code: 'ESP0105', at: 'use' })
  })

  test('text that begins nothing', () => {
    expect(only('x = 3\nuse std.m')).toMatchObject({ code: 'ESP0103', at: 'x' })
    expect(only('policy p { x = 3\n state s: f32 = 0 }')).toMatchObject({ code: 'ESP0104', at: 'x' })
    expect(only('keep { a { b } entry c }')).toMatchObject({ code: 'ESP0103', at: 'keep' })
  })
})

describe('what the grammar accepts and the language does not', () => {
  test('comparisons in a chain', () => {
    expect(only(inEntry('x = a < b <= c'))).toMatchObject({
      code: 'ESP0111',
      at: 'a < b <= c',
      help: 'Write `a < b and b <= c`.',
    })
  })

  test('a modifier given twice', () => {
    const text = inEntry('m = keep 1 of t by s within a round up within b')
    const [diagnostic] = parse(text).diagnostics
    expect(diagnostic).toMatchObject({ code: 'ESP0112' })
    expect(under(text, diagnostic?.span ?? null)).toBe('within b')
    expect(under(text, diagnostic?.related[0]?.span ?? null)).toBe('within a')
  })

  test('two else in one reduction', () => {
    expect(only(inEntry('m = q[t](a else 0, b else 1)'))).toMatchObject({ code: 'ESP0121', at: '1' })
  })

  test('a type of parameter that is none', () => {
    expect(only('policy p(k: ratoi = 1) { }')).toMatchObject({ code: 'ESP0120', at: 'ratoi', help: 'Did you mean `ratio`?' })
    expect(only('policy p(k: tensor) { }')).toMatchObject({ code: 'ESP0120', at: 'tensor' })
  })
})

describe('several mistakes', () => {
  test('ten mistakes give ten diagnostics, and the rest parses', () => {
    const { file, diagnostics } = parse(`use std.
policy p(k: ratio = ) {
  axes head = kv *
  state x f32[in] = 0
  state fine: f32 = 0
  fn f(x) = x +
  entry e(K: f16[kv, channel]) {
    s = abs(K) *
    t = keep 2 lane by s
    ok = s + t
    u = s && t
    return out: u v
  }
  entry fine(K: f16[kv]) { return K }
}
test "t" { set a 3 }
policy q { }
`)
    expect(diagnostics.map(({ code }) => code)).toEqual([...Array<string>(7).fill('ESP0101'), 'ESP0117', 'ESP0101', 'ESP0101'])
    expect(diagnostics).toHaveLength(10)
    expect(file.declarations.map(({ kind }) => kind)).toEqual(['policy'])
  })

  test('a broken item is left out, a broken entry keeps what parsed, the others stay', () => {
    const { file } = parse('policy p {\n state a: f32 = \n state b: f32 = 0\n entry e() { x = }\n entry f() { return x: 1 }\n}')
    const [policy] = file.declarations as [PolicyDecl]
    expect(policy.items.map(({ kind }) => kind)).toEqual(['state', 'entry', 'entry'])
  })

  test('a text without closing quote costs its line', () => {
    expect(codes('use "./a\nuse std.m\ntest "t { }\npolicy p { x }')).toEqual(['ESP0109', 'ESP0109', 'ESP0104'])
  })
})

describe('examples of the catalogue', () => {
  test.each(Object.entries(syntax))('%s', (code, row) => {
    if (row.example.kind !== 'policy') throw new Error('syntax is shown by policies')
    expect([...new Set(codes(row.example.wrong))]).toEqual([code])
    expect(codes(row.example.right)).toEqual([])
    expect(messages(row.example.wrong).every((message) => message.length < 200)).toBe(true)
  })
})
