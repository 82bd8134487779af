/** Every declaration, item, type, statement and test step: the tree it gives, documentation and comments, spans. */
import { describe, expect, test } from 'vitest'
import type { EntryDecl, PolicyDecl, StateDecl, TestDecl } from '../../../compiler/frontend/ast.ts'
import { bare, onlyDeclaration, parsed, policyOf, statements, under } from './parsed.ts'

const word = (text: string) => ({ text })
const name = (text: string) => ({ kind: 'name', name: text })
const number = (text: string, percent = false) => ({ kind: 'number', text, percent })
const tensor = (dtype: string, axes: readonly string[] = [], format: unknown = null) => ({
  kind: 'tensor',
  format,
  dtype: word(dtype),
  axes: axes.map(word),
})

describe('top level', () => {
  test('use', () => {
    expect(bare(parsed('use std.math\nuse "./shared.prune"').declarations)).toEqual([
      { kind: 'use', path: [word('std'), word('math')], file: null },
      { kind: 'use', path: [], file: word('./shared.prune') },
    ])
  })

  test('fn with an expression and with statements', () => {
    expect(bare(onlyDeclaration('fn softplus(x) = log(1 + x)'))).toMatchObject({
      kind: 'fn',
      doc: null,
      name: word('softplus'),
      axes: [],
      params: [word('x')],
      lets: [],
      result: { kind: 'call' },
    })
    expect(bare(onlyDeclaration('fn a[t, c](q, k,) { s = q * k  return softmax[t](s) }'))).toMatchObject({
      axes: [word('t'), word('c')],
      params: [word('q'), word('k')],
      lets: [{ kind: 'let', name: word('s'), value: { kind: 'binary' } }],
      result: { kind: 'axis-call' },
    })
    expect(bare(onlyDeclaration('fn one() = 1'))).toMatchObject({ params: [] })
  })

  test('an empty policy, and an empty file', () => {
    expect(bare(onlyDeclaration('policy p { }'))).toEqual({ kind: 'policy', doc: null, name: word('p'), params: [], items: [] })
    expect(bare(parsed('  // nothing\n').declarations)).toEqual([])
    expect(bare(parsed('\uFEFFpolicy p() {}').declarations)).toHaveLength(1)
  })

  test('parameters of all types', () => {
    const { params } = onlyDeclaration(`policy p(k: ratio = 70%, window: count = 32, scale: real = 1, step: int,
      rule: exact | reference = exact, causal: bool = true,) { }`) as PolicyDecl
    const scalar = (type: string) => ({ kind: 'scalar', scalar: type })
    expect(bare(params)).toEqual([
      { kind: 'param', doc: null, name: word('k'), type: scalar('ratio'), default: number('70', true) },
      { kind: 'param', doc: null, name: word('window'), type: scalar('count'), default: number('32') },
      { kind: 'param', doc: null, name: word('scale'), type: scalar('real'), default: number('1') },
      { kind: 'param', doc: null, name: word('step'), type: scalar('int'), default: null },
      {
        kind: 'param',
        doc: null,
        name: word('rule'),
        type: { kind: 'choice', choices: [word('exact'), word('reference')] },
        default: name('exact'),
      },
      { kind: 'param', doc: null, name: word('causal'), type: scalar('bool'), default: { kind: 'bool', value: true } },
    ])
  })
})

