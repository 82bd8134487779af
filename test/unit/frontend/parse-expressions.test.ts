/** Every form of expression: the tree it gives, precedence, and the text its span covers. */
import { describe, expect, test } from 'vitest'
import type { Expr, FoldExpr, FormatExpr, IterateExpr, Name, SelectExpr } from '../../../compiler/frontend/ast.ts'
import { bare, expr, parse, under } from './parsed.ts'

const name = (text: string) => ({ kind: 'name', name: text })
const number = (text: string, percent = false) => ({ kind: 'number', text, percent })
const word = (text: string) => ({ text })

const names = (axes: readonly Name[]): string => axes.map((axis) => axis.text).join(', ')
const measure = (e: { readonly measure: string }): string => (e.measure === 'count' ? '' : ` ${e.measure}`)
const unit = (e: Pick<SelectExpr, 'axes' | 'score' | 'costing'>): string =>
  `${names(e.axes)} by ${shape(e.score)}${e.costing === null ? '' : ` costing ${shape(e.costing)}`}`
const format = (e: FormatExpr | null): string => (e === null ? 'chosen' : `${e.name.text}(${e.args.map(shape).join(', ')})`)
const steps = (carried: IterateExpr['carried']): string =>
  carried.map((one) => `${one.name.text} = ${shape(one.value)}`).join(', ')
const loop = (e: IterateExpr | FoldExpr): string =>
  `with (${steps(e.carried)}) { ${e.lets.map((one) => `${one.name.text} = ${shape(one.value)} `).join('')}next ${steps(e.next)} }`

/** Fully parenthesised, to see precedence at a glance. */
function shape(e: Expr): string {
  switch (e.kind) {
    case 'binary':
    case 'compare':
      return `(${shape(e.left)} ${e.op} ${shape(e.right)})`
    case 'unary':
      return `(${e.op} ${shape(e.operand)})`
    case 'where':
      return `(${shape(e.value)} where ${shape(e.mask)})`
    case 'if':
      return `(if ${shape(e.condition)} then ${shape(e.then)} else ${shape(e.otherwise)})`
    case 'name':
      return e.name
    case 'number':
      return e.text + (e.percent ? '%' : '')
    case 'bool':
      return String(e.value)
    case 'call':
      return `${e.callee.text}(${e.args.map(shape).join(', ')})`
    case 'axis-call': {
      const otherwise = e.otherwise === null ? '' : ` else ${shape(e.otherwise)}`
      const into = e.into === null ? '' : ` -> ${e.into.text}`
      const axes = e.axes.map((axis) => axis.text).join(e.form === 'joined' ? ' | ' : ', ')
      return `${e.callee.text}[${axes}${into}](${e.args.map(shape).join(', ')}${otherwise})`
    }
    case 'rename':
      return `${shape(e.value)}[${e.renames.map(({ from, to }) => `${from.text} -> ${to.text}`).join(', ')}]`
    case 'slice':
      return `${shape(e.value)}[${e.at.map(({ axis, position }) => `${axis.text} = ${shape(position)}`).join(', ')}]`
    case 'part':
      return `${shape(e.value)}.${e.part.text}`
    case 'position':
      return `<${e.which} ${shape(e.amount)} of ${e.axis.text}>`
    case 'select':
      return `<${e.mode}${measure(e)} ${shape(e.amount)} of ${unit(e)}>`
    case 'joint':
      return `<${e.mode}${measure(e)} ${shape(e.amount)} of ${e.units.map((one) => `${one.name.text}: ${unit(one)}`).join(', ')}>`
    case 'merge': {
      const weight = e.weight === null ? '' : ` weighted ${shape(e.weight)}`
      return `<merge ${shape(e.value)} of ${names(e.axes)} into ${e.into.text} by ${shape(e.by)}${weight}>`
    }
    case 'iterate':
      return `<iterate ${shape(e.times)}${e.step === null ? '' : ` as ${e.step.text}`} ${loop(e)}>`
    case 'fold':
      return `<for ${e.position.text} in ${e.axis.text} ${loop(e)}>`
    case 'pack':
      return `<pack ${shape(e.value)} by ${shape(e.mask)} as ${format(e.format)}>`
    case 'compact':
      return `<compact ${shape(e.value)} by ${shape(e.mask)} as ${e.as.text}>`
    case 'unpack':
      return `<unpack ${shape(e.value)}>`
    case 'list':
      return `[${e.items.map(shape).join(', ')}]`
  }
}

