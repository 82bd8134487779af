/** The grammar and what is derived from it or says the same by hand: generated file, keyword tables, scanner, outline, shortcuts. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { grammars, type Node } from 'ohm-js'
import { describe, expect, test } from 'vitest'
import { policyGrammar } from '../../../grammar/generated/policy.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import {
  BUILTIN_FORMS,
  CONTEXTUAL,
  DECLARATION_KEYWORDS,
  ELEMENT_TYPES,
  ITEM_KEYWORDS,
  RESERVED,
  SCALAR_TYPES,
} from '../../../compiler/frontend/keywords.ts'
import { scan } from '../../../compiler/frontend/parse/scan.ts'
import { codes, expr, inEntry, parse } from './parsed.ts'

const { Policy, Trivia } = grammars(policyGrammar)
if (Policy === undefined || Trivia === undefined) throw new Error('the grammar defines Policy and Trivia')

const root = new URL('../../../', import.meta.url)

test('the generated file is what the grammar gives', () => {
  const output = execFileSync(process.execPath, [fileURLToPath(new URL('tools/gen-grammar.mjs', root)), '--print'], {
    encoding: 'utf8',
  })
  expect(readFileSync(new URL('grammar/generated/policy.ts', root), 'utf8')).toBe(output)
})

describe('keyword tables', () => {
  const isName = (word: string) => Policy.match(word, 'name').succeeded()

  test('reserved words are no names, all others are', () => {
    expect(RESERVED.filter(isName)).toEqual([])
    const free = [...CONTEXTUAL, ...SCALAR_TYPES, ...ELEMENT_TYPES, 'inf', 'nan', 'keeper', 'byte', 'i']
    expect(free.filter((word) => !isName(word))).toEqual([])
  })

  test('every word of the grammar is in a table, and every word of a table in the grammar', () => {
    const source = policyGrammar.replace(/\/\/.*$/gm, '')
    const literals = new Set([...source.matchAll(/"([a-z][a-z0-9]+)"/g)].map((match) => match[1] ?? ''))
    const tables = new Set<string>([...RESERVED, ...CONTEXTUAL, ...SCALAR_TYPES, ...ELEMENT_TYPES, 'inf', 'nan'])
    expect([...literals].filter((word) => !tables.has(word))).toEqual([])
    expect([...tables].filter((word) => !literals.has(word))).toEqual([])
  })

  test('structure is told by reserved words', () => {
    const reserved: readonly string[] = RESERVED
    expect([...DECLARATION_KEYWORDS, ...ITEM_KEYWORDS].filter((word) => !reserved.includes(word))).toEqual([])
  })

  test('forms are written as they are described', () => {
    const filled = {
      P: 'p',
      POSITION: 'x',
      CELL: 'u',
      AMOUNT: '1',
      SCORE: 's',
      AXIS: 't',
      MASK: 'm',
      FORMAT: 'indices',
      CONDITION: 'a',
      N: '2',
      X: 'x',
      Y: 'y',
    }
    for (const { form, keyword } of BUILTIN_FORMS) {
      const text = Object.entries(filled).reduce(
        (sofar, [hole, value]) => sofar.replace(new RegExp(`\\b${hole}\\b`, 'g'), value),
        form,
      )
      expect(text).toContain(keyword)
      expect(['select', 'position', 'pack', 'compact', 'unpack', 'merge', 'iterate', 'fold', 'if', 'where']).toContain(
        expr(text).kind,
      )
    }
  })
})

describe('scanner', () => {
  const semantics = Trivia.createSemantics().addOperation<string[]>('tokens', {
    Tokens: (list) => list.children.flatMap((token: Node) => [`${token.source.startIdx} ${token.sourceString}`]),
  })
  const pieces = [
    'a',
    'B_1',
    '12',
    '0.5',
    '1e-4',
    '70%',
    '"t // x"',
    '// c\n',
    ' ',
    '\n',
    '\t',
    ':=',
    '==',
    '<=',
    '->',
    '<',
    '=',
    '-',
    '(',
    ']',
    '.',
    '|',
  ]

  test('reads the tokens that the grammar defines', () => {
    const anything = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join('')),
      fc.string(),
    )
    let compared = 0
    fc.assert(
      fc.property(anything, (text) => {
        const sink = new DiagnosticSink()
        const { tokens } = scan({ name: 'x', text }, sink)
        if (sink.hasErrors) return
        compared += 1
        const match = Trivia.match(text, 'Tokens')
        expect(match.succeeded()).toBe(true)
        const expected = (semantics(match) as unknown as { tokens(): string[] }).tokens()
        expect(tokens.map(({ start, text: token }) => `${start} ${token}`)).toEqual(expected)
      }),
      { numRuns: 400 },
    )
    expect(compared).toBeGreaterThan(100)
  })
})

/** Found by actions and guards: such texts match the grammar. */
const BEYOND_THE_GRAMMAR = new Set(['ESP0111', 'ESP0112', 'ESP0113', 'ESP0120', 'ESP0121'])
const accepts = (text: string) => parse(text).diagnostics.every(({ code }) => BEYOND_THE_GRAMMAR.has(code))