describe('items', () => {
  test('axes', () => {
    const { items } = policyOf('axes head = kv * group, in = quad * lane(4), token = page_index * slot(page), channel(64)')
    const factor = (text: string, pinned: unknown = null) => ({ name: word(text), pinned })
    expect(bare(items)).toEqual([
      {
        kind: 'axes',
        definitions: [
          { name: word('head'), pinned: null, factors: [factor('kv'), factor('group')] },
          { name: word('in'), pinned: null, factors: [factor('quad'), factor('lane', number('4'))] },
          { name: word('token'), pinned: null, factors: [factor('page_index'), factor('slot', name('page'))] },
          { name: word('channel'), pinned: number('64'), factors: [] },
        ],
      },
    ])
  })

  test('state', () => {
    expect(bare(policyOf('state power: f32[in] = 0\nstate a, b: f32[token] = 0 state on: bool = true').items)).toEqual([
      { kind: 'state', doc: null, names: [word('power')], type: tensor('f32', ['in']), initial: number('0') },
      { kind: 'state', doc: null, names: [word('a'), word('b')], type: tensor('f32', ['token']), initial: number('0') },
      { kind: 'state', doc: null, names: [word('on')], type: tensor('bool'), initial: { kind: 'bool', value: true } },
    ])
  })

  test('inputs of entries', () => {
    const [item] = policyOf(`entry e(K, V: f16[kv, token], W: float[out, in], P: bitmap(64) f16[kv, channel],
      N: nm(2, 4) f16[out, in], I: indices f32[t], step: int, keep_now: ratio, alive: bool[t], on: bool, how: a | b, l: index of kv) { }`).items
    const format = (text: string, ...args: string[]) => ({
      kind: 'format',
      name: word(text),
      args: args.map((arg) => number(arg)),
      over: null,
    })
    const input = (text: string, type: unknown) => ({ kind: 'input', name: word(text), type })
    expect(bare(item)).toEqual({
      kind: 'entry',
      doc: null,
      name: word('e'),
      inputs: [
        input('K', tensor('f16', ['kv', 'token'])),
        input('V', tensor('f16', ['kv', 'token'])),
        input('W', tensor('float', ['out', 'in'])),
        input('P', tensor('f16', ['kv', 'channel'], format('bitmap', '64'))),
        input('N', tensor('f16', ['out', 'in'], format('nm', '2', '4'))),
        input('I', tensor('f32', ['t'], format('indices'))),
        input('step', { kind: 'scalar', scalar: 'int' }),
        input('keep_now', { kind: 'scalar', scalar: 'ratio' }),
        input('alive', tensor('bool', ['t'])),
        input('on', { kind: 'scalar', scalar: 'bool' }),
        input('how', { kind: 'choice', choices: [word('a'), word('b')] }),
        input('l', { kind: 'index', axis: word('kv') }),
      ],
      body: [],
    })
    const [first, second] = (item as EntryDecl).inputs
    expect(first?.type).toBe(second?.type)
  })

  test('functions belong to policies too', () => {
    const { items } = policyOf('fn f(x) = x\nentry e() { return y: f(1) }\nfn g(x) { return x }\nstate s: f32 = 0')
    expect(items.map(({ kind }) => kind)).toEqual(['fn', 'entry', 'fn', 'state'])
  })
})

describe('statements', () => {
  test('let, update and return', () => {
    expect(bare(statements('a = K\npower := a return K: a, b, m: K'))).toEqual([
      { kind: 'let', name: word('a'), value: name('K') },
      { kind: 'update', name: word('power'), at: [], value: name('a') },
      {
        kind: 'return',
        outputs: [
          { name: word('K'), value: name('a') },
          { name: null, value: name('b') },
          { name: word('m'), value: name('K') },
        ],
      },
    ])
  })

  test('newlines mean nothing, and a statement ends where the next begins', () => {
    const spread = statements('a\n=\nkeep 1\nof t by\ns round\n=\n2\nat = round return\nat')
    expect(bare(spread)).toMatchObject([
      { kind: 'let', name: word('a'), value: { kind: 'select', round: 'down' } },
      { kind: 'let', name: word('round') },
      { kind: 'let', name: word('at'), value: name('round') },
      { kind: 'return' },
    ])
  })
})

describe('tests', () => {
  const text = `test "title, with: marks {" for p {
    set k = 50%  set rule = exact
    e(K = f16 [[1, -2], [nan, -inf],], L = [], step = 3, on = true, k = 1 - 10%)
    expect mask = [[0, 1]]   expect seen = 2
    expect error = 0  expect error ESP4102
  }`

  test('steps', () => {
    const list = (...items: unknown[]) => ({ kind: 'list', items })
    const minus = (operand: unknown) => ({ kind: 'unary', op: '-', operand })
    expect(bare(onlyDeclaration(text))).toEqual({
      kind: 'test',
      title: word('title, with: marks {'),
      policy: word('p'),
      steps: [
        { kind: 'set', name: word('k'), value: number('50', true) },
        { kind: 'set', name: word('rule'), value: name('exact') },
        {
          kind: 'call',
          entry: word('e'),
          args: [
            {
              name: word('K'),
              dtype: word('f16'),
              value: list(list(number('1'), minus(number('2'))), list(name('nan'), minus(name('inf')))),
            },
            { name: word('L'), dtype: null, value: list() },
            { name: word('step'), dtype: null, value: number('3') },
            { name: word('on'), dtype: null, value: { kind: 'bool', value: true } },
            { name: word('k'), dtype: null, value: { kind: 'binary', op: '-', left: number('1'), right: number('10', true) } },
          ],
        },
        { kind: 'expect', name: word('mask'), value: list(list(number('0'), number('1'))) },
        { kind: 'expect', name: word('seen'), value: number('2') },
        { kind: 'expect', name: word('error'), value: number('0') },
        { kind: 'expect-error', code: word('ESP4102') },
      ],
    })
  })

  test('a test may leave out its policy', () => {
    expect((onlyDeclaration('test "t" { }') as TestDecl).policy).toBeNull()
  })

  test('spans of title and code', () => {
    const { title, steps } = onlyDeclaration(text) as TestDecl
    expect(under(text, title.span)).toBe('"title, with: marks {"')
    const last = steps.at(-1)
    expect(last?.kind === 'expect-error' && under(text, last.code.span)).toBe('ESP4102')
    expect(under(text, last?.span ?? null)).toBe('expect error ESP4102')
  })
})