describe('precedence', () => {
  test.each([
    ['a + b * c', '(a + (b * c))'],
    ['a - b - c', '((a - b) - c)'],
    ['a / b % c * d', '(((a / b) % c) * d)'],
    ['-a ^ 2', '(- (a ^ 2))'],
    ['a ^ b ^ c', '(a ^ (b ^ c))'],
    ['a ^ -b', '(a ^ (- b))'],
    ['- -a', '(- (- a))'],
    ['a - -b', '(a - (- b))'],
    ['(a + b) * c', '((a + b) * c)'],
    ['a + b < c * d', '((a + b) < (c * d))'],
    ['not a == b', '(not (a == b))'],
    ['not not a', '(not (not a))'],
    ['a or b and not c', '(a or (b and (not c)))'],
    ['a or b or c', '((a or b) or c)'],
    ['x where a and b', '(x where (a and b))'],
    ['x where a where b', '((x where a) where b)'],
    ['if a then b else c where d', '(if a then b else (c where d))'],
    ['if a then b else if c then d else e', '(if a then b else (if c then d else e))'],
    ['a.local.b', 'a.local.b'],
    ['a[t -> q, c -> d] * b', '(a[t -> q, c -> d] * b)'],
    ['f(a)[t -> q].part', 'f(a)[t -> q].part'],
    ['a != b', '(a != b)'],
    ['a>=b', '(a >= b)'],
    ['a<-b', '(a < (- b))'],
  ])('%s', (text, expected) => {
    expect(shape(expr(text))).toBe(expected)
  })

  test.each([
    ['keep mass 90% of t by p', '<keep mass 90% of t by p>'],
    ['keep mass of t by p', '<keep mass of t by p>'],
    ['keep cost * 2 of t by p', '<keep (cost * 2) of t by p>'],
    ['drop cost n / 2 of (kv, t) by s costing w + 1', '<drop cost (n / 2) of kv, t by s costing (w + 1)>'],
    ['keep 3 of a: t by s, b: (kv, c) by u costing 2', '<keep 3 of a: t by s, b: kv, c by u costing 2>'],
    ['merge x of (t, u) into c by at + 1 weighted w', '<merge x of t, u into c by (at + 1) weighted w>'],
    ['pack x by m', '<pack x by m as chosen>'],
    ['iterate n times with (a = x) { b = a next a = b }', '<iterate n with (a = x) { b = a next a = b }>'],
    [
      'for i in t with (a = x, b = y) { next a = b, b = a[t = i] }',
      '<for i in t with (a = x, b = y) { next a = b, b = a[t = i] }>',
    ],
    ['x[t = i + 1, c = 0].a', 'x[t = (i + 1), c = 0].a'],
    ['softmax[t | local](join[t | local](a, b)).t', 'softmax[t | local](join[t | local](a, b)).t'],
    ['sum[t, c -> cell](x, at)', 'sum[t, c -> cell](x, at)'],
    ['keep 4 of t by s or last 3 of t', '(<keep 4 of t by s> or <last 3 of t>)'],
    ['not keep k of t by a + b', '(not <keep k of t by (a + b)>)'],
    ['keep n - 1 of t by -s', '<keep (n - 1) of t by (- s)>'],
    ['drop 30% of (kv, t) by mean[c](s)', '<drop 30% of kv, t by mean[c](s)>'],
    ['x where first 4 of t or last n of t', '(x where (<first 4 of t> or <last n of t>))'],
    ['every 8 of t and a < b', '(<every 8 of t> and (a < b))'],
    ['pack K by (drop k of c by abs(K)) as bitmap(64)', '<pack K by <drop k of c by abs(K)> as bitmap(64)>'],
    ['pack K[t -> q] by not m as nm(2, 4)', '<pack K[t -> q] by (not m) as nm(2, 4)>'],
    ['pack K by m as indices', '<pack K by m as indices()>'],
    ['compact X by m as kept', '<compact X by m as kept>'],
  ])('%s', (text, expected) => {
    expect(shape(expr(text))).toBe(expected)
  })

  test('unpack is no operand of arithmetic without parentheses', () => {
    expect(shape(expr('f(unpack K)'))).toBe('f(<unpack K>)')
    expect(shape(expr('(unpack K) * q'))).toBe('(<unpack K> * q)')
    expect(parse('policy p { entry e(K: f16[t]) { return x: unpack K * q } }').diagnostics).toHaveLength(1)
  })
})