describe('piecewise parsing with shortcuts accepts what the grammar accepts as a whole', () => {
  const SAMPLE = `use std.math // comment
/// doc
policy p(k: ratio = 70%, rule: exact | reference = exact) {
  axes head = kv * group, lane(4)
  state a, b: f32[token] = 0
  fn energy[t](x) { y = x * x return sum[t](y) }
  entry e(K, V: f16[kv, token], P: bitmap(64) f16[kv, t], R: csr over kv f16[kv, t], step: int, l: index of layer) {
    s = abs(K) * sqrt(a) ^ 2 where first 3 of t or not b
    a := (a * n + sum[token](K * K)) / (n + 1)
    m = keep k of token by s within not last 4 of token protect m ties all round up at least 1 multiple of 8
    q = if rule == exact then a[t -> q].x else max[t](s where m else 0)
    b[kv = l, token = 2] := sum[t -> kv](s, index(t)) + join[t | u](s, x)[kv = first]
    r = iterate 3 times as i with (lo = 0, hi = s) { mid = lo + hi next lo = mid, hi = hi * i }
    f = for i in t with (acc = 0,) { next acc = acc + K[t = i] }
    g = merge s of (kv, t) into u by x weighted w
    i = pack K by m
    h = keep cost k of a: t by s costing 3 within m, b: (kv, t) by s * 2 round nearest
    j = drop mass 90% of t by s costing w ties all
    return K: pack K by (drop k of (kv, t) by abs(K)) as bitmap(64), m, c: compact K by m as kept
  }
}
test "title" for p { set k = 50% size layer = 3 e(K = f16 [[1, -2], [nan, inf]]) expect m = [[0, 1]] expect error ESP4102 }
`
  const TOKENS = [...SAMPLE.matchAll(/\/\/.*\n|"[^"]*"|[A-Za-z_0-9.%]+|:=|==|->|\S/g)].map((match) => match[0])

  test('on a file with every form', () => {
    expect(codes(SAMPLE)).toEqual([])
    expect(Policy.match(SAMPLE, 'File').succeeded()).toBe(true)
  })

  test('on that file with tokens left out, doubled, moved and replaced', () => {
    const at = fc.nat(TOKENS.length - 1)
    const edit = fc.tuple(at, at, fc.constantFrom('drop', 'double', 'swap', 'replace'))
    let refused = 0
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
        const tokens = [...TOKENS]
        for (const [to, from, how] of edits) {
          const [left = '', right = ''] = [tokens[to], tokens[from]]
          if (how === 'drop') tokens[to] = ''
          else if (how === 'double') tokens[to] = `${left} ${left}`
          else if (how === 'replace') tokens[to] = right
          else [tokens[to], tokens[from]] = [right, left]
        }
        const text = tokens.map((token) => (token.endsWith('\n') ? token : `${token} `)).join('')
        const whole = Policy.match(text, 'File').succeeded()
        refused += whole ? 0 : 1
        expect(accepts(text), text).toBe(whole)
      }),
      { numRuns: 150 },
    )
    expect(refused).toBeGreaterThan(50)
  })

  const { expression } = fc.letrec<{ expression: string; operand: string; atom: string }>((tie) => ({
    atom: fc.constantFrom(
      'a',
      'first',
      'last',
      'every',
      'round',
      '1',
      '70%',
      'true',
      '-a',
      'x.part',
      'x[t -> q]',
      'x[t = cost]',
      'mass',
    ),
    operand: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('atom'),
      tie('expression').map((e) => `(${e})`),
      tie('expression').map((e) => `f(${e}, a)`),
      tie('expression').map((e) => `max[t](${e} else 0)`),
      tie('operand').map((e) => `keep ${e} of t by s`),
      tie('operand').map((e) => `not ${e}`),
      tie('operand').map((e) => `keep mass ${e} of t by s costing cost`),
      tie('operand').map((e) => `drop ${e} of a: t by s, b: u by s`),
      tie('operand').map((e) => `merge x of t into u by ${e} weighted s`),
      tie('operand').map((e) => `iterate ${e} times with (next = a) { next next = next }`),
      tie('expression').map((e) => `for i in t with (a = ${e}) { b = ${e} next a = b }`),
      tie('operand').map((e) => `last ${e} of t`),
    ),
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('operand'),
      fc
        .tuple(tie('operand'), fc.constantFrom('+', '-', '*', '%', '^', '<', '==', 'and', 'or', 'where'), tie('expression'))
        .map((parts) => parts.join(' ')),
      fc.tuple(tie('expression'), tie('operand'), tie('expression')).map(([a, b, c]) => `if ${a} then ${b} else ${c}`),
    ),
  }))

  test('on random expressions', () => {
    let accepted = 0
    fc.assert(
      fc.property(expression, (text) => {
        const whole = Policy.match(`x = ${text}`, 'Statement').succeeded()
        accepted += whole ? 1 : 0
        expect(accepts(inEntry(`x = ${text}`)), text).toBe(whole)
      }),
      { numRuns: 400 },
    )
    // Of 400 about 60 are.
    expect(accepted).toBeGreaterThan(20)
  })
})