describe('documentation and comments', () => {
  const text = `// file
/// What p does.
///
///   Indented.
policy p( /// of k
  k: ratio, // plain
  /// of n, line 1
  /// line 2
  n: count) {
  /// power
  state power: f32 = 0
  /// apart

  /// from this
  entry e() { /// inside
    return x: 1 }
  //// not documentation
  /// of f
  fn f(x) = x
}
/// after everything`

  test('doc comments attach to what follows', () => {
    const policy = parsed(text).declarations[0] as PolicyDecl
    expect(policy.doc).toBe('What p does.\n\n  Indented.')
    expect(policy.params.map(({ doc }) => doc)).toEqual(['of k', 'of n, line 1\nline 2'])
    expect(policy.items.map((item) => (item.kind === 'axes' ? null : item.doc))).toEqual(['power', 'apart\n\nfrom this', 'of f'])
  })

  test('all comments are kept, in order, with their places', () => {
    const { comments } = parsed(text)
    expect(comments).toHaveLength(15)
    for (const comment of comments) expect(under(text, comment.span)).toBe(comment.text)
    expect(comments.filter(({ doc }) => doc)).toHaveLength(12)
    expect(comments.find(({ text: line }) => line.startsWith('////'))?.doc).toBe(false)
  })

  test('slashes in texts are no comments', () => {
    const { comments, declarations } = parsed('use "http://x" // real\nuse std.a')
    expect(comments.map(({ text: line }) => line)).toEqual(['// real'])
    expect(declarations).toHaveLength(2)
  })
})

describe('spans', () => {
  const text = `/// doc
policy p (k : ratio = 1) { // c
  axes head = kv * lane ( 4 )
  state a , b : f32 [ t ] = 0 // c
  entry e ( K, V : f16 [ t ] ) {
    x = K // c
    x := V
    return x , y : K // c
  } }
use std . math`

  test('cover what was written, without the space around it', () => {
    const { declarations, span } = parsed(text)
    const policy = declarations[0] as PolicyDecl
    const [axes, state, entry] = policy.items as [PolicyDecl['items'][number], StateDecl, EntryDecl]
    const covered = (node: { span: PolicyDecl['span'] } | undefined) => under(text, node?.span ?? null)
    expect(covered({ span })).toBe(text)
    expect(covered(policy)).toBe(text.slice(text.indexOf('policy'), text.indexOf('\nuse')))
    expect(covered(policy.params[0])).toBe('k : ratio = 1')
    expect(covered(policy.params[0]?.type)).toBe('ratio')
    expect(covered(axes)).toBe('axes head = kv * lane ( 4 )')
    expect(axes.kind === 'axes' && covered(axes.definitions[0]?.factors[1])).toBe('lane ( 4 )')
    expect(covered(state)).toBe('state a , b : f32 [ t ] = 0')
    expect(covered(state.names[1])).toBe('b')
    expect(covered(state.type)).toBe('f32 [ t ]')
    expect(covered(state.initial)).toBe('0')
    expect(covered(entry)).toBe(text.slice(text.indexOf('entry'), text.indexOf(' }\nuse')))
    expect(covered(entry.inputs[1])).toBe('V')
    expect(covered(entry.inputs[1]?.type)).toBe('f16 [ t ]')
    expect(entry.body.map(covered)).toEqual(['x = K', 'x := V', 'return x , y : K'])
    expect(entry.body[2]?.kind === 'return' && entry.body[2].outputs.map(covered)).toEqual(['x', 'y : K'])
    expect(covered(declarations[1])).toBe('use std . math')
  })
})