describe('atoms and calls', () => {
  test.each<[string, unknown]>([
    ['12', number('12')],
    ['0.5', number('0.5')],
    ['1e-4', number('1e-4')],
    ['2.5E+10', number('2.5E+10')],
    ['70%', number('70', true)],
    ['0.1%', number('0.1', true)],
    ['true', { kind: 'bool', value: true }],
    ['false', { kind: 'bool', value: false }],
    ['a_1', name('a_1')],
    ['f()', { kind: 'call', callee: word('f'), args: [] }],
    ['f(a, 1,)', { kind: 'call', callee: word('f'), args: [name('a'), number('1')] }],
    [
      'sum[a, b](x)',
      {
        kind: 'axis-call',
        callee: word('sum'),
        axes: [word('a'), word('b')],
        form: 'axes',
        into: null,
        args: [name('x')],
        otherwise: null,
      },
    ],
  ])('%s', (text, expected) => {
    expect(bare(expr(text))).toEqual(expected)
  })

  test('an axis call may say what an empty domain gives', () => {
    expect(shape(expr('max[t](x where m else 0)'))).toBe('max[t]((x where m) else 0)')
    expect(shape(expr('quantile[t](x where m else -1, 50%)'))).toBe('quantile[t]((x where m), 50% else (- 1))')
    expect(shape(expr('max[t](if a then b else c else 0)'))).toBe('max[t]((if a then b else c) else 0)')
  })

  test('a percent sign belongs to a number it touches, and is the remainder elsewhere', () => {
    expect(shape(expr('a % 3'))).toBe('(a % 3)')
    expect(shape(expr('7 % 3'))).toBe('(7 % 3)')
    expect(shape(expr('a%3'))).toBe('(a % 3)')
    expect(shape(expr('7% * 3'))).toBe('(7% * 3)')
    for (const wrong of ['7% 3', '7%3', '7%a'])
      expect(parse(`policy p { entry e() { return x: ${wrong} } }`).diagnostics).toHaveLength(1)
  })

  test('words with a meaning in one place are names elsewhere', () => {
    for (const free of [
      'first',
      'last',
      'every',
      'round',
      'at',
      'least',
      'multiple',
      'set',
      'expect',
      'for',
      'down',
      'all',
      'inf',
    ]) {
      expect(bare(expr(free))).toEqual(name(free))
      expect(shape(expr(`${free}(a) + ${free}`))).toBe(`(${free}(a) + ${free})`)
    }
    expect(shape(expr('last - first'))).toBe('(last - first)')
    expect(shape(expr('keep first of t by round'))).toBe('<keep first of t by round>')
    expect(shape(expr('last(n) * 2'))).toBe('(last(n) * 2)')
    expect(shape(expr('last (n) of t'))).toBe('<last n of t>')
  })
})

describe('selections', () => {
  test('defaults', () => {
    expect(bare(expr('keep 2 of lane by s'))).toEqual({
      kind: 'select',
      mode: 'keep',
      measure: 'count',
      amount: number('2'),
      axes: [word('lane')],
      score: name('s'),
      costing: null,
      within: null,
      protect: null,
      ties: 'first',
      round: 'down',
      atLeast: null,
      multipleOf: null,
    })
  })

  test('modifiers in any order', () => {
    const given = ['within not a', 'protect first b of t', 'ties all', 'round up', 'at least 1', 'multiple of c + 1']
    const first = bare(expr(`drop k of t by s ${given.join(' ')}`))
    expect(first).toMatchObject({
      mode: 'drop',
      within: { kind: 'unary', op: 'not', operand: name('a') },
      protect: { kind: 'position', which: 'first', amount: name('b'), axis: word('t') },
      ties: 'all',
      round: 'up',
      atLeast: number('1'),
      multipleOf: { kind: 'binary', op: '+' },
    })
    expect(bare(expr(`drop k of t by s ${given.toReversed().join('\n')}`))).toEqual(first)
  })

  test.each(['down', 'up', 'nearest', 'even'])('round %s', (mode) => {
    expect(bare(expr(`keep k of t by s round ${mode}`))).toMatchObject({ round: mode })
  })

  test('a mask after within ends before or: the selection is one operand', () => {
    expect(shape(expr('keep k of t by s within a or b'))).toBe('(<keep k of t by s> or b)')
    expect(bare(expr('keep k of t by s within (a or b)'))).toMatchObject({ within: { kind: 'binary', op: 'or' } })
  })
})

describe('spans', () => {
  test.each<[string, (e: Expr) => { start: number; end: number; source: string } | undefined, string]>([
    ['a + b  *  c', (e) => e.span, 'a + b  *  c'],
    ['a + b  *  c', (e) => (e.kind === 'binary' ? e.right.span : undefined), 'b  *  c'],
    ['( a + b ) * c', (e) => (e.kind === 'binary' ? e.left.span : undefined), '( a + b )'],
    ['long_name . part', (e) => (e.kind === 'part' ? e.part.span : undefined), 'part'],
    ['keep 50% of token by abs( K ) ties all', (e) => e.span, 'keep 50% of token by abs( K ) ties all'],
    ['keep 50% of token by abs( K ) ties all', (e) => (e.kind === 'select' ? e.score.span : undefined), 'abs( K )'],
    ['keep 50% of token by abs( K ) ties all', (e) => (e.kind === 'select' ? e.axes[0]?.span : undefined), 'token'],
    ['sum[ axis ] ( x )', (e) => (e.kind === 'axis-call' ? e.callee.span : undefined), 'sum'],
    ['sum[ axis ] ( x )', (e) => (e.kind === 'axis-call' ? e.axes[0]?.span : undefined), 'axis'],
    ['x [ from -> to ]', (e) => (e.kind === 'rename' ? e.renames[0]?.to.span : undefined), 'to'],
    ['x [ from -> to ]', (e) => e.span, 'x [ from -> to ]'],
    ['70%', (e) => e.span, '70%'],
    ['pack K by m as nm ( 2, 4 )', (e) => (e.kind === 'pack' ? e.format?.span : undefined), 'nm ( 2, 4 )'],
    ['a // why\n  + b', (e) => e.span, 'a // why\n  + b'],
  ])('%s', (text, part, expected) => {
    const source = `policy p {\nentry e(K: f16[t]) {\nx = ${text}\n}\n}`
    expect(under(source, part(expr(text)) ?? null)).toBe(expected)
  })
})
